// What somebody may look for: what a text is, and what the index knows of it.
import { CID } from "multiformats/cid";
import { type Address, type Hex, bytesToHex as toHex } from "viem";
import { dealKeyOf } from "../deals.ts";
import { SHA2_256 } from "../pieces/cid.ts";
import type { Query, Subgraph } from "./client.ts";
import { dealIdOf, provingSetIdOf, roundIdOf } from "./ids.ts";

/** What a text can be. A number names a deal first of all; `unknown` is nothing that can be searched for. */
export type Sought =
  | { kind: "address"; address: Address }
  | { kind: "hash"; hash: Hex }
  | { kind: "set"; id: Hex }
  | { kind: "cid"; cid: string; digest: Hex }
  | { kind: "number"; number: bigint; of?: "deal" | "set" | "round" | undefined }
  | { kind: "unknown"; text: string };

/** What can be searched for, as a sentence. */
export const SEARCHABLE =
  "Search for an address, the number of a deal, a CID, a transaction or any other hash of 32 bytes, “set 3” or “period 120”.";

const MOST_NUMBER = 2n ** 96n;

/** Reads what somebody typed or pasted; undefined for nothing. Does not throw. */
export function parseSearch(typed: string): Sought | undefined {
  const text = typed
    .trim()
    .replace(/^(ipfs:\/\/|\/ipfs\/)/i, "")
    .replace(/\/$/, "");
  if (text === "") return undefined;
  const hex = /^(?:0x)?([0-9a-f]+)$/i.exec(text)?.[1]?.toLowerCase();
  if (hex?.length === 40) return { kind: "address", address: `0x${hex}` };
  if (hex?.length === 64) return { kind: "hash", hash: `0x${hex}` };
  if (hex?.length === 48) return { kind: "set", id: `0x${hex}` };

  const named = /^(?:(deal|set|proving set|round|period)\s*)?#?\s*(\d{1,78})$/i.exec(text);
  if (named?.[2]) {
    const number = BigInt(named[2]);
    const word = named[1]?.toLowerCase();
    if (number >= MOST_NUMBER && word === undefined && number < 2n ** 256n)
      return { kind: "hash", hash: dealIdOf(number) }; // a deal's key, as the contracts print it
    if (number < MOST_NUMBER) {
      const of = word === "period" ? "round" : word === "proving set" ? "set" : word;
      return { kind: "number", number, ...(of && { of: of as "deal" | "set" | "round" }) };
    }
  }
  const digest = digestOfCid(text);
  return digest ? { kind: "cid", cid: text, digest } : { kind: "unknown", text };
}

/** SHA2-256 digest of a CID in any version, codec and usual base; undefined for what is none. */
export function digestOfCid(text: string): Hex | undefined {
  try {
    const { multihash } = CID.parse(text.trim());
    return multihash.code === SHA2_256 && multihash.size === 32 ? toHex(multihash.digest) : undefined;
  } catch {
    return undefined; // CID.parse throws for whatever is none, and that is an answer here
  }
}

/** Something that the index knows, and that a page can be made of. */
export type Finding =
  | { kind: "provider"; address: Address; name: string }
  | { kind: "account"; address: Address; dealCount: number }
  | { kind: "operator"; provider: Address; name: string }
  | { kind: "deal"; dealId: bigint; market: Address; cid: string }
  | { kind: "piece"; id: Hex; cid: string; dealId: bigint }
  | { kind: "set"; id: Hex; setId: bigint }
  | { kind: "round"; period: number }
  | { kind: "transaction"; hash: Hex };

/** Most findings of one kind; a content may have any number of deals. */
const MOST_FINDINGS = 20;

/**
 * What the index knows of what is sought, the likeliest first; nothing when it knows nothing.
 * `hasTransaction` asks the chain itself, since most transactions leave no trace in the index.
 */
export async function search(
  subgraph: Subgraph,
  sought: Sought,
  contracts: { market: Address; verifier: Address },
  { hasTransaction, signal }: { hasTransaction?: (hash: Hex) => Promise<boolean>; signal?: AbortSignal } = {},
): Promise<Finding[]> {
  switch (sought.kind) {
    case "unknown":
      return [];
    case "address": {
      const { account, provider, operated } = await subgraph.ask(
        ADDRESS,
        { id: sought.address, address: sought.address },
        signal,
      );
      return [
        ...(provider ? [{ kind: "provider" as const, address: sought.address, name: provider.name }] : []),
        ...operated.map(({ id, name }) => ({ kind: "operator" as const, provider: id, name })),
        ...(account ? [{ kind: "account" as const, address: sought.address, dealCount: account.dealCount }] : []),
      ];
    }
    case "set": {
      const { provingSet } = await subgraph.ask(SET, { id: sought.id }, signal);
      return provingSet ? [setFinding(provingSet)] : [];
    }
    case "number": {
      const { number, of } = sought;
      const isSmall = number < 2n ** 31n;
      const { deal, provingSet, round } = await subgraph.ask(
        NUMBER,
        {
          deal: dealIdOf(dealKeyOf(contracts.market, number)),
          set: provingSetIdOf(contracts.verifier, isSmall ? Number(number) : 0),
          round: roundIdOf(isSmall ? Number(number) : 0),
        },
        signal,
      );
      return [
        ...(deal && (of ?? "deal") === "deal" ? [dealFinding(deal)] : []),
        ...(isSmall && provingSet && of === "set" ? [setFinding(provingSet)] : []),
        ...(isSmall && round && of === "round" ? [{ kind: "round" as const, period: round.period }] : []),
      ];
    }
    case "cid": {
      const { deals, pieces } = await subgraph.ask(CONTENT, { digest: sought.digest, first: MOST_FINDINGS }, signal);
      return [...deals.map(dealFinding), ...pieces.map(pieceFinding)];
    }
    case "hash": {
      const [{ deal, pieces, rounds, deals }, isTransaction] = await Promise.all([
        subgraph.ask(HASH, { id: sought.hash, hash: sought.hash, first: MOST_FINDINGS }, signal),
        hasTransaction?.(sought.hash) ?? false,
      ]);
      return [
        ...(isTransaction ? [{ kind: "transaction" as const, hash: sought.hash }] : []),
        ...(deal ? [dealFinding(deal)] : []),
        ...pieces.map(pieceFinding),
        ...rounds.map(({ period }) => ({ kind: "round" as const, period })),
        ...deals.map(dealFinding),
      ];
    }
  }
}

interface SentDeal {
  dealId: string;
  market: Address;
  cid: string;
}
interface SentPiece {
  id: Hex;
  cid: string;
  deal: { dealId: string };
}
interface SentSet {
  id: Hex;
  setId: string;
}

function dealFinding({ dealId, market, cid }: SentDeal): Finding {
  return { kind: "deal", dealId: BigInt(dealId), market, cid };
}

function pieceFinding({ id, cid, deal }: SentPiece): Finding {
  return { kind: "piece", id, cid, dealId: BigInt(deal.dealId) };
}

function setFinding({ id, setId }: SentSet): Finding {
  return { kind: "set", id, setId: BigInt(setId) };
}

// The questions of `search`.

export const ADDRESS: Query<
  { id: Hex; address: Hex },
  {
    account: { dealCount: number } | null;
    provider: { name: string } | null;
    operated: { id: Address; name: string }[];
  }
> = {
  document: /* GraphQL */ `
    query Address($id: ID!, $address: Bytes!) {
      account(id: $id) { dealCount }
      provider(id: $id) { name }
      operated: providers(where: { operator: $address }) { id name }
    }
  `,
};
export const SET: Query<{ id: Hex }, { provingSet: SentSet | null }> = {
  document: /* GraphQL */ `
    query ProvingSet($id: ID!) { provingSet(id: $id) { id setId } }
  `,
};
export const NUMBER: Query<
  { deal: Hex; set: Hex; round: Hex },
  { deal: SentDeal | null; provingSet: SentSet | null; round: { period: number } | null }
> = {
  document: /* GraphQL */ `
    query Number($deal: ID!, $set: ID!, $round: ID!) {
      deal(id: $deal) { dealId market cid }
      provingSet(id: $set) { id setId }
      round(id: $round) { period }
    }
  `,
};
export const CONTENT: Query<{ digest: Hex; first: number }, { deals: SentDeal[]; pieces: SentPiece[] }> = {
  document: /* GraphQL */ `
    query Content($digest: Bytes!, $first: Int!) {
      deals(first: $first, where: { firstPieceCidDigest: $digest }, orderBy: position, orderDirection: desc) {
        dealId market cid
      }
      pieces(first: $first, where: { cidDigest: $digest }, orderBy: position, orderDirection: desc) {
        id cid deal { dealId }
      }
    }
  `,
};
export const HASH: Query<
  { id: Hex; hash: Hex; first: number },
  { deal: SentDeal | null; pieces: SentPiece[]; rounds: { period: number }[]; deals: SentDeal[] }
> = {
  document: /* GraphQL */ `
    query Hash($id: ID!, $hash: Bytes!, $first: Int!) {
      deal(id: $id) { dealId market cid }
      pieces(first: $first, where: { root: $hash }, orderBy: position, orderDirection: desc) { id cid deal { dealId } }
      rounds(first: 1, where: { seed: $hash }) { period }
      deals(first: $first, where: { firstPieceCidDigest: $hash }) { dealId market cid }
    }
  `,
};
