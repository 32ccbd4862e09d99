// Free ports on the loopback address.
import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const HOST = "127.0.0.1";
const FIRST_FREE_PORT = 20_000;
const LAST_FREE_PORT = 32_000;
const MOST_TRIES = 100;
const RELEASE_TRIES = 10;
const RELEASE_MS = 100;

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

/** Holds the port until released, or undefined when it is taken. */
async function reserve(port: number): Promise<Reservation | undefined> {
  if (await isAnswering(port)) return undefined;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => {
      resolve({ port, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/**
 * Any free port below the range that systems take for outgoing connections (32768 on Linux, 49152 elsewhere): a port of that range may
 * be gone again before the process that it was meant for listens.
 */
async function reserveAny(name: string): Promise<Reservation> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await reserve(randomInt(FIRST_FREE_PORT, LAST_FREE_PORT));
    if (found) return found;
  }
  throw new Error(`no free port for ${name}`);
}

/** Holds a wanted port. One at which nobody answers any more may still be in the hands of a process that has just been ended. */
async function reserveWanted(port: number): Promise<Reservation | undefined> {
  for (let tries = 0; tries < RELEASE_TRIES; tries++) {
    const found = await reserve(port);
    if (found || (await isAnswering(port))) return found;
    await delay(RELEASE_MS);
  }
  return undefined;
}

/**
 * One free port per name: the wanted one where it is free, any for `0`. All are held together before the first is released, so that no
 * two names get the same. Throws when none is left.
 */
export async function allocatePorts<Name extends string>(wanted: Record<Name, number>): Promise<Record<Name, number>> {
  const held: Reservation[] = [];
  const ports = {} as Record<Name, number>;
  try {
    for (const [name, port] of Object.entries<number>(wanted) as [Name, number][]) {
      const reservation = (port !== 0 && (await reserveWanted(port))) || (await reserveAny(name));
      held.push(reservation);
      ports[name] = reservation.port;
    }
    return ports;
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
}
