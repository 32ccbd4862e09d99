import { type Address, createPublicClient, getEventSelector, http, parseEther, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditOptions, audit } from "../../../sdk/src/audit/audit.ts";
import { executeExit, offerExitBounty, takeBackExitBounty } from "../../../sdk/src/exit-bounties.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { accessManagerAbi, stakeVaultAbi } from "../../../sdk/src/generated/abis.ts";
import { stake, thaw } from "../../../sdk/src/stakes.ts";
import { changeLogs, plusOne, plusOneAt, plusOneIn } from "../../helpers/changed-logs.ts";
import { type Change, startChangingProxy } from "../../helpers/changing-proxy.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

const SLASHER = 2n;

let chain: LocalChain;
let proxy: Awaited<ReturnType<typeof startChangingProxy>>;
beforeAll(async () => {
  chain = await startLocalChain();
  await tellStory();
  proxy = await startChangingProxy(chain.rpcUrl);
});
afterAll(async () => {
  await proxy?.stop();
  await chain?.stop();
});

/** One bounty is raised, moved, taken back, offered anew and earned; that of somebody else stands. */
async function tellStory(): Promise<void> {
  const { deployment } = chain;
  const [wallet, executor, other] = [chain.walletOf(20), chain.walletOf(21), chain.walletOf(22)];
  const provider = wallet.account.address;
  const thawing = async (who: typeof wallet, amounts: string[]) => {
    await claimFaucet(who, { deployment });
    await stake(who, { deployment, amount: parseEther("10") });
    for (const amount of amounts) await thaw(who, { deployment, amount: parseEther(amount) });
  };
  await thawing(wallet, ["4", "6"]);
  await offerExitBounty(wallet, { deployment, provider, tranche: 0, amountWei: 5n });
  await offerExitBounty(wallet, { deployment, provider, tranche: 1, amountWei: 2n });
  await takeBackExitBounty(wallet, { deployment, provider });
  await offerExitBounty(wallet, { deployment, provider, tranche: 1, amountWei: 9n });
  await chain.goTo((await chain.now()) + deployment.parameters.unbondingSeconds);
  await executeExit(executor, { deployment, provider, owner: provider });
  await thawing(other, ["3"]);
  await offerExitBounty(other, { deployment, provider: other.account.address, tranche: 0, amountWei: 11n });
  await slashAll(other.account.address);
  await offerExitBounty(other, { deployment, provider: other.account.address, tranche: 0, amountWei: 1n });
}

/** Takes all stake of a provider; its tranche stays in the queue, and is worth nothing. */
async function slashAll(provider: Address): Promise<void> {
  const { AccessManager, TimelockController, StakeVault } = chain.deployment.contracts;
  if (!AccessManager || !TimelockController) throw new Error("the deployment has no access manager");
  const slasher = chain.walletOf(LOCAL_ACCOUNTS.watcher);
  await chain.test.impersonateAccount({ address: TimelockController });
  await chain.test.setBalance({ address: TimelockController, value: parseEther("1") });
  await slasher.writeContract({
    account: TimelockController,
    address: AccessManager,
    abi: accessManagerAbi,
    functionName: "grantRole",
    args: [SLASHER, slasher.account.address, 0],
  });
  const hash = await slasher.writeContract({
    address: StakeVault,
    abi: stakeVaultAbi,
    functionName: "slash",
    args: [provider, zeroHash, parseEther("10"), zeroHash, slasher.account.address],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
}

function auditChanged(change: Change, options: Partial<AuditOptions> = {}) {
  proxy.setChange(change);
  const client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }), cacheTime: 0 });
  return audit(client, { deployment: chain.deployment, ...options });
}

const OFFERED = "BountyOffered(address,address,uint32,uint128,uint128)";
const PAID = "BountyPaid(address,address,address,uint32,uint128,uint128)";
const TAKEN_BACK = "BountyTakenBack(address,address,uint32,uint128)";
const WITHDRAWN = "StakeWithdrawn(address,address,uint32,uint128,uint128)";

describe("audit of bounties", () => {
  it("agrees with an honest chain, and counts what was earned in its span", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment, all: true });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [], counts: { bounties: 1 } });
    const from = await chain.reader.getBlockNumber({ cacheTime: 0 });
    const last = await audit(chain.reader, { deployment: chain.deployment, from });
    expect(last).toMatchObject({ outcome: "agree", counts: { bounties: 0 } });
  });

  it.each([
    ["what came in", OFFERED, 1, "bounty"],
    ["a bounty after it was raised", OFFERED, 2, "bounty"],
    ["the bounty that was earned", PAID, 1, "bounty"],
    ["what it was earned for", PAID, 0, "tranche of the bounty"],
    ["the stake that was paid out for it", PAID, 2, "stake that was paid out"],
    ["what its owner took back", TAKEN_BACK, 1, "bounty"],
  ])("finds a difference in %s", async (_, event, word, figure) => {
    const { outcome, differences } = await auditChanged(plusOne(event, word));
    expect(outcome).toBe("differ");
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatchObject({ figure, place: { kind: "event", contract: "ExitBounties" } });
    expect(differences[0]?.subject).toMatch(/^bounty of 0x[0-9a-fA-F]{40} for its exit from provider 0x/);
  });

  it("finds a bounty for what does not thaw", async () => {
    const elsewhere = changeLogs((logs) => {
      for (const log of logs) if (log.topics[0] === getEventSelector(OFFERED)) log.data = plusOneAt(log.data, 0);
      return logs;
    });
    const { differences } = await auditChanged(elsewhere, { all: true });
    expect(differences).toContainEqual(expect.objectContaining({ figure: "tranche that thaws", expected: "true" }));
  });

  it("finds a bounty that was earned though a part of the exit is left", async () => {
    const { differences } = await auditChanged(
      changeLogs((logs) => {
        const last = logs.findLastIndex(({ topics }) => topics[0] === getEventSelector(WITHDRAWN));
        return logs.filter((_, i) => i !== last);
      }),
      { all: true },
    );
    expect(differences).toContainEqual(expect.objectContaining({ figure: "tranche that is left" }));
    expect(differences).toContainEqual(expect.objectContaining({ figure: "stake that was paid out" }));
  });

  it.each([
    [0, "bounty"],
    [1, "tranche"],
  ])("finds a difference in word %s of the contract's view", async (word, figure) => {
    const { differences } = await auditChanged(plusOneIn("bountyOf(address,address)", word));
    expect(differences[0]).toMatchObject({ figure, place: { kind: "contract", call: "bountyOf" } });
  });

  it("finds a contract that holds less than it promised", async () => {
    const { differences } = await auditChanged(({ method }, answer) =>
      method === "eth_getBalance" ? { ...(answer as object), result: "0xa" } : answer,
    );
    expect(differences[0]).toMatchObject({ subject: "bounties for exits", expected: "true", found: "false" });
  });
});
