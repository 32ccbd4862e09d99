import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { allocatePorts } from "../../../scripts/stack/ports.ts";

function occupy(host: string): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve(address.port);
    });
  });
}

describe("allocatePorts", () => {
  it.each(["127.0.0.1", "0.0.0.0"])("leaves a port that is taken on %s", async (host) => {
    const taken = await occupy(host);
    const { a } = await allocatePorts({ a: taken });
    expect(a).not.toBe(taken);
    expect(a).toBeGreaterThan(0);
  });

  it("gives what is wanted where it is free", async () => {
    const { free } = await allocatePorts({ free: 0 });
    expect(await allocatePorts({ a: free })).toEqual({ a: free });
  });

  it("gives no port twice", async () => {
    const { free } = await allocatePorts({ free: 0 });
    const ports = Object.values(await allocatePorts({ a: free, b: free, c: 0, d: 0 }));
    expect(new Set(ports).size).toBe(4);
  });
});
