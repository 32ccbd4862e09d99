import { type Address, erc20Abi, type Hex, isAddressEqual, maxUint256, parseEther, stringToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { accessManagerAbi, stakeVaultAbi } from "../../sdk/src/generated/abis.ts";
import { cutAt, delegatedWorth, gainOf } from "../../sdk/src/pools.ts";
import {
  delegate,
  getCut,
  getDelegation,
  getStake,
  listTranches,
  setCut,
  stake,
  thaw,
  undelegate,
  withdrawStake,
} from "../../sdk/src/stakes.ts";
import { getPoolHistory, listDelegations, listPools } from "../../sdk/src/subgraph/pools.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";
import { enterProvider, HOSTING } from "../helpers/story.ts";

const SLASHER = 2n;
const CASE = stringToHex("case-1", { size: 32 });
const DELEGATORS = [14, 15] as const;

let chain: LocalChain;
let index: LocalIndex;
let entered: Awaited<ReturnType<typeof enterProvider>>;
let provider: Address;
beforeAll(async () => {
  chain = await startLocalChain();
  entered = await enterProvider(chain);
  provider = entered.provider.account.address;
  for (const number of DELEGATORS) await claimFaucet(chain.walletOf(number), { deployment: chain.deployment });
  await nameSlasher();
  index = await startLocalIndex(chain);
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

const mined = async (hash: Promise<Hex>) => {
  const receipt = await chain.reader.waitForTransactionReceipt({ hash: await hash });
  expect(receipt.status).toBe("success");
};
const slasher = () => chain.walletOf(LOCAL_ACCOUNTS.watcher);
const vault = () => ({ address: chain.deployment.contracts.StakeVault, abi: stakeVaultAbi }) as const;
const slash = (amount: bigint) =>
  mined(
    slasher().writeContract({
      ...vault(),
      functionName: "slash",
      args: [provider, HOSTING, amount, CASE, slasher().account.address],
    }),
  );

async function nameSlasher(): Promise<void> {
  const { AccessManager, TimelockController } = chain.deployment.contracts;
  if (!AccessManager || !TimelockController) throw new Error("the deployment has no access manager");
  await chain.test.impersonateAccount({ address: TimelockController });
  await chain.test.setBalance({ address: TimelockController, value: parseEther("1") });
  await mined(
    chain.walletOf(0).writeContract({
      account: TimelockController,
      address: AccessManager,
      abi: accessManagerAbi,
      functionName: "grantRole",
      args: [SLASHER, slasher().account.address, 0],
    }),
  );
}

async function reward(amount: bigint): Promise<void> {
  const payer = chain.walletOf(DELEGATORS[1]);
  const { EverToken, StakeVault } = chain.deployment.contracts;
  const approval = { address: EverToken, abi: erc20Abi, functionName: "approve" } as const;
  await mined(payer.writeContract({ ...approval, args: [StakeVault, maxUint256] }));
  await mined(payer.writeContract({ ...vault(), functionName: "reward", args: [provider, amount] }));
  await mined(payer.writeContract({ ...approval, args: [StakeVault, 0n] }));
}

interface IndexedProvider {
  poolIndex: string;
  poolEpoch: number;
  thawingPoolIndex: string;
  thawingPoolEpoch: number;
  ownThawingIndex: string;
  ownThawingEpoch: number;
  delegations: { delegator: { id: string }; shares: string; epoch: number }[];
  tranches: { account: { id: string }; isOwn: boolean; shares: string; epoch: number }[];
}

/** What events, contracts and index say of it is the same: totals by the audit, worths of shares here. */
async function expectAgreement(): Promise<void> {
  await index.caughtUp();
  const report = await audit(chain.reader, { deployment: chain.deployment, subgraph: index.subgraph });
  expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });

  const { found } = await index.ask<{ found: IndexedProvider }>(
    `query($id: ID!) { found: provider(id: $id) {
      poolIndex poolEpoch thawingPoolIndex thawingPoolEpoch ownThawingIndex ownThawingEpoch
      delegations { delegator { id } shares epoch }
      tranches(where: { shares_gt: 0 }, orderBy: number) { account { id } isOwn shares epoch }
    } }`,
    { id: provider.toLowerCase() },
  );
  const worth = (shares: string, isLive: boolean, pool: string) =>
    isLive ? (BigInt(shares) * BigInt(pool)) >> 64n : 0n;
  const { deployment } = chain;
  for (const { account } of [entered.provider, ...DELEGATORS.map(chain.walletOf)]) {
    const id = account.address.toLowerCase();
    const tranches = await listTranches(chain.reader, { deployment, provider, account: account.address });
    const indexed = found.tranches
      .filter((tranche) => tranche.account.id === id)
      .map(({ isOwn, shares, epoch }) =>
        isOwn
          ? worth(shares, epoch === found.ownThawingEpoch, found.ownThawingIndex)
          : worth(shares, epoch === found.thawingPoolEpoch, found.thawingPoolIndex),
      );
    expect(indexed).toEqual(tranches.map(({ amount }) => amount));
    const { amount } = await getDelegation(chain.reader, { deployment, provider, delegator: account.address });
    const [told] = await listDelegations(index.subgraph, { delegator: account.address });
    expect(told ? delegatedWorth(told) : 0n).toBe(amount);
    const thawing = isAddressEqual(account.address, provider) ? [] : tranches;
    expect((told?.tranches ?? []).map((tranche) => tranche.amount)).toEqual(thawing.map((tranche) => tranche.amount));
    const delegation = found.delegations.find(({ delegator }) => delegator.id === id);
    const { shares = "0", epoch = 0 } = delegation ?? {};
    expect(worth(shares, epoch === found.poolEpoch, found.poolIndex)).toBe(amount);
  }
}

/** What the index tells of the pool is what the vault has, and its history sums up to it. */
async function expectHistory(): Promise<void> {
  const { deployment } = chain;
  const history = await getPoolHistory(index.subgraph, { provider });
  const held = await getStake(chain.reader, { deployment, provider });
  const cut = await getCut(chain.reader, { deployment, provider });
  expect(history?.isCut).toBe(false);
  expect(history?.pool).toMatchObject({
    own: held.active,
    ownThawing: held.thawing,
    delegated: held.delegated,
    delegatedThawing: held.delegatedThawing,
    frozen: held.frozen,
  });
  expect(cutAt(history?.pool.cut ?? { bps: -1, nextBps: -1, changesAt: 0 }, await chain.now())).toEqual(cut);
  const sum = (part: "own" | "delegated") => history?.events.reduce((total, event) => total + event[part], 0n);
  expect([sum("own"), sum("delegated")]).toEqual([held.active, held.delegated]);
}

describe("delegated stake in the index and the audit", () => {
  it("comes in, thaws and is rewarded as the vault has it", async () => {
    const { deployment } = chain;
    const [first, second] = DELEGATORS.map(chain.walletOf);
    if (!first || !second) throw new Error("two accounts delegate");
    await delegate(first, { deployment, provider, amount: parseEther("300") });
    await delegate(second, { deployment, provider, amount: parseEther("77") });
    await setCut(entered.provider, { deployment, cutBps: 1_000 });
    await undelegate(first, { deployment, provider, shares: parseEther("100") });
    await reward(parseEther("10"));
    await undelegate(first, { deployment, provider, shares: parseEther("33") });
    await thaw(entered.provider, { deployment, amount: parseEther("5") });
    await expectAgreement();

    await expectHistory();
    const [told] = await listDelegations(index.subgraph, { delegator: first.account.address });
    expect(told).toMatchObject({ deposited: parseEther("300") });
    const gain = told && gainOf(told);
    expect(gain && gain > 0n && gain < parseEther("10")).toBe(true);

    const { found } = await index.ask<{ found: object }>(
      `query($id: ID!) { found: provider(id: $id) {
        cutBps nextCutBps cutChanges { cutBps } rewards { cut } stakeDeposits(orderBy: amount) { shares } delegatedStake activeStake
      } network(id: "0x6e6574776f726b") { activeStake delegatedStake thawingStake } }`,
      { id: provider.toLowerCase() },
    );
    const held = await getStake(chain.reader, { deployment, provider });
    expect(found).toEqual({
      cutBps: 0,
      nextCutBps: 1_000,
      cutChanges: [{ cutBps: 1_000 }],
      rewards: [{ cut: "0" }],
      stakeDeposits: [
        { shares: parseEther("77").toString() },
        { shares: null },
        { shares: parseEther("300").toString() },
      ],
      delegatedStake: held.delegated.toString(),
      activeStake: held.active.toString(),
    });
  });

  it("is slashed after the provider's own, and a case holds back what is left", async () => {
    const { deployment } = chain;
    const { active, thawing } = await getStake(chain.reader, { deployment, provider });
    await mined(
      slasher().writeContract({ ...vault(), functionName: "freeze", args: [provider, CASE, parseEther("360")] }),
    );
    await slash(active + thawing + parseEther("50"));
    await expectAgreement();

    const first = chain.walletOf(DELEGATORS[0]).account.address;
    const [tranche] = await listTranches(chain.reader, { deployment, provider, account: first });
    await chain.goTo((tranche?.thawsAt ?? 0) + 60);
    await withdrawStake(entered.provider, { deployment, provider, owner: first });
    await expectAgreement();
    const { freezes } = await index.ask<{ freezes: object[] }>(
      "{ freezes { caseId amount provider { frozenStake } } }",
    );
    const { frozen } = await getStake(chain.reader, { deployment, provider });
    expect(freezes).toEqual([
      { caseId: CASE, amount: frozen.toString(), provider: { frozenStake: frozen.toString() } },
    ]);
    expect(frozen > 0n).toBe(true);
    await expectHistory();
  });

  it("begins anew after a slash of all of it", async () => {
    const { deployment } = chain;
    await slash(parseEther("9000"));
    await expectAgreement();
    await stake(entered.provider, { deployment, amount: parseEther("2") });
    await delegate(chain.walletOf(DELEGATORS[0]), { deployment, provider, amount: parseEther("16") });
    await expectAgreement();
    await expectHistory();
    const delegator = chain.walletOf(DELEGATORS[1]).account.address;
    const [lost] = await listDelegations(index.subgraph, { delegator });
    expect(lost && gainOf(lost)).toBe(parseEther("-77"));
    expect((await listPools(index.subgraph)).map((pool) => pool.provider)).toContain(provider);
  });
});
