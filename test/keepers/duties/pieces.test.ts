import { expect, it } from "vitest";
import { STATUS } from "../../../keepers/src/domain/deals.ts";
import type { DutyContext } from "../../../keepers/src/duties/context.ts";
import { remove } from "../../../keepers/src/duties/pieces.ts";

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
