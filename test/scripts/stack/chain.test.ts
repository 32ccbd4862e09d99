import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isCompleteState, isConsistent, startAnvil } from "../../../scripts/stack/anvil.ts";
import { allocatePorts } from "../../../scripts/stack/ports.ts";
import { createProcessTable } from "../../../scripts/stack/processes.ts";
import { callRpc, readBlock } from "../../../scripts/stack/rpc.ts";
import { testDirectory } from "./directory.ts";

const CUSTOMER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"; // first account of the public test mnemonic
const PAYEE = "0x00000000000000000000000000000000000000aa";

async function setup() {
  const dir = testDirectory();
  const table = createProcessTable(dir);
  onTestFinished(() => table.stopAll());
  const { port } = await allocatePorts({ port: 0 });
  const start = () => startAnvil(table, { dir, port });
  const balance = (rpcUrl: string) => callRpc<string>(rpcUrl, "eth_getBalance", [PAYEE, "latest"]);
  async function pay(rpcUrl: string): Promise<string> {
    const hash = await callRpc<string>(rpcUrl, "eth_sendTransaction", [{ from: CUSTOMER, to: PAYEE, value: "0x1" }]);
    await callRpc(rpcUrl, "evm_mine");
    const { blockHash } = await callRpc<{ blockHash: string }>(rpcUrl, "eth_getTransactionReceipt", [hash]);
    return blockHash;
  }
  const folder = join(dir, "chain");
  return { start, pay, balance, folder, state: join(folder, "state.json"), backup: join(folder, "state.backup.json") };
}

const account = (nonce: number) => ({ nonce, code: "0x" }) as const;

describe("a state of the chain", () => {
  const transactions = [{ info: { from: "0xa" } }, { info: { from: "0xb" } }, { info: { from: "0xa" } }];
  it("is not used when it is ahead of its own blocks: what made it is missing there", () => {
    expect(isConsistent({ accounts: { "0xa": account(3), "0xb": account(1) }, transactions })).toBe(false);
    expect(isConsistent({ accounts: { "0xa": account(2) }, transactions })).toBe(false);
  });
  it("is not used when somebody's very first transaction is missing", () => {
    const accounts = { "0xa": account(2), "0xb": account(1), "0xnew": account(1) };
    expect(isConsistent({ accounts, transactions })).toBe(false);
  });
  it("is used when every sender's nonce is the number of its transactions", () => {
    const contract = { nonce: 7, code: "0x60" } as const;
    const accounts = { "0xa": account(2), "0xb": account(1), "0xpayee": account(0), "0xcontract": contract };
    expect(isConsistent({ accounts, transactions })).toBe(true);
  });
});

describe("startAnvil", () => {
  it("goes on with blocks and balances after a clean end", async () => {
    const { start, pay, balance } = await setup();
    const first = await start();
    expect(first.origin).toBe("new");
    const paidIn = await pay(first.rpcUrl);
    const genesis = await readBlock(first.rpcUrl, "0x0");
    await first.process.stop();

    const second = await start();
    expect(second.origin).toBe("resumed");
    expect(await balance(second.rpcUrl)).toBe("0x1");
    expect(await readBlock(second.rpcUrl, "0x0")).toEqual(genesis);
    expect(await callRpc(second.rpcUrl, "eth_getBlockByHash", [paidIn, false])).not.toBeNull();
  });

  it("is the same chain however often it was started, though each run of anvil adds a genesis block of its own", async () => {
    const { start, pay, state } = await setup();
    const first = await start();
    await pay(first.rpcUrl);
    const genesis = await readBlock(first.rpcUrl, "0x0");
    await first.process.stop();

    type State = { blocks: { header: { number: string; timestamp: string } }[] };
    const written = JSON.parse(readFileSync(state, "utf8")) as State;
    const [own] = written.blocks.filter(({ header }) => header.number === "0x0");
    if (!own || !genesis) throw new Error("the state has no genesis block");
    const later = (seconds: bigint) => ({
      ...own,
      header: { ...own.header, timestamp: `0x${(BigInt(own.header.timestamp) + seconds).toString(16)}` },
    });
    written.blocks = [later(20n), ...written.blocks, later(10n), later(30n)]; // anvil would take the last
    writeFileSync(state, JSON.stringify(written));

    const second = await start();
    expect(await readBlock(second.rpcUrl, "0x0")).toEqual(genesis);
    await second.process.stop();
    expect(await readBlock((await start()).rpcUrl, "0x0")).toEqual(genesis);
  });

  it("takes the last whole copy when a crash cut the state off", async () => {
    const { start, pay, balance, state, backup } = await setup();
    const first = await start();
    await pay(first.rpcUrl);
    await first.process.stop();
    expect(isCompleteState(backup)).toBe(true);
    truncateSync(state, readFileSync(state).length - 100);

    const second = await start();
    expect(second.origin).toBe("restored");
    expect(await balance(second.rpcUrl)).toBe("0x1");
  });

  it("does not let a copy that cannot be used push out one that can", async () => {
    const { start, pay, state, backup } = await setup();
    const first = await start();
    await pay(first.rpcUrl);
    await first.process.stop();
    const whole = readFileSync(backup, "utf8");

    const second = await start();
    process.kill(second.process.pid, "SIGKILL");
    writeFileSync(state, whole.replace(/"nonce":1,/, '"nonce":2,'));
    await second.process.exited;
    expect(readFileSync(backup, "utf8")).toBe(whole);
    expect((await start()).origin).toBe("restored");
  });

  it("never goes back in time, even where its clock was put ahead", async () => {
    const { start, pay } = await setup();
    const first = await start();
    await callRpc(first.rpcUrl, "evm_increaseTime", [1_000]);
    await pay(first.rpcUrl);
    const before = await readBlock(first.rpcUrl, "latest");
    const genesis = await readBlock(first.rpcUrl, "0x0");
    await first.process.stop();

    const second = await start();
    await pay(second.rpcUrl);
    const after = await readBlock(second.rpcUrl, "latest");
    expect(Number(after?.timestamp)).toBeGreaterThan(Number(before?.timestamp));
    expect(await readBlock(second.rpcUrl, "0x0")).toEqual(genesis);
  });

  it("begins anew when there is nothing whole", async () => {
    const { start, folder, state, backup } = await setup();
    mkdirSync(folder, { recursive: true });
    writeFileSync(state, '{"block":');
    copyFileSync(state, backup);
    expect((await start()).origin).toBe("new");
    rmSync(backup);
  });
});
