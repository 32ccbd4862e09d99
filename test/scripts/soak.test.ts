import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOnce, earnedBy } from "../../scripts/soak/audit.ts";
import { createBooks } from "../../scripts/soak/books.ts";
import type { PieceLife } from "../../scripts/soak/history.ts";
import { findHalfWritten, findLeftovers } from "../../scripts/soak/leftovers.ts";
import { MAX_REORG, planOf, UNITS } from "../../scripts/soak/plan.ts";
import { createRandom } from "../../scripts/soak/random.ts";

const DEAL = 7n;
const piece = (life: Partial<PieceLife>): PieceLife => ({
  setId: 1,
  slot: 0,
  dealKey: DEAL,
  root: "0x01",
  bytes: 2n ** 30n,
  addedIn: 10,
  ...life,
});

describe("the plan of a soak", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(planOf(5, 3)).toEqual(planOf(5, 3));
    expect(planOf(5, 3)).not.toEqual(planOf(6, 3));
  });

  it("has every kind of trouble in three minutes, whatever the seed", () => {
    for (let seed = 0; seed < 50; seed++) {
      const actions = planOf(seed, 3).map(({ action }) => action);
      const killed = actions.flatMap((action) => (action.kind === "kill" ? [action.unit] : []));
      expect(new Set(killed)).toEqual(new Set(UNITS));
      const kinds = ["kill", "kill-all", "restart-database", "reorg", "jump", "fill-disk"];
      expect(new Set(actions.map(({ kind }) => kind))).toEqual(new Set(kinds));
      const depths = actions.flatMap((action) => (action.kind === "reorg" ? [action.depth] : []));
      expect(Math.max(...depths)).toBe(MAX_REORG);
      expect(Math.min(...depths)).toBeGreaterThan(0);
    }
  });

  it("draws from sources that do not disturb each other", () => {
    const [a, b] = [createRandom(1), createRandom(1)];
    a.below(10);
    expect(a.fork("plan").bytes(8)).toEqual(b.fork("plan").bytes(8));
    expect(a.fork("plan").bytes(8)).not.toEqual(a.fork("chaos").bytes(8));
  });
});

describe("what a deal must have earned", () => {
  const deal = { dealKey: DEAL, unitPrice: 30n, setId: 1 };
  const proven = new Map([[1, new Set([10, 11, 12, 14, 15])]]);

  it("is for proven periods in which its pieces were live, up to the period that is asked for", () => {
    expect(earnedBy(deal, { pieces: [piece({})], proven }, 15)).toBe(3n); // 11, 12 and 14
    expect(earnedBy(deal, { pieces: [piece({ removedIn: 11 })], proven }, 20)).toBe(1n);
    expect(earnedBy(deal, { pieces: [piece({ dealKey: 8n })], proven }, 20)).toBe(0n);
  });

  it("is rounded down once, over all periods", () => {
    const third = piece({ bytes: 2n ** 30n / 3n });
    expect(earnedBy({ ...deal, unitPrice: 31n }, { pieces: [third], proven }, 20)).toBe(1n);
  });
});

describe("nothing is paid twice", () => {
  it("finds a second proof, piece, deal and settlement", () => {
    const books = createBooks();
    const twice = <T>(item: T) => [item, item];
    const life = {
      dealId: 1n,
      dealKey: DEAL,
      customer: "0x1",
      provider: "0x2",
      firstRoot: "0x3",
      unitPrice: 1n,
    } as const;
    checkOnce(books, {
      proofs: twice({ setId: 1, period: 3 }),
      pieces: twice(piece({})),
      deals: new Map([
        [1n, life],
        [2n, { ...life, dealId: 2n }],
      ]),
      settlements: twice({ dealKey: DEAL, settledPeriod: 4 }),
    });
    expect(books.broken).toHaveLength(4);
  });
});

describe("what is left over", () => {
  it("is a process that still works for the network, a port that answers, and a file that was never finished", async () => {
    const dir = mkdtempSync(join(tmpdir(), "4ever-leftovers-"));
    const server = createServer().listen(0, "127.0.0.1");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", dir]);
    try {
      await Promise.all([once(server, "listening"), once(child, "spawn")]);
      const { port } = server.address() as { port: number };
      const found = await findLeftovers(dir, [port]);
      expect(found).toContain(`somebody still listens on port ${port}`);
      if (process.platform === "linux") expect(found.join()).toContain(`the process ${child.pid} still runs`);
      writeFileSync(join(dir, "0x1.index.partial"), "");
      expect(findHalfWritten([dir])).toEqual([join(dir, "0x1.index.partial")]);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
      server.close();
      rmSync(dir, { recursive: true });
    }
    expect(await findLeftovers(dir, [])).toEqual([]);
  });
});
