// Whether the local chain is still one. Anvil, killed and reorganised as no chain is, may lose a block or keep a state of one that it lost;
// nothing can be said then of the network that stands on it.
import type { Address, Hex, PublicClient } from "viem";

const AT_ONCE = 100;

/** The local chain itself broke. The soak says nothing, and is to be run again. */
export class ChainBroken extends Error {
  override readonly name = "ChainBroken";
}

/** What is looked at of a block. Unix seconds. */
export type Link = { hash: Hex; parentHash: Hex; timestamp: bigint; senders: readonly Address[] };

/**
 * What no chain does, in a sentence; undefined when all is well.
 * @param links All blocks by their heights; undefined where none is.
 * @param nonceOf Nonces of senders after the last of them.
 */
export function faultOfChain(
  links: readonly (Link | undefined)[],
  nonceOf: ReadonlyMap<Address, number>,
): string | undefined {
  const sent = new Map<Address, number>();
  for (const [height, link] of links.entries()) {
    if (!link) return `block ${height} is missing`;
    const parent = links[height - 1];
    if (parent && link.parentHash !== parent.hash) return `block ${height} does not follow on block ${height - 1}`;
    if (parent && link.timestamp < parent.timestamp) return `block ${height} is before its parent in time`;
    for (const sender of link.senders) sent.set(sender, (sent.get(sender) ?? 0) + 1);
  }
  for (const [sender, nonce] of nonceOf)
    if (nonce !== (sent.get(sender) ?? 0))
      return `${sender} has the nonce ${nonce} after ${sent.get(sender) ?? 0} transactions`;
  return undefined;
}

/** Reads the whole chain. Throws {@link ChainBroken}. */
export async function requireWholeChain(client: PublicClient): Promise<void> {
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const links: (Link | undefined)[] = [];
  for (let from = 0; from <= Number(head); from += AT_ONCE) {
    const heights = Array.from({ length: Math.min(AT_ONCE, Number(head) + 1 - from) }, (_, i) => BigInt(from + i));
    links.push(...(await Promise.all(heights.map((height) => readLink(client, height)))));
  }
  const senders = [...new Set(links.flatMap((link) => link?.senders ?? []))];
  const nonces = await Promise.all(
    senders.map((address) =>
      client.getTransactionCount({ address, blockNumber: head }).then((n) => [address, n] as const),
    ),
  );
  const fault = faultOfChain(links, new Map(nonces));
  if (fault !== undefined) throw new ChainBroken(`the local chain broke: ${fault}. Nothing can be said; run it again`);
}

async function readLink(client: PublicClient, blockNumber: bigint): Promise<Link | undefined> {
  const block = await client.request({
    method: "eth_getBlockByNumber",
    params: [`0x${blockNumber.toString(16)}`, true],
  });
  if (!block?.hash) return undefined;
  const senders = block.transactions.map((one) => (typeof one === "string" ? "0x" : one.from));
  return { hash: block.hash, parentHash: block.parentHash, timestamp: BigInt(block.timestamp), senders };
}
