import type { Command } from "commander";
import { type Address, isAddressEqual } from "viem";
import { getBlock } from "viem/actions";
import { addressOf, explained, type ProtocolClient } from "../../client.ts";
import { inviteLink, parseInvite } from "../../invites/code.ts";
import {
  createInvites,
  getInviteState,
  getIssuer,
  type Invitee,
  type InviteState,
  MAX_BATCH,
  nonceAt,
  prepareInvites,
  prepareRevocation,
  revokeInvites,
  revokeInvitesBelow,
} from "../../invites/issuing.ts";
import { formatTime } from "../../periods.ts";
import { parseAddress, parsed, parseSeconds } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed, wrongUsage } from "../failure.ts";
import { type IssuedInvite, keepIssued, readIssued } from "../issued-invites.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import { type GlobalOptions, loadSettings } from "../settings.ts";
import { table } from "../terminal.ts";
import { openWallet, walletAddress } from "../wallet.ts";
import { openNetwork } from "./channel-signing.ts";

interface IssuerOptions {
  /** A contract that issues; the wallet's account when absent. */
  issuer?: Address;
}

interface IssueOptions extends IssuerOptions {
  valid: string;
  for?: Address;
}

interface RevokeOptions extends IssuerOptions {
  batch?: boolean;
  all?: boolean;
  yes?: boolean;
}

const ISSUER_OPTION = [
  "--issuer <contract>",
  "a contract that issues, such as a Safe: prints the call that it has to send",
  parsed(parseAddress),
] as const;
const VALID_OPTION = ["--valid <time>", "until it expires, such as 30d or 12h", "30d"] as const;
/** Invitations that are asked about at once. */
const AT_ONCE = 20;

/** Invitations of an issuer: made by a signature, or a transaction of a contract; handed over as links, taken back by a transaction. */
export function addInvites(program: Command, context: CommandContext): void {
  const invite = program.command("invite").description("lets new providers in while the network is by invitation");

  invite
    .command("create")
    .description("signs an invitation, and prints its link; nothing is sent")
    .option("--for <account>", "the only account that may use it (default: whoever has the link)", parsed(parseAddress))
    .option(...VALID_OPTION)
    .option(...ISSUER_OPTION)
    .action(async (_, command: Command) => {
      const options = optionsOf<IssueOptions>(command);
      await issue(context, options, [options.for ?? "anybody"]);
    });

  invite
    .command("batch")
    .description("signs many invitations at once, and prints a link a line")
    .argument("<count>", `how many, up to ${MAX_BATCH}`)
    .option(...VALID_OPTION)
    .option(...ISSUER_OPTION)
    .action(async (count: string, _, command: Command) => {
      const number = /^\d{1,6}$/.test(count) ? Number(count) : 0;
      if (number < 1 || number > MAX_BATCH)
        throw wrongUsage(`"${count}" is not a number of invitations.`, `Give one from 1 to ${MAX_BATCH}.`);
      await issue(context, optionsOf<IssueOptions>(command), Array<Invitee>(number).fill("anybody"));
    });

  invite
    .command("list")
    .description("shows the invitations that this folder issued, and what became of them")
    .option("--issuer <contract>", "those of a contract (default: your account's)", parsed(parseAddress))
    .action(async (_, command: Command) => {
      const options = optionsOf<IssuerOptions>(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const account = options.issuer ?? (await walletAddress(context.terminal));
      await printIssued(context, options, network, account);
    });

  invite
    .command("revoke")
    .description("takes invitations back before they are used")
    .argument("[invitations...]", "links or codes")
    .option("--batch", "the whole batches that they belong to")
    .option("--all", "everything that your account has signed until now; there is no way back")
    .option(...ISSUER_OPTION)
    .option("-y, --yes", "do not ask before revoking all")
    .action(async (texts: string[], _, command: Command) => {
      const options = optionsOf<RevokeOptions>(command);
      if (options.all ? texts.length > 0 : texts.length === 0)
        throw wrongUsage("It is not clear what to revoke.", "Give links or codes, or --all.");
      const batches = indexesByBatch(texts);
      if (options.issuer) return printRevocation(context, options, options.issuer, batches);
      const { client, network, account } = await openNetwork(context, options);
      const action = { deployment: network.deployment, signal: context.signal, onStep: tell(context.terminal) };
      if (options.all) {
        const question = "Revoke all invitations that your account has signed until now?";
        if (!(await isConfirmed(context, question, options.yes)))
          throw new CommandFailed("Nothing was revoked.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
        await revokeInvitesBelow(client, { ...action, nonce: nonceAfterNow() });
      }
      for (const [nonce, { issuer, indexes }] of batches) {
        requireIssuer(account.address, issuer);
        await revokeInvites(client, { ...action, nonce, ...(options.batch ? {} : { indexes }) });
      }
      printResult(context, options, { revoked: options.all ? "all" : texts.length }, "What was not used is revoked.");
    });
}

/** Above the number of every batch until now. */
function nonceAfterNow(): bigint {
  return nonceAt(Math.floor(Date.now() / 1_000) + 1);
}

function requireIssuer(account: Address, issuer: Address): void {
  if (!isAddressEqual(issuer, account))
    throw new CommandFailed(`The invitation was issued by ${issuer}.`, "Only its issuer can revoke it.");
}

/** The calls by which a contract takes invitations back. */
async function printRevocation(
  context: CommandContext,
  options: RevokeOptions & GlobalOptions,
  account: Address,
  batches: Batches,
): Promise<void> {
  const { deployment } = await loadNetwork(context.terminal, options, context.signal);
  const calls = [...batches].map(([nonce, { issuer, indexes }]) => {
    requireIssuer(account, issuer);
    return prepareRevocation(deployment, options.batch ? { nonce } : { nonce, indexes });
  });
  if (options.all) calls.push(prepareRevocation(deployment, { below: nonceAfterNow() }));
  const lines = calls.map(({ to, data }) => `${to} ${data}`);
  context.terminal.note(`Nothing is revoked before ${account} has sent to each address its data:`);
  printResult(context, options, { calls }, lines.join("\n"));
}

type Batches = ReadonlyMap<bigint, { issuer: Address; indexes: readonly number[] }>;

function indexesByBatch(texts: readonly string[]): Batches {
  const batches = new Map<bigint, { issuer: Address; indexes: number[] }>();
  for (const { issuer, nonce, index } of texts.map(parseInvite)) {
    const batch = batches.get(nonce) ?? { issuer, indexes: [] };
    batches.set(nonce, { issuer, indexes: [...batch.indexes, index] });
  }
  return batches;
}

async function issue(
  context: CommandContext,
  options: IssueOptions & GlobalOptions,
  invitees: readonly Invitee[],
): Promise<void> {
  const { terminal, signal } = context;
  const seconds = parseSeconds(options.valid);
  const network = await loadNetwork(terminal, options, signal);
  const { deployment } = network;
  const wallet = options.issuer ? undefined : await openWallet(terminal, signal);
  const client = await connect(network, wallet);
  const issuer = options.issuer ?? addressOf(client, undefined);
  const { quota } = await getIssuer(client, { deployment, account: issuer });
  if (quota === 0)
    throw new CommandFailed(`${issuer} may let nobody in.`, "Governance names who may invite; use that account.", {
      code: "InviteIssuerUnknown",
    });
  const expiresAt = (await nowOf(client)) + seconds;
  const { codes, call } = wallet
    ? { codes: await createInvites(client, { deployment, invitees, expiresAt }), call: undefined }
    : await prepareInvites({ deployment, issuer, invitees, expiresAt });
  await keepIssued(terminal, deployment, codes);

  const links = await linksOf(context, options, codes);
  const noun = codes.length === 1 ? "invitation" : "invitations";
  terminal.note(
    `${call ? "Made" : "Signed"} ${codes.length} ${noun}, good until ${formatTime(expiresAt)}. Each works once:`,
  );
  if (codes.length > quota) terminal.note(`You may let in ${quota} more; whoever comes later is refused.`);
  if (call) terminal.note(`They work once ${issuer} has sent to ${call.to} the data ${call.data}`);
  printResult(
    context,
    options,
    { expiresAt, ...(call && { call }), invitations: codes.map((code, i) => ({ code, link: links[i] })) },
    links.join("\n"),
  );
}

/** Links into the dashboard that the network was named by; codes, which its form takes as well, where a file named it. */
async function linksOf({ terminal }: CommandContext, options: GlobalOptions, codes: readonly string[]) {
  const { deployment: source } = await loadSettings(terminal, options);
  return codes.map((code) => (source && /^https?:\/\//.test(source) ? inviteLink(source, code) : code));
}

async function nowOf(client: ProtocolClient): Promise<number> {
  const { timestamp } = await explained({}, () => getBlock(client));
  return Number(timestamp);
}

async function printIssued(
  context: CommandContext,
  options: GlobalOptions,
  network: Network,
  account: Address,
): Promise<void> {
  const { deployment } = network;
  const client = await connect(network);
  const [issued, { quota }, nowAt] = await Promise.all([
    readIssued(context.terminal, deployment, account),
    getIssuer(client, { deployment, account }),
    nowOf(client),
  ]);
  const states: InviteState[] = [];
  for (let i = 0; i < issued.length; i += AT_ONCE) {
    context.signal.throwIfAborted();
    const asked = issued.slice(i, i + AT_ONCE);
    states.push(
      ...(await Promise.all(asked.map(({ invite }) => getInviteState(client, { deployment, invite, nowAt })))),
    );
  }
  const links = await linksOf(
    context,
    options,
    issued.map(({ code }) => code),
  );
  const rows = issued.map((each, i) => ({ ...rowOf(each), state: states[i], link: links[i] }));
  const lines = rows.map(({ state, invitation, expiresAt, link }) => [
    state ?? "",
    invitation,
    formatTime(expiresAt),
    link ?? "",
  ]);
  printResult(
    context,
    options,
    { issuer: account, quota, invitations: rows },
    `${account} may let in ${quota} more.${rows.length === 0 ? " This folder has issued nothing." : `\n${table(["state", "invitation", "until", "link"], lines)}`}`,
  );
}

function rowOf({ code, invite }: IssuedInvite) {
  const { nonce, index, count, expiresAt, key, invitee } = invite;
  return { code, batch: nonce, invitation: `${index} of ${count}`, for: key ? "whoever has it" : invitee, expiresAt };
}
