import { expect, it } from "vitest";
import { STATUS } from "../../../keepers/src/domain/deals.ts";
import type { DutyContext } from "../../../keepers/src/duties/context.ts";
import { addLater, remove } from "../../../keepers/src/duties/pieces.ts";

/** A set whose slot 5 holds a piece of deal 7, which ends before period 20; it is period `period`. Nothing else is used. */
function contextAt(period: number) {
  const sent: string[] = [];
  const context = {
    clock: { originAt: 0, periodSeconds: 10, proofWindowSeconds: 5, retrySeconds: 5 },
    head: () => ({ number: 1, hash: "0x", at: period * 10 }),
    addresses: { PossessionProofs: `0x${"11".repeat(20)}` },
    contracts: {
      market: { read: { dealOf: async () => ({ status: STATUS.active }) } },
      payments: { read: { streamOf: async () => ({ endPeriod: 20 }) } },
    },
    store: {
      slot: async () => ({ slot: 5, root: `0x${"22".repeat(32)}`, meta: 1n, dealId: 7n, removedIn: 0 }),
      deal: async () => ({ dealId: 7n, dealKey: 7n }),
    },
    submit: async ({ label }: { label: string }) => {
      sent.push(label);
      return { status: "mined", mined: { blockNumber: 2 } };
    },
  } as unknown as DutyContext;
  return { context, sent };
}
const duty = { kind: "remove", setId: 3, slot: 5 } as const;
const { signal } = new AbortController();

it("leaves a piece whose deal runs, though it was planned when another deal's was in that slot", async () => {
  const { context, sent } = contextAt(19);
  expect(await remove(duty, context, signal)).toMatchObject({ status: "waiting" });
  expect(sent).toEqual([]);
});

it("takes out a piece whose deal is over", async () => {
  const { context, sent } = contextAt(20);
  expect(await remove(duty, context, signal)).toMatchObject({ status: "done" });
  expect(sent).toEqual(["remove slot 5 of set 3"]);
});

/** A deal whose first piece is under proof and whose second is signed; the contract answers its addition with `error`. */
function addingWith(error: string) {
  const piece = { root: `0x${"22".repeat(32)}`, leafCount: 1, cidDigest: `0x${"33".repeat(32)}` } as const;
  const closed: unknown[] = [];
  const context = {
    clock: { originAt: 0, periodSeconds: 10, proofWindowSeconds: 5, retrySeconds: 5 },
    head: () => ({ number: 1, hash: "0x", at: 100 }),
    addresses: { PossessionProofs: `0x${"11".repeat(20)}` },
    contracts: { payments: { read: { streamOf: async () => ({ setId: 3, nonce: 0 }) } } },
    store: {
      deal: async () => ({ dealId: 7n, dealKey: 7n, firstPiece: piece }),
      addition: async () => ({ state: "pending", pieces: [piece], signature: "0x" }),
      hasPiece: async () => true,
      held: async () => piece,
      freeSlot: async () => ({ slot: 5, root: piece.root, meta: 1n }),
      closeAddition: async (...args: unknown[]) => void closed.push(args),
    },
    submit: async () => ({ status: "refused", error }),
  } as unknown as DutyContext;
  return { context, closed };
}

it("refuses a signed piece for good when the contract refuses the customer's signature", async () => {
  const { context, closed } = addingWith("ProofsSignatureInvalid(7, 0x01, 0x02)");
  expect(await addLater({ kind: "add", dealId: 7n, nonce: 1 }, context, signal)).toMatchObject({ status: "refused" });
  expect(closed).toEqual([[7n, 1, "refused", "ProofsSignatureInvalid(7, 0x01, 0x02)"]]);
});

it.each(["ProofsSlotMismatch(3, 5)", "ProofsSlotUnavailable(3, 5, 1, 2)"])(
  "tries a signed piece again when the slot that it chose was taken: %s",
  async (error) => {
    const { context, closed } = addingWith(error);
    expect(await addLater({ kind: "add", dealId: 7n, nonce: 1 }, context, signal)).toMatchObject({ status: "refused" });
    expect(closed).toEqual([]);
  },
);
