import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, createPublicClient, type Hex, http, numberToHex, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type AuditOptions, audit } from "../../../sdk/src/audit/audit.ts";
import { Reorganised } from "../../../sdk/src/audit/chain.ts";
import { folderContent, gatewayContent } from "../../../sdk/src/audit/content.ts";
import { cidToDigest } from "../../../sdk/src/pieces/cid.ts";
import { buildPiece } from "../../../sdk/src/pieces/index.ts";
import { plusOne, without } from "../../helpers/changed-logs.ts";
import { type Change, startChangingProxy } from "../../helpers/changing-proxy.ts";
import { createPerson } from "../../helpers/command.ts";
import { type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";
import { bytesPiece } from "../../helpers/proofs.ts";
import { requestStoryDeal } from "../../helpers/story.ts";
import { tellStory } from "../../subgraph/told-story.ts";

let chain: LocalChain;
let proxy: Awaited<ReturnType<typeof startChangingProxy>>;
let story: Awaited<ReturnType<typeof tellStory>>;
let hosted: Awaited<ReturnType<typeof hostPiece>>;
let from: bigint;

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory(chain);
  from = await chain.reader.getBlockNumber({ cacheTime: 0 });
  hosted = await hostPiece();
  proxy = await startChangingProxy(chain.rpcUrl);
});
afterAll(async () => {
  await proxy?.stop();
  await chain?.stop();
});

/** A deal with a real CAR that is proven once, so that content and proof can be compared. */
async function hostPiece() {
  const { keeper, setId, offerId } = story;
  const car = new Uint8Array(2 ** 20);
  let length = 0;
  const write = (bytes: Uint8Array, position: number) => {
    car.set(bytes, position);
    length = Math.max(length, position + bytes.length);
  };
  const text = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => i).join(" "));
  const file = {
    path: "index.html",
    sizeBytes: text.length,
    open: async function* () {
      yield text;
    },
  };
  const built = await buildPiece([file], { write });
  const bytes = car.slice(0, length);
  const piece = { ...bytesPiece(bytes), cidDigest: cidToDigest(built.cid) };
  const { dealId } = await requestStoryDeal(chain, offerId, piece, 13);
  await keeper.accept(dealId, setId);
  await keeper.addFirst(setId, dealId, piece);
  const period = (await keeper.period()) + 1;
  await keeper.record(period);
  await keeper.prove(setId, period, [piece]);
  return { bytes, cid: built.cid, period, piece, dealId };
}

/** Audits through a node that changes some answers. */
function auditChanged(change: Change, options: Partial<AuditOptions> = {}) {
  proxy.setChange(change);
  const client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }), cacheTime: 0 });
  return audit(client, { deployment: chain.deployment, ...options });
}

const result = (answer: unknown, change: (value: never) => unknown) => {
  const { result, ...rest } = answer as { result: never };
  return { ...rest, result: change(result) };
};

const SETTLED = "Settled(uint256,uint32,uint32,uint96,uint96,uint96)";
const PAID = "Paid(address,uint256,address,uint96)";

describe("audit", () => {
  it("agrees with an honest chain, in every kind of figure", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
    expect(report.counts).toMatchObject({ deals: 4, proofs: 3, rounds: 4, missedPeriods: 1, unreportedPeriods: 0 });
    for (const kind of ["event", "contract", "calldata", "header"] as const)
      expect(report.agreed[kind]).toBeGreaterThan(0);
  });

  it("reports on its span, and replays what came before", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment, from: from + 1n });
    expect(report).toMatchObject({ outcome: "agree", from: from + 1n });
    expect(report.counts).toMatchObject({ deals: 4, proofs: 1, rounds: 1 });
    const early = await audit(chain.reader, { deployment: chain.deployment, to: from });
    expect(early).toMatchObject({ outcome: "agree", to: from, counts: { deals: 3, proofs: 2 } });
  });

  it("splits a range that the node refuses", async () => {
    const span = (filter: { fromBlock: Hex; toBlock: Hex }) => BigInt(filter.toBlock) - BigInt(filter.fromBlock);
    const refused = { error: { code: -32_005, message: "query returned more than 10000 results" } };
    const report = await auditChanged(({ method, params }, answer) => {
      const isLarge = method === "eth_getLogs" && span(params?.[0] as never) > 8n;
      return isLarge ? { ...(answer as object), result: undefined, ...refused } : answer;
    });
    expect(report.outcome).toBe("agree");
    expect(report.counts.deals).toBe(4);
  });

  it("starts again when the chain changed under it, and says so when it goes on changing", async () => {
    let isMoved = false;
    const parts: string[] = [];
    const other = `0x${"ab".repeat(32)}`;
    const move: Change = ({ method }, answer) =>
      method === "eth_getBlockByNumber" && !isMoved
        ? result(answer, (block: object) => ({ ...block, hash: other }))
        : answer;
    const onProgress = ({ part }: { part: string }) => {
      parts.push(part);
      isMoved ||= part === "reorganised";
    };
    expect(await auditChanged(move, { onProgress })).toMatchObject({ outcome: "agree" });
    expect(parts).toContain("reorganised");
    isMoved = false;
    await expect(auditChanged(move)).rejects.toThrow(Reorganised);
  });

  it("does not know what a node without old state knows, and calls nobody wrong", async () => {
    const missing = { error: { code: -32_000, message: "missing trie node" } };
    const report = await auditChanged(({ method }, answer) =>
      method === "eth_call" ? { ...(answer as object), result: undefined, ...missing } : answer,
    );
    expect(report).toMatchObject({ outcome: "unknown", differences: [] });
    expect(report.unknowns).toMatchObject([{ subject: "fees and rewards" }, { subject: "the contracts' views" }]);
  });
});

describe("a planted difference", () => {
  const only = async (planted: Promise<Awaited<ReturnType<typeof audit>>>) => {
    const { outcome, differences } = await planted;
    expect(outcome).toBe("differ");
    expect(differences).toHaveLength(1);
    return differences[0];
  };

  it("is found in an amount that a settlement tells", async () => {
    const found = await only(auditChanged(plusOne(SETTLED, 4)));
    expect(found).toMatchObject({ subject: "deal 1", figure: "paid to the provider" });
    expect(found).toMatchObject({ place: { kind: "event", contract: "DealPayments", event: "Settled" } });
    expect(BigInt(found?.found ?? 0)).toBe(BigInt(found?.expected ?? 0) + 1n);
    expect(found?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
    const { status } = await chain.reader.getTransactionReceipt({ hash: found?.transaction as Hex });
    expect(status).toBe("success");
  });

  it.each([
    ["earned", SETTLED, 2, "deal 1", "earned"],
    ["proven periods", SETTLED, 1, "deal 1", "proven periods that were settled"],
    ["a payment", PAID, 0, "deal 1", "amount paid"],
    ["a refund", "Refunded(address,uint256,address,uint96)", 0, "deal 1", "amount refunded"],
    ["a lock", "Locked(address,uint256,address,address,uint32,uint96,uint40)", 2, "deal 1", "locked amount"],
    ["the money of a renewal", "LockRaised(address,uint256,uint96,uint40)", 0, "deal 1", "amount added to the lock"],
    ["an early end", "DealEnding(uint256,uint32,uint8,address)", 0, "deal 1", "first period that is not paid"],
    ["live bytes", "RateChanged(uint256,uint32,uint64,uint96)", 1, "deal 1", "live bytes"],
    ["free capacity", "OfferFreeChanged(uint256,uint64)", 0, "offer 1", "free bytes"],
    ["strikes", "PeriodMissed(uint256,uint256,uint32,address)", 0, /^period \d+ of set 1$/, "strikes"],
    [
      "the seed's deadline",
      "RoundRecorded(uint256,bytes32,uint64,uint40,address)",
      2,
      /^round of/,
      "deadline of the proofs",
    ],
    [
      "the line's length",
      "PeriodProven(uint256,uint256,uint256)",
      0,
      /of set 1$/,
      "leaves of the line that were proven",
    ],
  ])("is found in %s", async (_, event, word, subject, figure) => {
    const found = await only(auditChanged(plusOne(event, word)));
    expect(found?.figure).toBe(figure);
    expect(found?.subject).toMatch(subject);
    expect(found?.place).toMatchObject({ kind: "event", event: event.slice(0, event.indexOf("(")) });
  });

  it("is found when an event is kept back", async () => {
    const found = await only(auditChanged(without(PAID)));
    expect(found).toMatchObject({
      subject: "deal 1",
      figure: expect.stringMatching(/^event Paid of \d+$/),
      found: "none",
    });
  });

  it("is found in a contract's view, with the name of the account", async () => {
    const { Ledger } = chain.deployment.contracts;
    const isBalance = (call: { to: Address; data: Hex }) =>
      call.to.toLowerCase() === Ledger.toLowerCase() &&
      call.data.startsWith(toFunctionSelector("balanceOf(address,uint32)"));
    const found = await only(
      auditChanged(({ method, params }, answer) =>
        method === "eth_call" && isBalance(params?.[0] as never)
          ? result(answer, (word: Hex) => numberToHex(BigInt(word) + 1n, { size: 32 }))
          : answer,
      ),
    );
    expect(found).toMatchObject({
      subject: expect.stringMatching(/^account 0x[0-9a-fA-F]{40} in token 1$/),
      figure: "balance",
      place: { kind: "contract", contract: "Ledger", call: "balanceOf" },
    });
  });

  it("is found in the call of a proof, by the leaf that fails", async () => {
    const isProof = (input: Hex) => input?.startsWith(toFunctionSelector("prove(uint256,uint256,bytes)"));
    const found = await only(
      auditChanged(({ method }, answer) =>
        method === "eth_getTransactionByHash"
          ? result(answer, (transaction: { input: Hex }) => {
              const { input } = transaction;
              const at = 10 + 2 * (4 * 32 + 1 + 5 + 32 + 8); // in the first leaf
              const other = input[at] === "0" ? "1" : "0";
              return isProof(input)
                ? { ...transaction, input: input.slice(0, at) + other + input.slice(at + 1) }
                : transaction;
            })
          : answer,
      ),
    );
    expect(found).toMatchObject({
      subject: `period ${story.first} of set 1`,
      figure: "proof",
      expected: "a valid proof",
      found: expect.stringMatching(/^a proof that fails at leaf \d+ of the line$/),
      place: { kind: "calldata", contract: "PossessionProofs", call: "prove" },
    });
  });

  it("is found in a header that does not hash to what its block is called", async () => {
    const found = await only(
      auditChanged(({ method }, answer) =>
        method === "eth_getBlockByNumber"
          ? result(answer, (block: object) => ({ ...block, mixHash: `0x${"12".repeat(32)}` }))
          : answer,
      ),
    );
    expect(found).toMatchObject({ subject: `round of period ${story.first}`, place: { kind: "header" } });
  });

  it("is listed beside the others when all are wanted", async () => {
    const both: Change = (question, answer) => plusOne(PAID, 0)(question, plusOne(SETTLED, 2)(question, answer));
    const { differences } = await auditChanged(both, { all: true });
    expect(differences.map(({ figure }) => figure)).toEqual(["earned", "amount paid"]);
  });
});

describe("audit of content", () => {
  /** A folder with one CAR in it. */
  const folder = async (bytes: Uint8Array) => {
    const path = await mkdtemp(join(tmpdir(), "4ever-content-"));
    onTestFinished(() => rm(path, { recursive: true, force: true }));
    await writeFile(join(path, "any-name.car"), bytes);
    return path;
  };
  const auditContent = async (content: AuditOptions["content"]) =>
    audit(chain.reader, { deployment: chain.deployment, from: from + 1n, content });

  it("rebuilds the root, and finds the leaves of the proofs in the bytes", async () => {
    const report = await auditContent(await folderContent(await folder(hosted.bytes)));
    expect(report.outcome).toBe("agree");
    expect(report.counts.content).toEqual({
      pieces: 1,
      bytes: BigInt(hosted.bytes.length),
      leaves: report.agreed.content - 1,
    });
    expect(report.counts.content.leaves).toBeGreaterThan(0);
  });

  it("finds a byte that changed, and names the piece", async () => {
    const changed = hosted.bytes.slice();
    changed[changed.length - 1000] = (changed.at(-1000) ?? 0) ^ 1;
    const path = await folder(changed);
    const { outcome, differences } = await auditContent(await folderContent(path));
    expect(outcome).toBe("differ");
    expect(differences).toMatchObject([
      {
        subject: `piece ${hosted.piece.root}`,
        figure: "Merkle root of the bytes",
        expected: hosted.piece.root,
        place: { kind: "content", source: join(path, "any-name.car") },
      },
    ]);
  });

  it("calls a piece unknown that is not there, that no gateway has, or that came through only in part", async () => {
    const server = createServer((request, response) => {
      expect(request.url).toBe(`/ipfs/${hosted.cid}?format=car`);
      response.writeHead(part === 0 ? 504 : 200).end(hosted.bytes.subarray(0, part));
    });
    let part = 0;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const reasons: string[] = [];
    const audited = async (content: AuditOptions["content"]) => {
      const { outcome, unknowns } = await auditContent(content);
      expect(outcome).toBe("unknown");
      reasons.push(unknowns.map(({ reason }) => reason).join());
    };
    await audited(await folderContent(await folder(new Uint8Array(10))));
    await audited(gatewayContent(url));
    part = 70_000;
    await audited(gatewayContent(url));
    part = hosted.bytes.length;
    expect((await auditContent(gatewayContent(url))).outcome).toBe("agree");
    expect(reasons).toEqual([
      expect.stringContaining(`names ${hosted.cid}`),
      expect.stringContaining("answered HTTP 504"),
      expect.stringContaining("bytes too early"),
    ]);
  });
});

describe("4ever audit", () => {
  const person = async (rpcUrl: string) => {
    const file = join(chain.directory, "audited.json");
    await writeFile(file, JSON.stringify(chain.deployment));
    const found = await createPerson({ FOREVER_DEPLOYMENT: file, FOREVER_RPC: rpcUrl });
    onTestFinished(() => found.leave());
    return found;
  };

  it("refuses spans and places that are none", async () => {
    const { run } = await person(chain.rpcUrl);
    for (const args of ["--from x", "--from 5 --to 4", "--to 99999999", "--content nowhere"])
      expect(await run(`audit ${args}`)).toMatchObject({ exitCode: 2, out: "" });
  });

  it("ends with 0 when everything agrees, and tells machines every count", async () => {
    const { run, json } = await person(chain.rpcUrl);
    expect(await run("audit")).toMatchObject({ exitCode: 0, out: expect.stringMatching(/Everything agrees\.$/) });
    expect(await json(`audit --to ${from}`)).toMatchObject({ exitCode: 0, ok: true, outcome: "agree", to: `${from}` });
  });

  it("ends with 1 and names the difference", async () => {
    proxy.setChange(plusOne(SETTLED, 4));
    const { run } = await person(proxy.url);
    const { exitCode, out } = await run("audit");
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /DIFFERENCE {2}deal 1: paid to the provider\n {2}expected +\d+\n {2}found +\d+\n {2}where +event Settled/,
    );
  });

  it("ends with 3 when it could not find out", async () => {
    const { run } = await person(chain.rpcUrl);
    const { exitCode, out } = await run(`audit --content ${chain.directory}`);
    expect(exitCode).toBe(3);
    expect(out).toContain("Could not find out (2)");
    const gone = await person("http://127.0.0.1:1");
    expect(await gone.run("audit")).toMatchObject({ exitCode: 3, err: expect.stringContaining("not") });
  });
});
