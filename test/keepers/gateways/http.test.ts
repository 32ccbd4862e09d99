import { createConnection, type Socket } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpServer } from "../../../keepers/src/gateways/http.ts";
import { until } from "../helpers/until.ts";

const LIMITS = { requestMs: 600, headersMs: 300, silentMs: 1_500, lookMs: 50, connections: 100 };
/** More than the buffers between two processes take. */
const MUCH = Buffer.alloc(64 * 2 ** 20);

const server = createHttpServer(pino({ level: "silent" }), () => undefined, LIMITS);
let port: number;
let failure: Error | undefined;
beforeAll(async () => {
  server.post("/", (request) => request.body);
  server.get("/much", (_request, reply) => reply.send(MUCH));
  server.get("/fails", () => Promise.reject(failure));
  port = Number(new URL(await server.listen({ host: "127.0.0.1", port: 0 })).port);
});
afterAll(() => server.close());

const connections = () => new Promise<number>((resolve) => server.server.getConnections((_, open) => resolve(open)));

/** A connection that has sent something; `ended` resolves with all that came until the server ended it. */
function connect(text: string, { reads = true } = {}): { socket: Socket; ended: Promise<string> } {
  let answer = "";
  const socket = createConnection(port, "127.0.0.1", () => void socket.write(text));
  const ended = new Promise<string>((resolve) => {
    socket.on("error", () => undefined); // a reset is an end, too
    socket.on("close", () => resolve(answer));
  });
  if (reads) socket.on("data", (data) => (answer += data));
  else socket.pause();
  return { socket, ended };
}

describe("a client that takes its time", () => {
  it("is dropped when its headers do not come", async () => {
    expect(await connect("GET / HTTP/1.1\r\nHost: keeper\r\nX-Slow: ").ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("is dropped when its body does not come, however small the rest is", async () => {
    const head = "POST / HTTP/1.1\r\nHost: keeper\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    expect(await connect(`${head}{`).ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("is dropped when it does not read the answer", async () => {
    const { socket, ended } = connect("GET /much HTTP/1.1\r\nHost: keeper\r\n\r\n", { reads: false });
    await until(async () => (await connections()) > 0);
    await until(async () => (await connections()) === 0);
    socket.resume();
    await ended;
  });
});

describe("what fails", () => {
  it.each([
    ["the database is away", new Error("query", { cause: new Error("Connection terminated unexpectedly") }), 503, "5"],
    ["nobody knows why", new Error("unheard of"), 500, null],
  ])("tells whether it may be asked again soon: %s", async (_, error, status, retryAfter) => {
    failure = error;
    const answer = await fetch(`http://127.0.0.1:${port}/fails`);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(await answer.json()).toMatchObject({ error: { hint: "Try again in a moment." } });
  });
});

describe("what is too large", () => {
  it.each([
    ["headers", `GET / HTTP/1.1\r\nHost: keeper\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    [
      "a JSON body",
      "POST / HTTP/1.1\r\nHost: keeper\r\nContent-Type: application/json\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n{",
      413,
    ],
  ])("is refused before it is read: %s", async (_, text, status) => {
    expect(await connect(text).ended).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
