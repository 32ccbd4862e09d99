import {
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  maxUint256,
  parseAbi,
  parseEther,
  parseEventLogs,
  stringToHex,
  zeroHash,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveNotice } from "../../sdk/src/deal-ends.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import {
  accessManagerAbi,
  dealPaymentsAbi,
  ledgerAbi,
  possessionProofsAbi,
  providerRegistryAbi,
  stakeVaultAbi,
} from "../../sdk/src/generated/abis.ts";
import { deposit } from "../../sdk/src/ledger.ts";
import { piecesTypedData } from "../../sdk/src/proofs/typed-data.ts";
import { getStake, thaw } from "../../sdk/src/stakes.ts";
import { getIndexedBlock, getNetwork } from "../../sdk/src/subgraph/queries.ts";
import { deployContract } from "../helpers/artifacts.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";
import { pieceOf } from "../helpers/proofs.ts";
import { enterProvider, HOSTING, keeperOf, MIB, requestStoryDeal, storyPiece } from "../helpers/story.ts";

let chain: LocalChain;
let index: LocalIndex;
let entered: Awaited<ReturnType<typeof enterProvider>>;
beforeAll(async () => {
  chain = await startLocalChain();
  entered = await enterProvider(chain);
  index = await startLocalIndex(chain);
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

const mined = async (hash: Promise<Hex>) => {
  const receipt = await chain.reader.waitForTransactionReceipt({ hash: await hash });
  expect(receipt.status).toBe("success");
  return receipt;
};

/** A market that nobody listed, and whoever runs it; the faucet knows each account once. */
async function openHostileMarket(account: number) {
  const { Ledger } = chain.deployment.contracts;
  const stranger = chain.walletOf(account);
  const hostile = await deployContract(chain, "mocks/HostileMarket");
  const attemptAbi = parseAbi(["function attempt(address target, bytes data) returns (bytes)"]);
  const attempt = (target: Hex, data: Hex) =>
    mined(stranger.writeContract({ address: hostile, abi: attemptAbi, functionName: "attempt", args: [target, data] }));
  const approve = (operator: Hex, tokenId: number) =>
    mined(
      stranger.writeContract({
        address: Ledger,
        abi: ledgerAbi,
        functionName: "approveOperator",
        args: [operator, hostile, tokenId, 10n ** 18n, 2n ** 63n],
      }),
    );
  return { hostile, stranger, attempt, approve };
}

type HostileMarket = Awaited<ReturnType<typeof openHostileMarket>>;

/** A stream of such a market's, funded by the stranger and payable to the provider. */
async function reserveStream({ stranger, attempt, approve }: HostileMarket, dealId: bigint) {
  const { deployment } = chain;
  const { DealPayments } = deployment.contracts;
  const payer = stranger.account.address;
  await approve(DealPayments, 1);
  await claimFaucet(stranger, { deployment });
  await deposit(stranger, { deployment, token: entered.token, amount: 1_000_000n });
  const terms = {
    payer,
    payee: entered.provider.account.address,
    tokenId: 1,
    most: 1_000_000n,
    signer: payer,
    capacityBytes: 64n * MIB,
    unitPrice: 1_000n,
    feeBps: 0,
    expiresAt: 2 ** 40 - 1,
  };
  const data = encodeFunctionData({ abi: dealPaymentsAbi, functionName: "reserve", args: [dealId, terms] });
  await attempt(DealPayments, data);
}

/** The number of a set that the provider's operator opens for such a market. */
async function openSetFor({ hostile }: HostileMarket): Promise<number> {
  const receipt = await mined(
    entered.operator.writeContract({
      address: chain.deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      functionName: "openSet",
      args: [entered.provider.account.address, hostile],
    }),
  );
  const [opened] = parseEventLogs({ abi: possessionProofsAbi, eventName: "SetOpened", logs: receipt.logs });
  return Number(opened?.args.setId);
}

describe("the index goes on", () => {
  it("after text that is no text", async () => {
    const { ProviderRegistry } = chain.deployment.contracts;
    const call = encodeFunctionData({
      abi: providerRegistryAbi,
      functionName: "setEndpoint",
      args: ["END", "NAME"],
    });
    const broken = call
      .replace(stringToHex("END").slice(2), "00ff80") // a NUL, then bytes that are no UTF-8
      .replace(stringToHex("NAME").slice(2), "f09f9880") as Hex; // an emoji
    await mined(entered.provider.sendTransaction({ to: ProviderRegistry, data: broken }));
    await index.caughtUp();
    const { providers } = await index.ask<{ providers: { name: string; endpoint: string }[] }>(
      "{ providers { name endpoint } }",
    );
    expect(providers[0]?.name).toBe("😀");
    expect(providers[0]?.endpoint).not.toContain("\0");
  });

  it("after locks, approvals and streams of contracts that it does not follow", async () => {
    const { Ledger } = chain.deployment.contracts;
    const market = await openHostileMarket(30);
    const { hostile, stranger, attempt, approve } = market;
    const unknownToken = 4_000_000_000;
    await approve(hostile, unknownToken);
    const ledger = (functionName: "lock" | "raiseLock" | "pay" | "payFee" | "refund", args: readonly unknown[]) =>
      attempt(Ledger, encodeFunctionData({ abi: ledgerAbi, functionName, args } as never));
    const payer = stranger.account.address;
    await ledger("lock", [hostile, maxUint256, payer, hostile, unknownToken, 0n, 2 ** 40 - 1]);
    await ledger("raiseLock", [hostile, maxUint256, 0n, 2 ** 40 - 1]);
    await ledger("pay", [maxUint256, 0n]);
    await ledger("payFee", [maxUint256, 0n]);
    await ledger("refund", [maxUint256, 0n]);

    await reserveStream(market, 1n);
    await openSetFor(market);
    await index.caughtUp();

    expect(await getNetwork(index.subgraph)).toMatchObject({ dealCount: 0 });
    const { deals, locks, operatorApprovals } = await index.ask<Record<string, object[]>>(
      "{ deals { id } locks { left deal { id } } operatorApprovals(orderBy: tokenId) { tokenId token { symbol } most } }",
    );
    expect(deals).toEqual([]);
    expect(locks).toEqual([{ left: "1000000", deal: null }]);
    expect(operatorApprovals).toEqual([
      { tokenId: "1", token: { symbol: "LUSD" }, most: (10n ** 18n).toString() },
      { tokenId: `${unknownToken}`, token: null, most: (10n ** 18n).toString() },
    ]);
  });

  it("after an allocation to a service that does not exist", async () => {
    await mined(
      entered.provider.writeContract({
        address: chain.deployment.contracts.StakeVault,
        abi: stakeVaultAbi,
        functionName: "allocate",
        args: [zeroHash, 1n],
      }),
    );
    await index.caughtUp();
    const { allocations } = await index.ask<{ allocations: object[] }>(
      "{ allocations(where: { amount: 1 }) { serviceId service { name } } }",
    );
    expect(allocations).toEqual([{ serviceId: zeroHash, service: null }]);
  });
});

describe("a set that never held a piece of a known deal", () => {
  it("has its own verdicts, and adorns neither provider, nor round, nor network with them", async () => {
    const { deployment } = chain;
    const { DealPayments, PossessionProofs } = deployment.contracts;
    const { provider, operator } = entered;
    const keeper = keeperOf(chain, operator, provider.account.address);
    const market = await openHostileMarket(32);
    const { hostile, stranger, attempt } = market;
    const piece = storyPiece("adornment");
    const pieces = [pieceOf(piece)];
    const [dealId, nonce] = [2n, 1n];
    await reserveStream(market, dealId);
    const setId = await openSetFor(market);
    const endPeriod = (await keeper.period()) + 20;
    const start = encodeFunctionData({
      abi: dealPaymentsAbi,
      functionName: "start",
      args: [dealId, PossessionProofs, setId, endPeriod],
    });
    await attempt(DealPayments, start);
    const signature = await stranger.signTypedData(
      piecesTypedData({
        chainId: deployment.chainId,
        proofs: PossessionProofs,
        market: hostile,
        dealId,
        pieces,
        nonce,
      }),
    );
    await mined(
      operator.writeContract({
        address: PossessionProofs,
        abi: possessionProofsAbi,
        functionName: "addPieces",
        args: [BigInt(setId), dealId, pieces, nonce, signature],
      }),
    );
    const proven = (await keeper.period()) + 1;
    await keeper.record(proven);
    await keeper.prove(setId, proven, [piece]);
    await keeper.record(proven + 1); // nobody proves it
    await keeper.record(proven + 2);
    await keeper.reportMissed(setId, proven + 1);
    await index.caughtUp();

    const none = { proofCount: 0, missedCount: 0 };
    expect(
      await index.ask(
        `query($provider: ID!, $setId: BigInt!) {
          provingSets(where: { setId: $setId }) { proofCount missedCount pieceCount }
          provider(id: $provider) { proofCount missedCount }
          rounds { proofCount missedCount }
          network(id: "0x6e6574776f726b") { proofCount missedCount provingSetCount livePieceCount }
        }`,
        { provider: provider.account.address.toLowerCase(), setId: `${setId}` },
      ),
    ).toEqual({
      provingSets: [{ proofCount: 1, missedCount: 1, pieceCount: 0 }],
      provider: none,
      rounds: [none, none, none],
      network: { ...none, provingSetCount: 0, livePieceCount: 0 },
    });
  });
});

describe("Slash", () => {
  it("takes from active stake, its allocation and thawing stake as the vault does", async () => {
    const { deployment, test } = chain;
    const { StakeVault, AccessManager, TimelockController } = deployment.contracts;
    if (!AccessManager || !TimelockController) throw new Error("the deployment has no access manager");
    const { provider } = entered;
    const slasher = chain.walletOf(LOCAL_ACCOUNTS.watcher);
    await test.impersonateAccount({ address: TimelockController });
    await test.setBalance({ address: TimelockController, value: parseEther("1") });
    const SLASHER = 2n;
    await mined(
      chain.walletOf(0).writeContract({
        account: TimelockController,
        address: AccessManager,
        abi: accessManagerAbi,
        functionName: "grantRole",
        args: [SLASHER, slasher.account.address, 0],
      }),
    );
    await thaw(provider, { deployment, amount: parseEther("40") });
    const slash = (amount: bigint) =>
      mined(
        slasher.writeContract({
          address: StakeVault,
          abi: stakeVaultAbi,
          functionName: "slash",
          args: [
            provider.account.address,
            HOSTING,
            amount,
            stringToHex("fault", { size: 32 }),
            slasher.account.address,
          ],
        }),
      );
    const compare = async () => {
      await index.caughtUp();
      const onChain = await getStake(chain.reader, {
        deployment,
        provider: provider.account.address,
        serviceId: HOSTING,
      });
      const { provider: found, network } = await index.ask<{ provider: object; network: object }>(
        `query($id: ID!) {
          provider(id: $id) { activeStake allocatedStake thawingStake allocations(where: { amount_not: 1 }) { amount } }
          network(id: "0x6e6574776f726b") { activeStake allocatedStake thawingStake slashedStake }
        }`,
        { id: provider.account.address.toLowerCase() },
      );
      expect(found).toEqual({
        activeStake: onChain.active.toString(),
        allocatedStake: onChain.allocated.toString(),
        thawingStake: onChain.thawing.toString(),
        allocations: [{ amount: onChain.allocation?.amount.toString() }],
      });
      return network;
    };
    await slash(parseEther("30"));
    expect(await compare()).toMatchObject({ slashedStake: parseEther("30").toString() });
    await slash(parseEther("50")); // more than is active
    expect(await compare()).toMatchObject({ slashedStake: parseEther("80").toString(), activeStake: "0" });
    await slash(parseEther("50")); // more than is there
    expect(await compare()).toMatchObject({ slashedStake: parseEther("100").toString(), thawingStake: "0" });
    const { slashes } = await index.ask<{ slashes: { reason: string }[] }>("{ slashes { reason } }");
    expect(new Set(slashes.map(({ reason }) => reason))).toEqual(new Set([stringToHex("fault", { size: 32 })]));
  });
});

describe("a reorganisation of three blocks", () => {
  it("rewinds what was in them", async () => {
    const fresh = await enterProvider(chain, 1);
    const piece = storyPiece("reorg");
    const keeper = keeperOf(chain, fresh.operator, fresh.provider.account.address);
    const deal = await requestStoryDeal(chain, fresh.offerId, piece, 31);
    const setId = await keeper.openSet();
    await index.caughtUp();
    const before = await snapshot(deal.dealKey);

    await keeper.accept(deal.dealId, setId);
    await keeper.addFirst(setId, deal.dealId, piece);
    await giveNotice(fresh.provider, { deployment: chain.deployment, dealId: deal.dealId });
    await index.caughtUp();
    expect(await snapshot(deal.dealKey)).toMatchObject({ deal: { status: "ENDING", pieceCount: 1 } });

    await chain.reader.request({ method: "anvil_reorg", params: [3, []] } as never);
    await chain.test.mine({ blocks: 1 }); // a new head of the same height is taken up with the next block
    await index.caughtUp();
    expect(await getIndexedBlock(index.subgraph)).toMatchObject({ hasFailed: false });
    expect(await snapshot(deal.dealKey)).toEqual(before);

    await keeper.accept(deal.dealId, setId);
    await keeper.addFirst(setId, deal.dealId, piece);
    await index.caughtUp();
    expect(await snapshot(deal.dealKey)).toMatchObject({
      deal: { status: "ACTIVE", pieceCount: 1 },
      dealEvents: [{ kind: "REQUESTED" }, { kind: "ACCEPTED" }, { kind: "PIECE_ADDED" }, { kind: "RATE_CHANGED" }],
    });
  });
});

/** What the reorganised transactions touch. */
async function snapshot(dealKey: bigint) {
  return index.ask<Record<string, unknown>>(
    `query($id: ID!, $deal: String!) {
      deal(id: $id) { status pieceCount liveBytes endPeriod stakeReserved provingSet { id } }
      dealEvents(where: { deal: $deal }, orderBy: blockNumber) { kind }
      network(id: "0x6e6574776f726b") { activeDealCount rentedBytes livePieceCount liveBytes freeBytes }
    }`,
    {
      id: encodeAbiParameters([{ type: "uint256" }], [dealKey]),
      deal: encodeAbiParameters([{ type: "uint256" }], [dealKey]),
    },
  );
}
