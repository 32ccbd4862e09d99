import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { keccak256, toHex } from "viem";
import { describe, expect, it, onTestFinished } from "vitest";
import { ChannelStoreDamaged, receivedVouchers, signedSums } from "../../../sdk/src/channels/entries.ts";
import { channelKey } from "../../../sdk/src/channels/store.ts";
import { openChannelFile } from "../../../sdk/src/node/channel-file.ts";
import { bookOn, TERMS } from "./book.ts";

const KEY = channelKey(TERMS);
const usage = (text: string) => keccak256(toHex(text));

async function folder() {
  const home = await mkdtemp(join(tmpdir(), "4ever-book-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return join(home, "inner", "vouchers.db");
}

/** A process that signs; resolves when it ended, to the sums that it told. It is killed after `killAfter` of them. */
async function sign(file: string, name: string, count: number, killAfter = Number.POSITIVE_INFINITY) {
  const script = join(import.meta.dirname, "sign-until-killed.ts");
  const child = spawn(process.execPath, [script, file, usage(name), `${count}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const told: bigint[] = [];
  for await (const line of createInterface(child.stdout)) {
    told.push(BigInt(line));
    if (told.length === killAfter) child.kill("SIGKILL");
  }
  return { told, exitCode: await ended };
}

describe("openChannelFile", () => {
  it("says that a file is damaged, and leaves it as it is", async () => {
    const file = await folder();
    openChannelFile(file, signedSums)[Symbol.dispose]();
    await writeFile(file, "this is no database, and longer than one's header is: ".repeat(20));
    expect(() => openChannelFile(file, signedSums)).toThrow(ChannelStoreDamaged);
    expect(await readFile(file, "utf8")).toContain("this is no database");
  });

  it("does not take an entry that it cannot read for none", async () => {
    const file = await folder();
    using odd = openChannelFile(file, { encode: (text: string) => text, decode: (text) => text });
    await odd.replace(KEY, undefined, "12 elsewhen");
    using store = openChannelFile(file, signedSums);
    await expect(store.read(KEY)).rejects.toThrow(ChannelStoreDamaged);
    await expect(bookOn(store).add(1n, usage("a"))).rejects.toThrow(ChannelStoreDamaged);
  });

  it("replaces only what is still there, and remembers it", async () => {
    const file = await folder();
    const [none, some] = [
      { cumulative: 0n, usageRoot: undefined },
      { cumulative: 5n, usageRoot: usage("a") },
    ] as const;
    {
      using store = openChannelFile(file, signedSums);
      expect(await store.read(KEY)).toBeUndefined();
      expect(await store.replace(KEY, some, none)).toBe(false);
      expect(await store.replace(KEY, undefined, none)).toBe(true);
      expect(await store.replace(KEY, undefined, some)).toBe(false);
      expect(await store.replace(KEY, none, some)).toBe(true);
      expect(await store.replace(KEY, none, some)).toBe(false);
    }
    using again = openChannelFile(file, signedSums);
    expect(await again.read(KEY)).toEqual(some);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("keeps a payee's vouchers, too", async () => {
    using sums = openChannelFile(await folder(), signedSums);
    const signing = await bookOn(sums).add(9n, usage("a"));
    if (signing.refused) throw new Error(signing.refused);
    using store = openChannelFile(await folder(), receivedVouchers);
    await store.replace(KEY, undefined, signing.voucher);
    expect(await store.read(KEY)).toEqual(signing.voucher);
  });

  it("holds what a process told before it was killed in the middle, and goes on from there", async () => {
    const file = await folder();
    let before = 0n;
    for (const killAfter of [1, 2, 7, 19]) {
      const { told, exitCode } = await sign(file, `run ${killAfter}`, 1_000_000, killAfter);
      expect(exitCode).toBeNull();
      expect(told[0]).toBe(before + 1n);
      using store = openChannelFile(file, signedSums);
      before = (await bookOn(store).signed()) ?? 0n; // the last may have been written and not told
      expect(before).toBeGreaterThanOrEqual(told.at(-1) ?? 0n);
    }
  });

  it("gives no sum to two processes that sign at once", async () => {
    const file = await folder();
    const runs = await Promise.all([sign(file, "first", 60), sign(file, "second", 60)]);
    const told = runs.flatMap((run) => run.told);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(new Set(told).size).toBe(120);
    using store = openChannelFile(file, signedSums);
    expect(await bookOn(store).signed()).toBe(120n);
  });
});
