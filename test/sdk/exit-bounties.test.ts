import { parseEther, parseGwei } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ExitBountiesMissing,
  executeExit,
  getExitBounty,
  offerExitBounty,
  suggestExitBounty,
  suggestedBounty,
  takeBackExitBounty,
} from "../../sdk/src/exit-bounties.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { listTranches, stake, thaw } from "../../sdk/src/stakes.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";

const BOUNTY = parseGwei("500000");

let chain: LocalChain;
let index = 20; // each test has a provider of its own
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

/** A provider that thaws ten EVER of its own. */
async function thawing() {
  const { deployment } = chain;
  const wallet = chain.walletOf(index++);
  const provider = wallet.account.address;
  await claimFaucet(wallet, { deployment });
  await stake(wallet, { deployment, amount: parseEther("10") });
  await thaw(wallet, { deployment, amount: parseEther("10") });
  const asked = { deployment, provider, account: provider };
  const [tranche] = await listTranches(chain.reader, asked);
  const offer = (amountWei: bigint) =>
    offerExitBounty(wallet, { deployment, provider, tranche: tranche?.number ?? 0, amountWei });
  return { wallet, deployment, provider, asked, offer, thawsAt: tranche?.thawsAt ?? 0 };
}

describe("a bounty for an exit", () => {
  it("is refused by a deployment that is older than it", async () => {
    const { ExitBounties: _, ...contracts } = chain.deployment.contracts;
    const options = { deployment: { ...chain.deployment, contracts }, provider: contracts.Ledger };
    await expect(getExitBounty(chain.reader, { ...options, account: contracts.Ledger })).rejects.toThrow(
      ExitBountiesMissing,
    );
  });

  it("is refused for what does not thaw, and without coin", async () => {
    const { wallet, deployment, provider, offer } = await thawing();
    const call = offerExitBounty(wallet, { deployment, provider, tranche: 1, amountWei: BOUNTY });
    await expect(call).rejects.toMatchObject({ code: "BountyTrancheUnknown" });
    await expect(offer(0n)).rejects.toMatchObject({ code: "BountyAmountInvalid" });
  });

  it("is offered, raised and taken back", async () => {
    const { wallet, deployment, provider, asked, offer } = await thawing();
    expect((await offer(BOUNTY)).amountWei).toBe(BOUNTY);
    expect((await offer(1n)).amountWei).toBe(BOUNTY + 1n);
    expect(await getExitBounty(chain.reader, asked)).toEqual({ amountWei: BOUNTY + 1n, tranche: 0 });
    expect((await takeBackExitBounty(wallet, { deployment, provider })).amountWei).toBe(BOUNTY + 1n);
    expect((await getExitBounty(chain.reader, asked)).amountWei).toBe(0n);
    await expect(takeBackExitBounty(wallet, { deployment, provider })).rejects.toMatchObject({ code: "BountyUnknown" });
  });

  it("goes to whoever pays the stake out, once it has thawed", async () => {
    const { deployment, provider, asked, offer, thawsAt } = await thawing();
    await offer(BOUNTY);
    const executor = chain.walletOf(index++);
    const exit = { deployment, provider, owner: provider };
    await expect(executeExit(executor, exit)).rejects.toMatchObject({ code: "StakeStillThawing" });
    await chain.goTo(thawsAt);
    await expect(executeExit(executor, { ...exit, leastWei: BOUNTY + 1n })).rejects.toMatchObject({
      code: "BountyTooLow",
    });
    expect((await executeExit(executor, exit)).amountWei).toBe(BOUNTY);
    expect(await listTranches(chain.reader, asked)).toEqual([]);
  });

  it("is suggested by the gas price, some times over", async () => {
    expect(suggestedBounty(2n)).toBe(2n * suggestedBounty(1n));
    expect(await suggestExitBounty(chain.reader)).toBe(suggestedBounty(await chain.reader.getGasPrice()));
  });
});
