// What the index says of the told story's deals, pieces and proofs.
import { describe, expect, it } from "vitest";
import { getDeal } from "../../sdk/src/deals.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { digestToCid } from "../../sdk/src/pieces/cid.ts";
import { dealIdOf, provingSetIdOf, roundIdOf } from "../../sdk/src/subgraph/ids.ts";
import { getIndexedDeal, listDealsOf } from "../../sdk/src/subgraph/queries.ts";
import { MIB, UNIT_PRICE } from "../helpers/story.ts";
import { piece, type Told } from "./told-story.ts";

const lower = (address: string) => address.toLowerCase();

/** Tests of the deals, and of the sets that hold their pieces. */
export function describeDeals(told: () => Told): void {
  describe("Deal", () => {
    it("is as the contracts have it, with the money that moved", async () => {
      const { chain, index, story } = told();
      const { deployment } = chain;
      const { deal, first, endPeriod, setId } = story;
      const onChain = await getDeal(chain.reader, { deployment, dealId: deal.dealId });
      const { found } = await index.ask<{ found: Record<string, unknown> }>(
        `query($id: ID!) { found: deal(id: $id) {
          dealId dealKey market status mode replicas proofClass maxUnitPrice unitPrice feeBps capacityBytes liveBytes
          termPeriods fromPeriod termEndPeriod endPeriod endReason settledPeriod provenPeriods pieceCount sessionKey
          stakeReserved verifier cid firstPieceRoot firstPieceLeafCount locked earned released paid fee refunded
          customer { id } provider { id } offer { offerId } service { name } token { symbol }
          provingSet { id } lock { left locked paid fees refunded } reservation { most feeBps }
        } }`,
        { id: dealIdOf(deal.dealKey) },
      );
      const locked = BigInt(found.locked as string);
      expect(locked).toBeGreaterThan(deal.locked);
      expect(found).toEqual({
        dealId: deal.dealId.toString(),
        dealKey: deal.dealKey.toString(),
        market: lower(deployment.contracts.DealMarket),
        status: "FINISHED",
        mode: "PICK",
        replicas: 1,
        proofClass: 1,
        maxUnitPrice: UNIT_PRICE.toString(),
        unitPrice: UNIT_PRICE.toString(),
        feeBps: 100,
        capacityBytes: onChain.capacityBytes.toString(),
        liveBytes: onChain.liveBytes.toString(),
        termPeriods: 15,
        fromPeriod: first,
        termEndPeriod: first + 15,
        endPeriod,
        endReason: "CUSTOMER",
        settledPeriod: onChain.settledPeriod,
        provenPeriods: 2,
        pieceCount: 1,
        sessionKey: lower(story.sessionKey),
        stakeReserved: "0",
        verifier: lower(deployment.contracts.PossessionProofs),
        cid: digestToCid(piece.cidDigest).toString(),
        firstPieceRoot: piece.root,
        firstPieceLeafCount: `${piece.leafCount}`,
        locked: locked.toString(),
        earned: onChain.earned.toString(),
        released: onChain.released.toString(),
        paid: "12375",
        fee: "125",
        refunded: (locked - 12_500n).toString(),
        customer: { id: lower(deal.customer.account.address) },
        provider: { id: lower(story.provider.account.address) },
        offer: { offerId: "1" },
        service: { name: "hosting" },
        token: { symbol: "LUSD" },
        provingSet: { id: provingSetIdOf(deployment.contracts.PossessionProofs, setId) },
        lock: {
          left: "0",
          locked: locked.toString(),
          paid: "12375",
          fees: "125",
          refunded: (locked - 12_500n).toString(),
        },
        reservation: { most: deal.locked.toString(), feeBps: 100 },
      });
    });

    it("has a timeline of everything that happened", async () => {
      const { index, story } = told();
      const { events } = await index.ask<{
        events: { kind: string; actor: string; blockNumber: string; logIndex: string; amount: string | null }[];
      }>(
        "query($deal: String!) { events: dealEvents(where: { deal: $deal }) { kind actor blockNumber logIndex amount } }",
        {
          deal: dealIdOf(story.deal.dealKey),
        },
      );
      events.sort((a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex));
      expect(events.map(({ kind }) => kind)).toEqual([
        "REQUESTED",
        "ACCEPTED",
        "PIECE_ADDED",
        "RATE_CHANGED",
        "SESSION_KEY_CHANGED",
        "RENEWED",
        "CAPACITY_CHANGED",
        "PIECE_REMOVED",
        "RATE_CHANGED",
        "ENDING",
        "SETTLED",
        "FINISHED",
        "SETTLED",
        "CLOSED",
      ]);
      expect(events[0]).toMatchObject({
        actor: lower(story.deal.customer.account.address),
        amount: story.deal.locked.toString(),
      });
    });

    it("says how the others ended", async () => {
      const { index, story } = told();
      const cancelled = await getIndexedDeal(index.subgraph, { dealKey: story.cancelled.dealKey });
      expect(cancelled).toMatchObject({ status: "cancelled", refunded: story.cancelled.locked, earned: 0n });
      const customer = story.waiting.customer.account.address;
      expect(await listDealsOf(index.subgraph, { customer })).toMatchObject([
        { dealId: story.waiting.dealId, status: "requested", locked: story.waiting.locked, providerName: "One" },
      ]);
      expect(await getIndexedDeal(index.subgraph, { dealKey: 1n })).toBeUndefined();
    });
  });

  describe("ProvingSet, Piece, Proof, MissedPeriod and Round", () => {
    it("tell each period's verdict", async () => {
      const { chain, index, story } = told();
      const { setId, first } = story;
      const { set, rounds, round } = await index.ask<Record<string, object>>(
        `query($id: ID!, $round: ID!) {
          set: provingSet(id: $id) {
            setId operator market totalLeaves livePieceCount proofCount missedCount lastProvenPeriod lastMissedPeriod
            provider { id }
            proofs(orderBy: period) { period totalLeaves }
            missedPeriods { period strikes reportedBy }
            pieces { slot root cid leafCount sizeBytes startLeaf addedIn removedIn meta deal { dealId } }
          }
          rounds(orderBy: period) { period proofCount missedCount recordedBy }
          round(id: $round) { period }
        }`,
        { id: provingSetIdOf(chain.deployment.contracts.PossessionProofs, setId), round: roundIdOf(first) },
      );
      const operator = lower(story.operator.account.address);
      const [logged] = await chain.reader.getContractEvents({
        address: chain.deployment.contracts.PossessionProofs,
        abi: possessionProofsAbi,
        eventName: "PieceAdded",
        fromBlock: 0n,
        strict: true,
      });
      expect(set).toEqual({
        setId: `${setId}`,
        operator,
        market: lower(chain.deployment.contracts.DealMarket),
        totalLeaves: `${piece.leafCount}`,
        livePieceCount: 0,
        proofCount: 2,
        missedCount: 1,
        lastProvenPeriod: first + 2,
        lastMissedPeriod: first + 1,
        provider: { id: lower(story.provider.account.address) },
        proofs: [
          { period: first, totalLeaves: `${piece.leafCount}` },
          { period: first + 2, totalLeaves: `${piece.leafCount}` },
        ],
        missedPeriods: [{ period: first + 1, strikes: 1, reportedBy: operator }],
        pieces: [
          {
            slot: "0",
            root: piece.root,
            cid: digestToCid(piece.cidDigest).toString(),
            leafCount: `${piece.leafCount}`,
            sizeBytes: (64n * MIB).toString(),
            startLeaf: "0",
            addedIn: first - 1,
            removedIn: first + 3,
            meta: logged?.args.meta.toString(),
            deal: { dealId: story.deal.dealId.toString() },
          },
        ],
      });
      expect(rounds).toEqual([
        { period: first, proofCount: 1, missedCount: 0, recordedBy: operator },
        { period: first + 1, proofCount: 0, missedCount: 1, recordedBy: operator },
        { period: first + 2, proofCount: 1, missedCount: 0, recordedBy: operator },
      ]);
      expect(round).toEqual({ period: first });
    });
  });
}
