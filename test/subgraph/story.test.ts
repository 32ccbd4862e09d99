import { getAddress, parseEther, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import { ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { chooseOffer } from "../../sdk/src/offer-choice.ts";
import { getOffer, withdrawOffer } from "../../sdk/src/offers.ts";
import { getStake, listTranches, withdrawStake } from "../../sdk/src/stakes.ts";
import { createSubgraph } from "../../sdk/src/subgraph/client.ts";
import { balanceIdOf, dealIdOf, NETWORK_ID, offerIdOf, tokenIdOf } from "../../sdk/src/subgraph/ids.ts";
import { findOffers, getIndexedDeal, getNetwork } from "../../sdk/src/subgraph/queries.ts";
import { startChangingProxy } from "../helpers/changing-proxy.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";
import { HOSTING, MIB } from "../helpers/story.ts";
import { describeDeals } from "./deals-of-story.ts";
import { describeTables } from "./tables-of-story.ts";
import { piece, type Told, tellStory } from "./told-story.ts";

let chain: LocalChain;
let index: LocalIndex;
let story: Told["story"];

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory(chain);
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

const lower = (address: string) => address.toLowerCase();

describe("Network and Token", () => {
  it("count what happened", async () => {
    const { originAt, periodSeconds } = chain.deployment.parameters;
    const { network, token } = await index.ask<Record<string, object>>(
      `query($id: ID!, $token: ID!) {
        network(id: $id) { phase inviteGate originAt periodSeconds latestRoundPeriod roundCount livePieceCount liveBytes allocatedStake thawingStake slashedStake }
        token(id: $token) { tokenId address symbol decimals listed deposited withdrawn locked paid fees refunded }
      }`,
      { id: NETWORK_ID, token: tokenIdOf(story.token.tokenId) },
    );
    expect(network).toEqual({
      phase: "INVITE",
      inviteGate: lower(chain.deployment.contracts.ProviderRegistry),
      originAt: `${originAt}`,
      periodSeconds: `${periodSeconds}`,
      latestRoundPeriod: story.first + 2,
      roundCount: 3,
      livePieceCount: 0,
      liveBytes: "0",
      allocatedStake: parseEther("50").toString(),
      thawingStake: parseEther("30").toString(),
      slashedStake: "0",
    });
    expect(await getNetwork(index.subgraph)).toEqual({
      phase: "INVITE",
      providerCount: 1,
      activeOfferCount: 1,
      offeredBytes: 2048n * MIB,
      freeBytes: 2048n * MIB,
      rentedBytes: 0n,
      liveBytes: 0n,
      dealCount: 3,
      activeDealCount: 0,
      activeStake: parseEther("70"),
      proofCount: 2,
      missedCount: 1,
      latestRoundPeriod: story.first + 2,
    });

    const earned = 12_500n;
    const { locked } = story.waiting;
    const raised = await extraLocked();
    expect(token).toEqual({
      tokenId: "1",
      address: lower(story.token.address),
      symbol: "LUSD",
      decimals: 6,
      listed: true,
      deposited: (3n * locked + raised + 1_000_000n).toString(),
      withdrawn: "300000",
      locked: locked.toString(),
      paid: (earned - 125n).toString(),
      fees: "125",
      refunded: (2n * locked + raised - earned).toString(),
    });
  });
});

/** What renewal and enlargement of the first deal locked beyond its request. */
async function extraLocked(): Promise<bigint> {
  const { deal } = await index.ask<{ deal: { locked: string } }>("query($id: ID!) { deal(id: $id) { locked } }", {
    id: dealIdOf(story.deal.dealKey),
  });
  return BigInt(deal.locked) - story.deal.locked;
}

describe("Account, Balance and LedgerEntry", () => {
  it("know every balance that the contract knows, as the sum of its entries", async () => {
    const { accounts } = await index.ask<{
      accounts: {
        id: `0x${string}`;
        entries: { amount: string }[];
        balances: { available: string; token: { tokenId: string } }[];
      }[];
    }>("{ accounts { id entries(first: 1000) { amount } balances { available token { tokenId } } } }");
    expect(accounts.length).toBeGreaterThanOrEqual(5);
    for (const { id, entries, balances } of accounts) {
      const onChain = await chain.reader.readContract({
        address: chain.deployment.contracts.Ledger,
        abi: ledgerAbi,
        functionName: "balanceOf",
        args: [getAddress(id), story.token.tokenId],
      });
      expect(entries.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(onChain);
      expect(BigInt(balances[0]?.available ?? 0)).toBe(onChain);
    }
  });

  it("tells an account's money in words, and what is locked", async () => {
    const { entries, balance } = await index.ask<{
      entries: { kind: string; lock: { deal: { dealId: string } } | null }[];
      balance: object;
    }>(
      `query($account: String!, $id: ID!) {
        entries: ledgerEntries(where: { account: $account }, orderBy: blockNumber) { kind lock { deal { dealId } } }
        balance(id: $id) { available locked }
      }`,
      {
        account: lower(story.deal.customer.account.address),
        id: balanceIdOf(story.deal.customer.account.address, story.token.tokenId),
      },
    );
    const kinds = entries.map(({ kind }) => kind);
    expect(kinds).toEqual([
      "DEPOSIT",
      "LOCK",
      "DEPOSIT",
      "LOCK_RAISE",
      "DEPOSIT",
      "LOCK_RAISE",
      "REFUND",
      "DEPOSIT",
      "WITHDRAWAL",
    ]);
    expect(entries[1]?.lock?.deal.dealId).toBe(story.deal.dealId.toString());
    expect(balance).toMatchObject({ locked: "0" });
  });

  it("keeps deposits and withdrawals apart", async () => {
    const { withdrawals, deposits } = await index.ask<{ withdrawals: object[]; deposits: object[] }>(
      `query($account: String!) {
        withdrawals { account { id } to amount token { symbol } }
        deposits(where: { account: $account }, orderBy: blockNumber, orderDirection: desc, first: 1) { from amount }
      }`,
      { account: lower(story.deal.customer.account.address) },
    );
    expect(withdrawals).toEqual([
      {
        account: { id: lower(story.deal.customer.account.address) },
        to: lower(story.provider.account.address),
        amount: "300000",
        token: { symbol: "LUSD" },
      },
    ]);
    expect(deposits).toEqual([{ from: lower(story.deal.customer.account.address), amount: "1000000" }]);
  });
});

describe("Provider, Offer and stake", () => {
  it("are as the contracts have them", async () => {
    const provider = story.provider.account.address;
    const { provider: found } = await index.ask<{ provider: Record<string, unknown> }>(
      `query($id: ID!) { provider(id: $id) {
        operator group endpoint name jailed activeStake allocatedStake capacityStake thawingStake delegatedStake dealCount activeDealCount
        liveBytes proofCount missedCount
        invite { status index batch { count redeemedCount revokedAt } issuer { id quota revokedBelow redeemedCount } }
        allocations { amount reserved service { name allocatedStake } }
        earnings { earned paid fees token { symbol } }
        offers { id }
        thaws { account amount tranche { number isOwn shares } }
        stakeDeposits { from amount }
      } }`,
      { id: lower(provider) },
    );
    const onChain = await getStake(chain.reader, { deployment: chain.deployment, provider, serviceId: HOSTING });
    expect(found).toEqual({
      operator: lower(story.operator.account.address),
      group: "1",
      endpoint: "https://one.example",
      name: "One",
      jailed: false,
      activeStake: onChain.active.toString(),
      allocatedStake: onChain.allocated.toString(),
      capacityStake: onChain.capacity.toString(),
      thawingStake: onChain.thawing.toString(),
      delegatedStake: "0",
      dealCount: 3,
      activeDealCount: 0,
      liveBytes: "0",
      proofCount: 2,
      missedCount: 1,
      invite: {
        status: "USED",
        index: "1",
        batch: { count: "13", redeemedCount: 1, revokedAt: null },
        issuer: { id: lower(chain.walletOf(2).account.address), quota: "999", revokedBelow: "0", redeemedCount: 1 },
      },
      allocations: [
        {
          amount: onChain.allocation?.amount.toString(),
          reserved: "0",
          service: { name: "hosting", allocatedStake: parseEther("50").toString() },
        },
      ],
      earnings: [{ earned: "12500", paid: "12375", fees: "125", token: { symbol: "LUSD" } }],
      offers: [{ id: offerIdOf(story.offerId) }],
      thaws: [
        {
          account: lower(provider),
          amount: parseEther("30").toString(),
          tranche: { number: "0", isOwn: true, shares: parseEther("30").toString() },
        },
      ],
      stakeDeposits: [{ from: lower(provider), amount: parseEther("100").toString() }],
    });
  });

  it("are found by what a customer needs, at the price of now", async () => {
    const { deployment } = chain;
    const offer = await getOffer(chain.reader, { deployment, offerId: story.offerId });
    const need = { capacityBytes: MIB, termPeriods: 3, serviceId: HOSTING, tokenId: story.token.tokenId };
    expect(await findOffers(index.subgraph, need)).toEqual([
      {
        offerId: story.offerId,
        provider: lower(story.provider.account.address),
        endpoint: "https://one.example",
        name: "One",
        serviceId: HOSTING,
        tokenId: 1,
        unitPrice: offer.unitPrice,
        capacityBytes: offer.capacityBytes,
        freeBytes: offer.freeBytes,
        minTermPeriods: 3,
        region: "us",
      },
    ]);
    expect(await findOffers(index.subgraph, { ...need, termPeriods: 2 })).toEqual([]);
    expect(await findOffers(index.subgraph, { ...need, capacityBytes: 4096n * MIB })).toEqual([]);
    expect(await findOffers(index.subgraph, { ...need, tokenId: 2 })).toEqual([]);
  });
});

describe("chooseOffer", () => {
  const wish = () => ({
    deployment: chain.deployment,
    capacityBytes: MIB,
    termPeriods: 3,
    serviceId: HOSTING,
    tokenId: story.token.tokenId,
  });
  /** A keeper's answer about itself, for whoever asks. */
  const answering = (provider: string): typeof fetch =>
    (async () =>
      Response.json({
        chainId: chain.deployment.chainId,
        market: chain.deployment.contracts.DealMarket,
        provider,
        operator: provider,
        contentUrl: "http://{cid}.example",
        maxPartBytes: 1,
      })) as typeof fetch;

  it("takes what the index finds, if the chain agrees and the keeper answers", async () => {
    const { subgraph } = index;
    const { address } = story.provider.account;
    const found = await chooseOffer(chain.reader, { ...wish(), subgraph, fetch: answering(address) });
    expect(found.chosen).toMatchObject({
      offerId: 1,
      provider: lower(address),
      endpoint: "https://one.example",
      region: "us",
    });
    const foreign = await chooseOffer(chain.reader, { ...wish(), subgraph, fetch: answering(zeroAddress) });
    expect(foreign).toEqual({ chosen: undefined, passed: [{ offerId: 1, reason: "foreign" }] });
  });

  it("asks the chain where the index does not answer", async () => {
    const subgraph = createSubgraph("http://127.0.0.1:1");
    const fetch = answering(story.provider.account.address);
    const found = await chooseOffer(chain.reader, { ...wish(), subgraph, fetch });
    expect(found.chosen).toMatchObject({ offerId: 1, name: "One" });
  });
});

describeDeals(() => ({ chain, index, story }));
describeTables(() => ({ chain, index, story }));

describe("audit", () => {
  it("finds that events, contracts and index agree", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment, subgraph: index.subgraph });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
    expect(report.agreed.subgraph).toBeGreaterThan(100);
  });

  it("names the entity and the field of an answer that somebody changed", async () => {
    const proxy = await startChangingProxy(index.subgraph.url);
    onTestFinished(() => proxy.stop());
    proxy.setChange((_, answer) => {
      const { deals } = (answer as { data?: { deals?: { id: string; paid: string }[] } }).data ?? {};
      for (const deal of deals ?? [])
        if (deal.id === dealIdOf(story.deal.dealKey)) deal.paid = `${BigInt(deal.paid) + 1n}`;
      return answer;
    });
    const subgraph = createSubgraph(proxy.url);
    const { outcome, differences } = await audit(chain.reader, { deployment: chain.deployment, subgraph });
    expect(outcome).toBe("differ");
    const place = { kind: "subgraph", entity: "Deal", id: dealIdOf(story.deal.dealKey), field: "paid" };
    expect(differences).toMatchObject([{ subject: "deal 1", figure: "paid", place }]);
  });
});

describe("what happens while the index runs", () => {
  it("is there as soon as its block is indexed", async () => {
    const { deployment } = chain;
    const { provider, offerId, waiting, keeper, setId } = story;
    await keeper.accept(waiting.dealId, setId);
    await keeper.addFirst(setId, waiting.dealId, piece);
    await index.caughtUp();
    expect(await getNetwork(index.subgraph)).toMatchObject({
      activeDealCount: 1,
      rentedBytes: 100n * MIB,
      freeBytes: 1948n * MIB,
      liveBytes: 64n * MIB,
    });
    expect(await getIndexedDeal(index.subgraph, waiting)).toMatchObject({ status: "active", liveBytes: 64n * MIB });

    await withdrawOffer(provider, { deployment, offerId });
    const owner = provider.account.address;
    const [tranche] = await listTranches(chain.reader, { deployment, provider: owner, account: owner });
    await chain.goTo(tranche?.thawsAt ?? 0);
    await withdrawStake(provider, { deployment });
    await index.caughtUp();
    expect(await getNetwork(index.subgraph)).toMatchObject({ activeOfferCount: 0, offeredBytes: 0n, freeBytes: 0n });
    const { stakeWithdrawals, providers } = await index.ask<Record<string, object>>(
      "{ stakeWithdrawals { amount } providers { thawingStake tranches { shares withdrawn } } }",
    );
    expect(stakeWithdrawals).toEqual([{ amount: parseEther("30").toString() }]);
    expect(providers).toEqual([
      { thawingStake: "0", tranches: [{ shares: "0", withdrawn: parseEther("30").toString() }] },
    ]);
  });
});
