import type { Deployment } from "@4ever/sdk/deployments";
import { type Address, isAddress, isAddressEqual } from "viem";
import * as z from "zod/mini";
import type { KeyValue } from "@/lib/transactions/storage";

/** Invitations that were signed at once in this browser. Nothing of them is on chain before they are used. */
export interface IssuedBatch {
  issuer: Address;
  /** Unix seconds. */
  issuedAt: number;
  /** One for each invitation, by their index. Whoever has that of an open one can use it. */
  codes: readonly string[];
}

/** Most invitations that are made here at once: this browser keeps all of them. */
export const MAX_ISSUED = 200;

const schema = z.array(
  z.object({
    issuer: z.custom<Address>((value) => typeof value === "string" && isAddress(value)),
    issuedAt: z.int(),
    codes: z.array(z.string()),
  }),
);

const keyOf = ({ chainId, contracts }: Deployment) =>
  `4ever.${chainId}.${contracts.InviteRegistry.toLowerCase()}.invites`;

/** What an account signed in this browser, newest first. What cannot be read is left out, and stays where it is. */
export function issuedBy(storage: KeyValue, deployment: Deployment, issuer: Address): IssuedBatch[] {
  return readAll(storage, deployment).filter((batch) => isAddressEqual(batch.issuer, issuer));
}

function readAll(storage: KeyValue, deployment: Deployment): IssuedBatch[] {
  try {
    const parsed = schema.safeParse(JSON.parse(storage.getItem(keyOf(deployment)) ?? "[]"));
    return parsed.success ? parsed.data : [];
  } catch (error) {
    console.warn("Issued invitations could not be read", error);
    return [];
  }
}

/** Keeps a batch, so that its links can be shown again. Throws when the browser has no room. */
export function keepIssued(storage: KeyValue, deployment: Deployment, batch: IssuedBatch): void {
  storage.setItem(keyOf(deployment), JSON.stringify([batch, ...readAll(storage, deployment)]));
}
