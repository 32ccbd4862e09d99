import { join } from "node:path";
import { type Address, isAddressEqual } from "viem";
import { z } from "zod";
import type { Deployment } from "../deployments.ts";
import { parseInvite } from "../invites/code.ts";
import type { Invite } from "../invites/invite.ts";
import { CommandFailed } from "./failure.ts";
import { homeOf, readIfThere, writePrivate } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** An invitation that this folder has issued. */
export interface IssuedInvite {
  code: string;
  invite: Invite;
}

const schema = z.array(z.string());

function fileOf(terminal: Terminal, { chainId, contracts }: Deployment): string {
  return join(homeOf(terminal), `invites-${chainId}-${contracts.InviteRegistry.slice(2, 10).toLowerCase()}.json`);
}

/** What `issuer` issued with this folder, oldest first. Throws `CommandFailed` when the file is damaged. */
export async function readIssued(terminal: Terminal, deployment: Deployment, issuer: Address): Promise<IssuedInvite[]> {
  const all = (await readCodes(terminal, deployment)).map((code) => ({ code, invite: parseInvite(code) }));
  return all.filter(({ invite }) => isAddressEqual(invite.issuer, issuer));
}

/** Keeps codes: nobody else has them, and the chain knows nothing of an unused invitation. */
export async function keepIssued(terminal: Terminal, deployment: Deployment, codes: readonly string[]): Promise<void> {
  const before = await readCodes(terminal, deployment);
  await writePrivate(fileOf(terminal, deployment), `${JSON.stringify([...before, ...codes], null, 2)}\n`);
}

async function readCodes(terminal: Terminal, deployment: Deployment): Promise<string[]> {
  const file = fileOf(terminal, deployment);
  const text = await readIfThere(file);
  if (text === undefined) return [];
  try {
    const codes = schema.parse(JSON.parse(text));
    codes.forEach(parseInvite);
    return codes;
  } catch (cause) {
    const hint = "Move it away: what it holds still works, and `4ever invite revoke --all` takes all of it back.";
    throw new CommandFailed(`The invitations in ${file} cannot be read.`, hint, { cause });
  }
}
