import type { Command } from "commander";
import type { Address } from "viem";
import type { ProtocolClient } from "../../client.ts";
import { type Deal, getDeal, getEarned, listDealIds } from "../../deals.ts";
import { getEndpoint } from "../../offers.ts";
import { formatTime, startOf } from "../../periods.ts";
import { SubgraphError } from "../../subgraph/client.ts";
import { getIndexedDeal, type IndexedDeal, listDealsOf } from "../../subgraph/queries.ts";
import { getToken } from "../../tokens.ts";
import { formatBytes, formatMoney } from "../../units.ts";
import { findKeeper } from "../../upload-client.ts";
import type { KeeperInfo } from "../../uploads.ts";
import { parseDealId } from "../arguments.ts";
import { type CommandContext, optionsOf, printResult } from "../context.ts";
import { urlOf } from "../hosting.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import { facts, plain, table } from "../terminal.ts";
import { walletAddress } from "../wallet.ts";

export function addDeals(program: Command, context: CommandContext): void {
  program
    .command("deals")
    .description("lists your deals, newest first")
    .action(async (_, command: Command) => {
      const { terminal, signal } = context;
      const options = optionsOf(command);
      const customer = await walletAddress(terminal);
      const network = await loadNetwork(terminal, options, signal);
      const client = await connect(network);
      const deals = await dealsOf(client, network, customer, signal);
      const clock = network.deployment.parameters;
      const rows = deals.map((deal) => [
        `${deal.dealId}`,
        deal.status,
        formatBytes(deal.capacityBytes),
        deal.endPeriod ? formatTime(startOf(clock, deal.endPeriod)) : "–",
        formatMoney(deal.locked, deal),
        deal.earned === null ? "–" : formatMoney(deal.earned, deal),
        deal.cid ?? "–",
      ]);
      const text =
        rows.length === 0
          ? "You have no deals yet. Host a directory with: 4ever deploy DIRECTORY"
          : table(["deal", "status", "capacity", "paid until", "locked", "earned", "content"], rows);
      printResult(context, options, { customer, deals }, text);
    });

  program
    .command("status")
    .description("tells how a deal stands: money, time, proofs, where it is")
    .argument("<deal>", "number of the deal")
    .action(async (number: string, _, command: Command) => {
      const { terminal, signal } = context;
      const options = optionsOf(command);
      const dealId = parseDealId(number);
      const network = await loadNetwork(terminal, options, signal);
      const client = await connect(network);
      const { deployment } = network;
      const deal = await getDeal(client, { deployment, dealId });
      const [token, { earned }, indexed, place] = await Promise.all([
        getToken(client, { deployment, tokenId: deal.tokenId }),
        getEarned(client, { deployment, dealId }),
        indexedOf(network, deal, signal),
        placeOf(client, network, deal, signal),
      ]);
      const url = indexed && place.keeper ? (urlOf(place.keeper, indexed.cid) ?? null) : null;
      const value = { ...deal, earned, token: token.address, symbol: token.symbol, url, index: indexed ?? null };
      printResult(context, options, value, statusText(network, deal, { token, earned, indexed, place, url }));
    });
}

interface ListedDeal {
  dealId: bigint;
  status: string;
  provider: Address;
  capacityBytes: bigint;
  endPeriod: number | null;
  locked: bigint;
  /** Token base units of settled periods; null when only the chain was asked. */
  earned: bigint | null;
  cid: string | null;
  symbol: string;
  decimals: number;
}

/** From the index; from the chain itself where there is none. */
async function dealsOf(
  client: ProtocolClient,
  { deployment, subgraph }: Network,
  customer: Address,
  signal: AbortSignal,
): Promise<ListedDeal[]> {
  if (subgraph) {
    const deals = await listDealsOf(subgraph, { customer }, signal);
    return deals.map(
      ({ dealId, status, provider, capacityBytes, endPeriod, locked, earned, cid, symbol, decimals }) => {
        return { dealId, status, provider, capacityBytes, endPeriod, locked, earned, cid, symbol, decimals };
      },
    );
  }
  const ids = await listDealIds(client, { deployment, customer });
  const deals = await Promise.all(ids.reverse().map((dealId) => getDeal(client, { deployment, dealId })));
  const tokens = new Map<number, Awaited<ReturnType<typeof getToken>>>();
  for (const { tokenId } of deals)
    if (!tokens.has(tokenId)) tokens.set(tokenId, await getToken(client, { deployment, tokenId }));
  return deals.map(({ dealId, status, provider, capacityBytes, endPeriod, left, earned, tokenId }) => {
    const { symbol = "", decimals = 0 } = tokens.get(tokenId) ?? {};
    return {
      dealId,
      status,
      provider,
      capacityBytes,
      endPeriod: endPeriod || null,
      locked: left,
      earned,
      cid: null,
      symbol,
      decimals,
    };
  });
}

/** What only the index knows of a deal; undefined when it is not there, not reachable, or behind. */
async function indexedOf(
  { subgraph }: Network,
  { dealKey }: Deal,
  signal: AbortSignal,
): Promise<IndexedDeal | undefined> {
  if (!subgraph) return undefined;
  try {
    return await getIndexedDeal(subgraph, { dealKey }, signal);
  } catch (cause) {
    if (cause instanceof SubgraphError) return undefined; // said in the text: the chain's part is whole without it
    throw cause;
  }
}

type Place = { endpoint?: string; name?: string; keeper?: KeeperInfo | undefined };

/** Where the provider is reached, and what its keeper says of itself, if it answers. */
async function placeOf(
  client: ProtocolClient,
  { deployment }: Network,
  { provider }: Deal,
  signal: AbortSignal,
): Promise<Place> {
  const where = await getEndpoint(client, { deployment, provider });
  return where ? { ...where, keeper: await findKeeper(where.endpoint, { signal }) } : {};
}

function statusText(
  { deployment, subgraph }: Network,
  deal: Deal,
  found: {
    token: Awaited<ReturnType<typeof getToken>>;
    earned: bigint;
    indexed: IndexedDeal | undefined;
    place: Place;
    url: string | null;
  },
): string {
  const { token, earned, indexed, place, url } = found;
  const clock = deployment.parameters;
  const money = (amount: bigint) => formatMoney(amount, token);
  const until = (period: number) => `${formatTime(startOf(clock, period))} (period ${period})`;
  const name = place.name ? `${plain(place.name)}, ` : "";
  const lines: [string, string][] = [
    ["Deal", `${deal.dealId}: ${deal.status}`],
    ["Provider", `${name}${deal.provider}${place.keeper ? "" : ", its keeper does not answer"}`],
    ["Content", `${formatBytes(deal.liveBytes)} live of ${formatBytes(deal.capacityBytes)}`],
  ];
  if (indexed) lines.push(["CID", indexed.cid]);
  if (url) lines.push(["Address", url]);
  if (deal.status === "requested") lines.push(["Accept by", formatTime(deal.acceptBy)]);
  if (deal.status === "active") lines.push(["Term until", until(deal.termEndPeriod)]);
  if (deal.endPeriod > 0) lines.push(["Paid until", until(deal.endPeriod)]);
  lines.push(
    ["Price", `${money(deal.unitPrice)} per GiB and 30 periods`],
    ["Locked", money(deal.left)],
    ["Earned", `${money(earned)} by proofs, before the fee of ${deal.feeBps / 100} %`],
  );
  if (indexed)
    lines.push(["Proven", `${indexed.provenPeriods} periods settled`], ["Returned", money(indexed.refunded)]);
  else if (subgraph) lines.push(["Index", "does not know the deal yet, or does not answer"]);
  return facts(lines);
}
