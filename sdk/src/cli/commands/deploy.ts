import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { type Hash, isAddressEqual, keccak256, stringToHex } from "viem";
import { getBlock, getTransactionCount } from "viem/actions";
import { explained } from "../../client.ts";
import { requestDeal } from "../../deal-actions.ts";
import { findRequest, getDeal } from "../../deals.ts";
import { chooseOffer, type PassedOffer } from "../../offer-choice.ts";
import { getEndpoint, quote } from "../../offers.ts";
import { formatSpan } from "../../periods.ts";
import type { BuiltPiece } from "../../pieces/build.ts";
import { cidToDigest } from "../../pieces/cid.ts";
import { buildPieceFromDirectory } from "../../pieces/node.ts";
import { hashFirstPiece } from "../../proofs/typed-data.ts";
import { getToken } from "../../tokens.ts";
import { formatBytes, formatMoney, LEAF_BYTES, parseBytes, parseMoney } from "../../units.ts";
import { keeperInfoOf } from "../../upload-client.ts";
import type { KeeperInfo } from "../../uploads.ts";
import { parseDealId, parsed, parseOfferId, parseTerm } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed, EXIT, wrongUsage } from "../failure.ts";
import { type Hosting, hostPiece, POLL_MS, urlOf, waitForProof } from "../hosting.ts";
import { connect, loadNetwork } from "../network.ts";
import { homeOf } from "../settings.ts";
import { plain } from "../terminal.ts";
import { openWallet } from "../wallet.ts";
import { openWorkspace } from "../workspace.ts";

interface DeployOptions {
  service: string;
  term: string;
  offer?: number;
  capacity?: bigint;
  maxPrice?: string;
  deal?: bigint;
  hidden?: boolean;
  waitProof?: boolean;
  yes?: boolean;
}

export function addDeploy(program: Command, context: CommandContext): void {
  program
    .command("deploy")
    .description("hosts a directory: builds it, pays for it, uploads it, and prints where it is")
    .argument("<directory>", "what to host, such as your site's build output")
    .option("--offer <number>", "this offer (default: the cheapest that can take it)", parsed(parseOfferId))
    .option("--service <name>", "service to rent", "hosting")
    .option("--term <span>", "how long: 30d, 12h, 45m, 90s, or a number of periods", "30")
    .option("--capacity <size>", "room to rent, such as 500MiB (default: what the content needs)", parsed(parseBytes))
    .option("--max-price <amount>", "highest price, per GiB and 30 periods")
    .option("--hidden", "also names that start with a dot")
    .option("--deal <number>", "go on with a deal that was requested for this directory", parsed(parseDealId))
    .option("--wait-proof", "wait until the provider has proven for the first time that it holds the content")
    .option("-y, --yes", "do not ask before paying")
    .action(async (directory: string, _, command: Command) => {
      const { terminal, signal } = context;
      const options = optionsOf<DeployOptions>(command);
      const network = await loadNetwork(terminal, options, signal);
      const account = await openWallet(terminal, signal);
      const client = await connect(network, account);
      await using workspace = await openWorkspace(homeOf(terminal));
      const { carPath } = workspace;
      const piece = await build(context, directory, carPath, options);
      await workspace.hold(piece.root);
      const base = { network, client, account, piece, carPath };
      const known = options.deal ?? (await earlierRequest(context, base));
      const found =
        known === undefined ? await startDeal(context, base, options) : await resumeDeal(base, known, signal);
      terminal.note(
        `Deal ${found.dealId}. Should this stop here, go on with: 4ever deploy ${directory} --deal ${found.dealId}`,
      );
      const hosting: Hosting = { ...base, ...found };
      const deal = await hostPiece(context, hosting);
      const url = urlOf(found.keeper, piece.cid);
      const provenPeriod = options.waitProof ? await waitForProof(context, hosting) : null;
      const { dealId, dealKey, provider, left: locked } = deal;
      const { root, cid, sizeBytes } = piece;
      const value = { dealId, dealKey, cid, url: url ?? null, root, sizeBytes, provider, locked, provenPeriod };
      const proof = provenPeriod === null ? "" : ` Proven in period ${provenPeriod}.`;
      printResult(
        context,
        options,
        value,
        `Hosted by ${provider} as ${cid}.${proof}\n${url ?? "The provider does not say where."}`,
      );
    });
}

async function build(
  { terminal, signal }: CommandContext,
  directory: string,
  carPath: string,
  { hidden }: DeployOptions,
): Promise<BuiltPiece> {
  const piece = await buildPieceFromDirectory(directory, carPath, {
    includeHidden: hidden ?? false,
    onProgress: ({ bytesDone, bytesTotal, filesDone, filesTotal }) =>
      terminal.progress(
        `Building ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}, ${filesDone} of ${filesTotal} files …`,
      ),
    signal,
  });
  const { files, sizeBytes, cid, skipped } = piece;
  terminal.note(`${files.length} file${files.length === 1 ? "" : "s"}, ${formatBytes(sizeBytes)}: ${cid}`);
  if (skipped.length > 0) {
    const some = skipped.slice(0, 3).map(({ path, reason }) => `${plain(path)} (${reason})`);
    const more = skipped.length > some.length ? ` and ${skipped.length - some.length} more` : "";
    terminal.note(`Left out: ${some.join(", ")}${more}.`);
  }
  return piece;
}

type Base = Omit<Hosting, "dealId" | "endpoint">;
type Started = { dealId: bigint; endpoint: string; keeper: KeeperInfo };

/**
 * The deal that an interrupted run asked for: it is paid already. What that run sent may not be mined yet, so this waits until
 * nothing of the account is under way.
 */
async function earlierRequest({ terminal, signal }: CommandContext, base: Base): Promise<bigint | undefined> {
  const { network, client, account, piece } = base;
  const { address } = account;
  const countOf = (blockTag: "latest" | "pending") => getTransactionCount(client, { address, blockTag });
  while (await explained({}, async () => (await countOf("pending")) > (await countOf("latest")))) {
    terminal.progress("Waiting for an earlier transaction of this account …");
    await delay(POLL_MS, undefined, { signal });
  }
  const { timestamp } = await explained({}, () => getBlock(client));
  const dealId = await findRequest(client, {
    deployment: network.deployment,
    customer: address,
    firstPieceHash: hashFirstPiece(claimOf(piece)),
    nowAt: Number(timestamp),
  });
  if (dealId !== undefined)
    terminal.note(`Deal ${dealId} was requested for this very content and still waits for it: nothing more is paid.`);
  return dealId;
}

function claimOf({ root, leafCount, cid }: BuiltPiece) {
  return { root, leafCount, cidDigest: cidToDigest(cid) };
}

/** Picks an offer, shows the price, and asks for the deal: one signature, one transaction. */
async function startDeal(context: CommandContext, base: Base, options: DeployOptions): Promise<Started> {
  const { terminal, signal } = context;
  const { network, client, piece } = base;
  const { deployment, subgraph } = network;
  const { parameters } = deployment;
  const termPeriods = parseTerm(options.term, parameters);
  const needed = BigInt(piece.leafCount) * LEAF_BYTES;
  const capacityBytes = options.capacity ?? needed;
  if (capacityBytes < needed)
    throw wrongUsage(
      `The content needs ${formatBytes(needed)}, more than the ${formatBytes(capacityBytes)} of --capacity.`,
      "Raise it, or leave it away.",
    );
  const token = await getToken(client, { deployment });
  const wish = {
    serviceId: keccak256(stringToHex(options.service)),
    tokenId: token.tokenId,
    capacityBytes,
    termPeriods,
    ...(options.maxPrice !== undefined && { maxUnitPrice: parseMoney(options.maxPrice, token.decimals) }),
    ...(options.offer !== undefined && { offerId: options.offer }),
  };
  terminal.progress("Looking for an offer …");
  const { chosen, passed } = await chooseOffer(client, { ...wish, deployment, ...(subgraph && { subgraph }), signal });
  if (!chosen) throw noOffer(passed, options.offer);

  const { offerId, provider } = chosen;
  const price = await quote(client, { deployment, offerId, capacityBytes, termPeriods });
  const graceSpan = formatSpan(parameters.gracePeriods * parameters.periodSeconds);
  const region = chosen.region ? `, ${plain(chosen.region)}` : "";
  terminal.note(
    [
      `Offer ${offerId} of ${plain(chosen.name)} (${provider}${region}): ${formatMoney(price.unitPrice, price.token)} per GiB and 30 periods.`,
      `${formatBytes(capacityBytes)} for ${formatSpan(termPeriods * parameters.periodSeconds)} and ${graceSpan} of grace cost at most ${formatMoney(price.locked, price.token)}; what is not proven comes back.`,
    ].join("\n"),
  );
  if (!(await isConfirmed(context, "Pay and host?", options.yes)))
    throw new CommandFailed("Nothing was paid.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
  let sent: Hash | undefined;
  try {
    const { dealId } = await requestDeal(client, {
      deployment,
      offerId,
      capacityBytes,
      termPeriods,
      maxUnitPrice: price.unitPrice,
      firstPiece: claimOf(piece),
      onStep: (step) => {
        if (step.name === "sent") sent = step.hash;
        tell(terminal)(step);
      },
      signal,
    });
    return { dealId, endpoint: chosen.endpoint, keeper: chosen.keeper };
  } catch (cause) {
    if (!signal.aborted || sent === undefined) throw cause;
    throw new CommandFailed(
      `Interrupted after ${sent} was sent, which may have paid.`,
      "Run the same command again: if it paid, it goes on with that deal.",
      { code: "Interrupted", exitCode: EXIT.interrupted, cause },
    );
  }
}

const REASONS: Readonly<Record<PassedOffer["reason"], string>> = {
  withdrawn: "withdrawn",
  jailed: "its provider takes no new deals",
  capacity: "too little free capacity",
  term: "the term is out of its range",
  service: "its service takes no new deals",
  token: "its token is not taken for new deals",
  stake: "too little stake behind it",
  price: "dearer than --max-price",
  unreachable: "its keeper does not answer",
  foreign: "its keeper serves another provider or network",
};

function noOffer(passed: readonly PassedOffer[], offerId: number | undefined): CommandFailed {
  const reasons = passed.map(({ offerId, reason }) => `offer ${offerId}: ${REASONS[reason]}`).join("; ");
  if (offerId !== undefined)
    return new CommandFailed(
      passed.length > 0
        ? `Offer ${offerId} cannot take this deal: ${REASONS[passed[0]?.reason ?? "withdrawn"]}.`
        : `There is no offer ${offerId}.`,
      "Choose another one, or leave --offer away.",
      { code: "NoOffer" },
    );
  return new CommandFailed(
    reasons ? `No offer can take this deal now (${reasons}).` : "No offer is for sale for this service and token.",
    "Try again later, with another --term, --capacity or --max-price.",
    { code: "NoOffer" },
  );
}

/** Finds a deal again that was requested for this very content. */
async function resumeDeal(
  { network, client, account, piece }: Base,
  dealId: bigint,
  signal: AbortSignal,
): Promise<Started> {
  const { deployment } = network;
  const deal = await getDeal(client, { deployment, dealId });
  if (!isAddressEqual(deal.signer, account.address))
    throw new CommandFailed(`Deal ${dealId} is signed for by ${deal.signer}.`, "Log in with that key.", {
      code: "ForeignDeal",
    });
  if (hashFirstPiece(claimOf(piece)) !== deal.firstPieceHash)
    throw new CommandFailed(
      `Deal ${dealId} was requested for other content than this directory has now.`,
      "Restore the directory as it was, or host this as a new deal without --deal.",
      { code: "OtherContent" },
    );
  const where = await getEndpoint(client, { deployment, provider: deal.provider });
  if (!where)
    throw new CommandFailed(
      `The provider ${deal.provider} has no endpoint.`,
      `Get your money back with: 4ever end ${dealId}`,
    );
  return { dealId, endpoint: where.endpoint, keeper: await keeperInfoOf(where.endpoint, { signal }) };
}
