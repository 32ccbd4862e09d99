import { createWalletClient, custom, parseEther } from "viem";
import { readContract } from "viem/actions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { stakeVaultAbi } from "../../sdk/src/generated/abis.ts";
import { getStake, stake, thaw } from "../../sdk/src/stakes.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain?.stop());

describe("thaw", () => {
  it("goes through where a new step of the votes begins between estimate and block", async () => {
    const { deployment } = chain;
    const wallet = chain.walletOf(12);
    const provider = wallet.account.address;
    const vault = { address: deployment.contracts.StakeVault, abi: stakeVaultAbi } as const;
    const step = Number(await readContract(chain.reader, { ...vault, functionName: "VOTES_STEP_SECONDS" }));
    await claimFaucet(wallet, { deployment });
    await stake(wallet, { deployment, amount: parseEther("10") });
    const next = (Math.floor((await chain.now()) / step) + 1) * step;
    await chain.goTo(next + 1);
    await stake(wallet, { deployment, amount: parseEther("1") }); // this step has its word
    const late = createWalletClient({
      account: wallet.account,
      transport: custom({
        async request(call: { method: string }) {
          const isSent = call.method === "eth_sendRawTransaction";
          if (isSent) await chain.test.setNextBlockTimestamp({ timestamp: BigInt(next + step + 1) });
          return await wallet.request(call as never);
        },
      }),
    });
    await thaw(late, { deployment, amount: parseEther("5") });
    expect(await chain.now()).toBeGreaterThan(next + step);
    expect(await getStake(chain.reader, { deployment, provider })).toMatchObject({ thawing: parseEther("5") });
  });
});
