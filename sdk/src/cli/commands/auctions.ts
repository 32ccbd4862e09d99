import type { Command } from "commander";
import { buyLot, collectFees, type FeeLot, getFeeLot } from "../../fees.ts";
import { getToken, type TokenInfo } from "../../tokens.ts";
import { EVER_DECIMALS, formatEver, formatMoney, parseMoney } from "../../units.ts";
import { parsed, parseTokenId } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed } from "../failure.ts";
import { connect, loadNetwork } from "../network.ts";
import { facts } from "../terminal.ts";
import { openNetwork } from "./channel-signing.ts";

interface TokenOptions {
  tokenId: number;
}

const TOKEN_OPTION = [
  "--token-id <number>",
  "fees in which token, by its number in the ledger",
  parsed(parseTokenId),
  1,
] as const;

/** Auctions: fees of the network, sold for EVER that is burned. */
export function addAuctions(program: Command, context: CommandContext): void {
  const auction = program.command("auction").description("buys the network's fees for EVER, which is burned");

  auction
    .command("list")
    .description("shows what is for sale, and what it costs now")
    .option(...TOKEN_OPTION)
    .action(async (_, command: Command) => {
      const options = optionsOf<TokenOptions>(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      const { deployment } = network;
      const { tokenId } = options;
      const [token, lot] = await Promise.all([
        getToken(client, { deployment, tokenId }),
        getFeeLot(client, { deployment, tokenId }),
      ]);
      printResult(
        context,
        options,
        { ...lot, symbol: token.symbol, decimals: token.decimals },
        describeLot(lot, token),
      );
    });

  auction
    .command("collect")
    .description("shares out the fees that came in, and opens a lot when none is for sale; anybody may")
    .option(...TOKEN_OPTION)
    .action(async (_, command: Command) => {
      const options = optionsOf<TokenOptions>(command);
      const { client, network } = await openNetwork(context, options);
      const { deployment } = network;
      const { tokenId } = options;
      const action = { deployment, tokenId, onStep: tell(context.terminal), signal: context.signal };
      const { hash } = await collectFees(client, action);
      const [token, lot] = await Promise.all([
        getToken(client, { deployment, tokenId }),
        getFeeLot(client, { deployment, tokenId }),
      ]);
      printResult(context, options, { hash, ...lot }, describeLot(lot, token));
    });

  auction
    .command("buy")
    .description("buys the lot that is for sale, at its price of the moment")
    .argument("<highest>", "the most EVER that you give for the whole lot, such as 25 or 12.50")
    .option(...TOKEN_OPTION)
    .option("-y, --yes", "do not ask before paying")
    .action(async (highest: string, _, command: Command) => {
      const options = optionsOf<TokenOptions & { yes?: boolean }>(command);
      const maxPrice = parseMoney(highest, EVER_DECIMALS);
      const { client, network } = await openNetwork(context, options);
      const { deployment } = network;
      const { tokenId } = options;
      const [token, lot] = await Promise.all([
        getToken(client, { deployment, tokenId }),
        getFeeLot(client, { deployment, tokenId }),
      ]);
      if (lot.amount === 0n)
        throw new CommandFailed("Nothing is for sale.", "Collect what came in with `4ever auction collect`.", {
          code: "FeesLotUnavailable",
        });
      if (lot.price > maxPrice)
        throw new CommandFailed(
          `The lot costs ${formatEver(lot.price)} now, and you give ${formatEver(maxPrice)} at most.`,
          `Wait: the price falls by half every ${lot.halfLifeSeconds} s. Nothing was paid.`,
          { code: "FeesPriceTooHigh" },
        );
      const question = `Buy ${formatMoney(lot.amount, token)} for at most ${formatEver(lot.price)}, which are burned?`;
      if (!(await isConfirmed(context, question, options.yes)))
        throw new CommandFailed("Nothing was paid.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      const action = { deployment, tokenId, lotId: lot.lotId, onStep: tell(context.terminal), signal: context.signal };
      // What it costs now, and not what it might have cost: the router may take no more than that.
      const { hash, amount, price } = await buyLot(client, { ...action, maxPrice: lot.price });
      const text = `Bought ${formatMoney(amount, token)} for ${formatEver(price)}, which are burned.`;
      printResult(context, options, { hash, lotId: lot.lotId, amount, price }, text);
    });
}

function describeLot(lot: FeeLot, token: TokenInfo): string {
  const { lotId, amount, price, floorPrice, halfLifeSeconds, waiting, uncollected } = lot;
  const coming: [string, string][] = [
    ["Next lot", `${formatMoney(waiting, token)} wait, ${formatMoney(uncollected, token)} can be collected`],
  ];
  if (amount === 0n) return facts([["Lot", "none is for sale"], ...coming]);
  return facts([
    ["Lot", `${lotId}: ${formatMoney(amount, token)}`],
    ["Price", `${formatEver(price)} now, half of it in ${halfLifeSeconds} s, at least ${formatEver(floorPrice)}`],
    ...coming,
  ]);
}
