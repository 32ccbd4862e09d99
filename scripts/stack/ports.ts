// Free ports on the loopback address.
import { connect, createServer } from "node:net";

const HOST = "127.0.0.1";

/** Whether something answers on the port. Binding alone does not tell on every system: a wildcard listener may share the port. */
function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

type Reservation = { port: number; release: () => Promise<void> };

/** Holds the port until released, or undefined when it is taken. `0` takes any. */
async function reserve(port: number): Promise<Reservation | undefined> {
  if (port !== 0 && (await isAnswering(port))) return undefined;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
      resolve({ port: address.port, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/**
 * One free port per name, the wanted ones where they are free. All are held together before the first is released, so that no two
 * names get the same. Throws when the system has none left.
 */
export async function allocatePorts<Name extends string>(wanted: Record<Name, number>): Promise<Record<Name, number>> {
  const held: Reservation[] = [];
  const ports = {} as Record<Name, number>;
  try {
    for (const [name, port] of Object.entries<number>(wanted) as [Name, number][]) {
      const reservation = (await reserve(port)) ?? (await reserve(0));
      if (!reservation) throw new Error(`no free port for ${name}`);
      held.push(reservation);
      ports[name] = reservation.port;
    }
    return ports;
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
}
