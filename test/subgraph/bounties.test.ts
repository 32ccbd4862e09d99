import { type Address, parseEther } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { executeExit, offerExitBounty, takeBackExitBounty } from "../../sdk/src/exit-bounties.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { listTranches, stake, thaw } from "../../sdk/src/stakes.ts";
import { listExitBounties } from "../../sdk/src/subgraph/bounties.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

let chain: LocalChain;
let index: LocalIndex;
beforeAll(async () => {
  chain = await startLocalChain();
  index = await startLocalIndex(chain);
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

/** What the index tells of a provider's own bounty. */
async function told(provider: Address) {
  await index.caughtUp();
  const { found } = await index.ask<{ found: object }>(
    `query($id: ID!) { found: exitBounty(id: $id) {
      provider { id } account { id } amountWei tranche { number thawsAt }
      changes(orderBy: blockNumber) { kind amountWei by tranche { number } }
    } }`,
    { id: `${provider}${provider.slice(2)}`.toLowerCase() },
  );
  return found;
}

it("a bounty is told as it is offered, raised, taken back, offered again and earned", async () => {
  const { deployment } = chain;
  const [wallet, executor] = [chain.walletOf(20), chain.walletOf(21)];
  const provider = wallet.account.address;
  const [id, by] = [provider.toLowerCase(), executor.account.address.toLowerCase()];
  await claimFaucet(wallet, { deployment });
  await stake(wallet, { deployment, amount: parseEther("10") });
  await thaw(wallet, { deployment, amount: parseEther("4") });
  await thaw(wallet, { deployment, amount: parseEther("6") });
  const offer = (tranche: number, amountWei: bigint) =>
    offerExitBounty(wallet, { deployment, provider, tranche, amountWei });
  await offer(0, 5n);
  await offer(1, 2n);
  expect(await told(provider)).toMatchObject({
    provider: { id },
    account: { id },
    amountWei: "7",
    tranche: { number: "1" },
  });

  const { thawsAt } = (await listTranches(chain.reader, { deployment, provider, account: provider })).at(-1) ?? {};
  expect(await listExitBounties(index.subgraph)).toEqual([
    { provider, account: provider, amountWei: 7n, tranche: 1, thawsAt },
  ]);

  await takeBackExitBounty(wallet, { deployment, provider });
  await index.caughtUp();
  expect(await listExitBounties(index.subgraph)).toEqual([]);
  await offer(1, 9n);
  await chain.goTo((await chain.now()) + deployment.parameters.unbondingSeconds);
  await executeExit(executor, { deployment, provider, owner: provider });
  const change = (kind: string, amountWei: string, number: string, who = id) => ({
    kind,
    amountWei,
    by: who,
    tranche: { number },
  });
  expect(await told(provider)).toMatchObject({
    amountWei: "0",
    changes: [
      change("OFFERED", "5", "0"),
      change("OFFERED", "2", "1"),
      change("TAKEN_BACK", "7", "1"),
      change("OFFERED", "9", "1"),
      change("PAID", "9", "1", by),
    ],
  });
});
