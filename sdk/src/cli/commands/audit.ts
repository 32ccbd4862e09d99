import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { type AuditProgress, type AuditReport, audit } from "../../audit/audit.ts";
import { Reorganised } from "../../audit/chain.ts";
import { type ContentSource, folderContent, gatewayContent } from "../../audit/content.ts";
import type { Difference, Place } from "../../audit/difference.ts";
import { createSubgraph } from "../../subgraph/client.ts";
import { formatBytes, UnitError } from "../../units.ts";
import { parsed } from "../arguments.ts";
import { type CommandContext, optionsOf, toJson } from "../context.ts";
import { CommandFailed, EXIT, failureOf } from "../failure.ts";
import { connect, loadNetwork } from "../network.ts";
import { facts, plain } from "../terminal.ts";

interface AuditFlags {
  from?: bigint;
  to?: bigint;
  content?: string;
  subgraph?: string | false;
  all?: boolean;
}

const HELP = `
Replays every event since the deployment, re-computes each payment and each proof's verdict by the protocol's words, and compares
with the events' own figures, the contracts' views and the index. Use a node of your own: its logs are what is believed.

Exit codes: 0 everything agrees, 1 a difference, 2 asked for what cannot be done, 3 something could not be found out, 130 interrupted.`;

export function addAudit(program: Command, context: CommandContext): void {
  program
    .command("audit")
    .description("re-computes every payment and proof, and names the first difference")
    .option("--from <block>", "first block to report on (default: the deployment's)", parsed(parseBlock))
    .option("--to <block>", "last block (default: the latest)", parsed(parseBlock))
    .option("--content <where>", "rebuild pieces from their bytes: a gateway's address, or a folder of CARs")
    .option("--subgraph <url>", "the index to compare with (default: what the dashboard names)")
    .option("--no-subgraph", "compare with no index")
    .option("--all", "list every difference, not the first only")
    .addHelpText("after", HELP)
    .action(async (_, command: Command) => {
      const { terminal, signal } = context;
      const options = optionsOf<AuditFlags>(command);
      const { from, to, all = false } = options;
      let report: AuditReport;
      try {
        const network = await loadNetwork(terminal, options, signal);
        const subgraph = typeof options.subgraph === "string" ? createSubgraph(options.subgraph) : network.subgraph;
        report = await audit(await connect(network), {
          deployment: network.deployment,
          subgraph: options.subgraph === false ? undefined : subgraph,
          content: options.content === undefined ? undefined : await contentOf(options.content),
          all,
          signal,
          onProgress: (progress) => terminal.progress(progressText(progress)),
          ...(from !== undefined && { from }),
          ...(to !== undefined && { to }),
        });
      } catch (cause) {
        throw asUnknown(cause);
      }
      const { outcome } = report;
      terminal.print(options.json ? toJson({ ok: outcome === "agree", ...report }) : reportText(report));
      if (outcome === "differ") throw ended(EXIT.failed);
      if (outcome === "unknown") throw ended(EXIT.unknown);
    });
}

/** Throws `UnitError`. */
function parseBlock(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new UnitError(`"${text}" is not the number of a block.`);
}

async function contentOf(where: string): Promise<ContentSource> {
  if (/^https?:\/\//.test(where)) {
    if (URL.canParse(where)) return gatewayContent(where);
    throw new UnitError(`"${where}" is not the address of a gateway.`);
  }
  const isFolder = await stat(where).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UnitError(`"${where}" is neither a gateway's address nor a folder of CARs.`);
  return folderContent(where);
}

/** Whatever stops an audit was not a difference: code 1 says only that figures differ. */
function asUnknown(cause: unknown): unknown {
  if (cause instanceof Reorganised)
    return new CommandFailed(cause.message, "Name an older block with --to, and try again.", {
      code: cause.name,
      exitCode: EXIT.unknown,
    });
  const { message, hint, code, exitCode } = failureOf(cause);
  if (exitCode !== EXIT.failed) return cause;
  return new CommandFailed(message, hint, { code, exitCode: EXIT.unknown, cause });
}

/** Ends the command with a code; all was said. */
function ended(exitCode: number): CommandFailed {
  return new CommandFailed("", "", { exitCode, isTold: true });
}

function progressText(progress: AuditProgress): string {
  switch (progress.part) {
    case "events":
      return `Block ${progress.block} of ${progress.to}: ${progress.deals} deals, ${progress.proofs} proofs …`;
    case "reorganised":
      return `The chain was reorganised at block ${progress.block}; starting again …`;
    default:
      return `Comparing with the ${WHERE[progress.part]}: ${progress.done} of ${progress.all} …`;
  }
}
const WHERE = { contracts: "contracts", subgraph: "index", content: "content" } as const;

/** What people read. */
function reportText({ from, to, toHash, outcome, differences, unknowns, agreed, counts }: AuditReport): string {
  const { content } = counts;
  const compared = Object.values(agreed).reduce((sum, count) => sum + count, 0) + differences.length;
  const lines: [string, string][] = [
    ["Blocks", `${from} to ${to} (${toHash})`],
    ["Replayed", `${counts.events} events in ${counts.transactions} transactions, ${counts.deals} deals`],
    ["Proofs", `${counts.proofs} re-computed, with ${counts.rounds} rounds`],
    ["Vouchers", `${counts.vouchers} checked, with their signatures`],
    ["Fees", `${counts.lotsSold} lots sold and ${counts.rewards} rewards claimed, re-computed`],
    ["Bounties", `${counts.bounties} earned, each by a whole exit`],
    [
      "Periods",
      `${counts.provenPeriods} proven, ${counts.missedPeriods} missed (${counts.unreportedPeriods} of them unreported)`,
    ],
    [
      "Figures",
      `${compared} compared: ${agreed.event} of events, ${agreed.contract} of contracts, ${agreed.subgraph} of the index, ` +
        `${agreed.calldata + agreed.header} of proofs, seeds and vouchers, ${agreed.content} of content agree`,
    ],
  ];
  if (content.pieces > 0)
    lines.push([
      "Content",
      `${content.pieces} pieces rebuilt from ${formatBytes(content.bytes)}, ${content.leaves} proven leaves found in them`,
    ]);
  const parts = [facts(lines)];
  for (const difference of differences) parts.push(differenceText(difference));
  if (unknowns.length > 0)
    parts.push(
      [
        `Could not find out (${unknowns.length}); this is no word against anybody:`,
        ...unknowns.map(({ subject, reason }) => `  ${subject}: ${plain(reason, 300)}`),
      ].join("\n"),
    );
  parts.push(OUTCOMES[outcome]);
  return parts.join("\n\n");
}

const OUTCOMES: Readonly<Record<AuditReport["outcome"], string>> = {
  agree: "Everything agrees.",
  differ: "Not everything agrees.",
  unknown: "Nothing differs, but not everything could be found out.",
};

function differenceText({ subject, figure, expected, found, place, block, transaction }: Difference): string {
  return [
    `DIFFERENCE  ${subject}: ${figure}`,
    facts([
      ["  expected", expected],
      ["  found", plain(found, 300)],
      ["  where", placeText(place)],
      ["  block", transaction ? `${block}, transaction ${transaction}` : `${block}`],
    ]),
  ].join("\n");
}

function placeText(place: Place): string {
  switch (place.kind) {
    case "event":
      return `event ${place.event} of ${place.contract}, log ${place.logIndex}`;
    case "contract":
      return `view ${place.call} of ${place.contract}`;
    case "subgraph":
      return `index, ${place.field} of ${place.entity} ${place.id}`;
    case "calldata":
      return `call of ${place.contract}.${place.call}`;
    case "header":
      return `header of block ${place.number}`;
    case "content":
      return `content of ${plain(place.source, 200)}`;
  }
}
