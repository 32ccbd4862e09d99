// Small HTTP servers that live inside the supervisor.
import { createServer, type RequestListener } from "node:http";

export type RunningServer = { url: string; stop(): Promise<void> };

/** Serves on the loopback address and resolves once it does. Rejects when the port is taken. */
export function serve(port: number, listener: RequestListener): Promise<RunningServer> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
      resolve({
        url: `http://127.0.0.1:${address.port}`,
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
