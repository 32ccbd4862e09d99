import type { Command } from "commander";
import type { Address } from "viem";
import type { ProtocolClient } from "../../client.ts";
import { claimFaucetByNode } from "../../faucet.ts";
import { deposit, withdraw } from "../../ledger.ts";
import { getBalance, getToken, type TokenInfo } from "../../tokens.ts";
import { formatMoney, parseMoney } from "../../units.ts";
import { parseAddress, parsed } from "../arguments.ts";
import { type CommandContext, optionsOf, printResult, tell } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts } from "../terminal.ts";
import { openWallet, walletAddress } from "../wallet.ts";

interface MoneyOptions {
  token?: Address;
}

const TOKEN_OPTION = ["--token <address>", "another token than the network's own"] as const;

export function addMoney(program: Command, context: CommandContext): void {
  program
    .command("deposit")
    .description("puts tokens of your account into your balance, from which deals are paid")
    .argument("<amount>", "such as 25 or 12.50")
    .option(...TOKEN_OPTION, parsed(parseAddress))
    .action(async (amount: string, _, command: Command) => {
      const money = await openMoney(context, optionsOf<MoneyOptions>(command));
      const { client, network, token } = money;
      const baseUnits = parseAmount(amount, token);
      const onStep = tell(context.terminal);
      await deposit(client, { ...network, token, amount: baseUnits, onStep, signal: context.signal });
      await printBalance(context, optionsOf(command), money, `Deposited ${formatMoney(baseUnits, token)}.`);
    });

  program
    .command("withdraw")
    .description("pays out of your balance")
    .argument("<amount>", "such as 25 or 12.50")
    .option("--to <address>", "who gets the tokens (default: your account)", parsed(parseAddress))
    .option(...TOKEN_OPTION, parsed(parseAddress))
    .action(async (amount: string, _, command: Command) => {
      const options = optionsOf<MoneyOptions & { to?: Address }>(command);
      const { to } = options;
      const money = await openMoney(context, options);
      const { client, network, token } = money;
      const baseUnits = parseAmount(amount, token);
      const onStep = tell(context.terminal);
      await withdraw(client, {
        ...network,
        token,
        amount: baseUnits,
        ...(to && { to }),
        onStep,
        signal: context.signal,
      });
      await printBalance(context, options, money, `Withdrew ${formatMoney(baseUnits, token)}${to ? ` to ${to}` : ""}.`);
    });

  program
    .command("balance")
    .description("shows what you can spend")
    .option(...TOKEN_OPTION, parsed(parseAddress))
    .action(async (_, command: Command) => {
      const options = optionsOf<MoneyOptions>(command);
      const account = await walletAddress(context.terminal);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      const token = await tokenOf(client, network, options);
      await printBalance(context, options, { client, network, token, account });
    });

  program
    .command("faucet")
    .description("gives your account tokens to try with; on local chains only")
    .action(async (_, command: Command) => {
      const money = await openMoney(context, optionsOf<MoneyOptions>(command));
      const { terminal, signal } = context;
      await claimFaucetByNode(money.client, { ...money.network, to: money.account, onStep: tell(terminal), signal });
      await printBalance(context, optionsOf(command), money, "The faucet gave.");
    });
}

interface Money {
  client: ProtocolClient;
  network: Network;
  token: TokenInfo;
  account: Address;
}

/** An amount that can be moved. Token base units. Throws `UnitError` or `CommandFailed`. */
function parseAmount(text: string, { decimals }: TokenInfo): bigint {
  const baseUnits = parseMoney(text, decimals);
  if (baseUnits === 0n) throw wrongUsage("Nothing would move: the amount is 0.", "Give one above 0, such as 12.50.");
  return baseUnits;
}

async function openMoney({ terminal, signal }: CommandContext, options: MoneyOptions & GlobalOptions): Promise<Money> {
  const network = await loadNetwork(terminal, options, signal);
  const account = await openWallet(terminal, signal);
  const client = await connect(network, account);
  const token = await getToken(client, {
    deployment: network.deployment,
    ...(options.token && { token: options.token }),
  });
  return { client, network, token, account: account.address };
}

function tokenOf(client: ProtocolClient, { deployment }: Network, { token }: MoneyOptions): Promise<TokenInfo> {
  return getToken(client, { deployment, ...(token && { token }) });
}

async function printBalance(
  context: CommandContext,
  options: GlobalOptions,
  { client, network, token, account }: Money,
  what?: string,
): Promise<void> {
  const { available, wallet } = await getBalance(client, { deployment: network.deployment, account, token });
  const text = facts([
    ["Balance", `${formatMoney(available, token)}, to spend on deals or withdraw`],
    ["Account", `${formatMoney(wallet, token)} at ${account}`],
  ]);
  const value = { account, token: token.address, symbol: token.symbol, decimals: token.decimals, available, wallet };
  printResult(context, options, value, what ? `${what}\n${text}` : text);
}
