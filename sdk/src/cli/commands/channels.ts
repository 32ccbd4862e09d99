import type { Command } from "commander";
import { type Address, keccak256, stringToHex } from "viem";
import { getBlock } from "viem/actions";
import { closeChannel, openChannel, redeemVouchers, topUpChannel } from "../../channels/channels.ts";
import { decodeVoucher, type Voucher } from "../../channels/vouchers.ts";
import { refusalWords } from "../../channels/words.ts";
import { explained, type ProtocolClient } from "../../client.ts";
import { formatTime } from "../../periods.ts";
import { getToken } from "../../tokens.ts";
import { formatMoney, parseMoney, UnitError } from "../../units.ts";
import { parseAddress, parseChannelId, parsed, parseSeconds } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed } from "../failure.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts } from "../terminal.ts";
import { addSign, noteOpening, openNetwork, readChannel, signedHere } from "./channel-signing.ts";

interface OpenOptions {
  service: string;
  term: string;
  sessionKey?: Address;
  token?: Address;
  yes?: boolean;
}

/** Channels: a cap that is locked once and paid out by vouchers. */
export function addChannels(program: Command, context: CommandContext): void {
  const channel = program.command("channel").description("pays, or is paid, for metered use by vouchers");

  channel
    .command("open")
    .description("locks a cap for one payee and service")
    .argument("<payee>", "account of the provider")
    .argument("<amount>", "the cap, such as 25 or 12.50")
    .requiredOption("--service <name>", "what is paid for")
    .option("--term <time>", "when it expires, such as 30d or 12h", "30d")
    .option("--session-key <address>", "key that signs vouchers (default: your account)", parsed(parseAddress))
    .option("--token <address>", "another token than the network's own", parsed(parseAddress))
    .option("-y, --yes", "do not ask before paying")
    .action(async (to: string, amount: string, _, command: Command) => {
      const options = optionsOf<OpenOptions>(command);
      const payee = parseAddress(to);
      const seconds = parseSeconds(options.term);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const token = await getToken(client, { deployment, ...(options.token && { token: options.token }) });
      const cap = parseMoney(amount, token.decimals);
      const { timestamp } = await explained({}, () => getBlock(client));
      const question = `Lock ${formatMoney(cap, token)} for ${payee}? What no voucher claims comes back.`;
      if (!(await isConfirmed(context, question, options.yes)))
        throw new CommandFailed("Nothing was paid.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      const { channelId } = await openChannel(client, {
        deployment,
        payee,
        serviceId: keccak256(stringToHex(options.service)),
        tokenId: token.tokenId,
        amount: cap,
        expiresAt: Number(timestamp) + seconds,
        sessionKey: options.sessionKey ?? account.address,
        onStep: tell(context.terminal),
        signal: context.signal,
      });
      if (!options.sessionKey) await noteOpening(context, client, network, channelId);
      await printChannel(context, options, client, network, channelId, "The channel is open.");
    });

  channel
    .command("show")
    .description("shows a channel")
    .argument("<channel>", "number of the channel")
    .action(async (number: string, _, command: Command) => {
      const options = optionsOf(command);
      const channelId = parseChannelId(number);
      const network = await loadNetwork(context.terminal, options, context.signal);
      await printChannel(context, options, await connect(network), network, channelId);
    });

  channel
    .command("top-up")
    .description("raises the cap of your channel")
    .argument("<channel>", "number of the channel")
    .argument("<amount>", "such as 25 or 12.50")
    .action(async (number: string, amount: string, _, command: Command) => {
      const options = optionsOf(command);
      const channelId = parseChannelId(number);
      const { client, network } = await openNetwork(context, options);
      const { token } = await readChannel(client, network, channelId);
      const added = parseMoney(amount, token.decimals);
      const action = { deployment: network.deployment, channelId, amount: added, signal: context.signal };
      await topUpChannel(client, { ...action, onStep: tell(context.terminal) });
      await printChannel(context, options, client, network, channelId, `Added ${formatMoney(added, token)}.`);
    });

  addSign(channel, context);

  channel
    .command("redeem")
    .description("redeems vouchers of any channels to their payees, and tells which are refused")
    .argument("<vouchers...>", "each 160 bytes in hex")
    .action(async (texts: string[], _, command: Command) => {
      const options = optionsOf(command);
      const vouchers = texts.map(parseVoucher);
      const { client, network } = await openNetwork(context, options);
      const action = { deployment: network.deployment, vouchers, signal: context.signal };
      const { hash, paid, refused } = await redeemVouchers(client, { ...action, onStep: tell(context.terminal) });
      const lines = [
        `${paid.length} of ${vouchers.length} vouchers were paid.`,
        ...refused.map(({ channelId, reason }) => `One of channel ${channelId} was not: ${refusalWords[reason]}.`),
      ];
      printResult(context, options, { hash, paid, refused }, lines.join("\n"));
    });

  channel
    .command("close")
    .description("ends a channel: at once for its payee; its payer asks, and calls again after the window")
    .argument("<channel>", "number of the channel")
    .action(async (number: string, _, command: Command) => {
      const options = optionsOf(command);
      const channelId = parseChannelId(number);
      const { client, network } = await openNetwork(context, options);
      const action = { deployment: network.deployment, channelId, signal: context.signal };
      await closeChannel(client, { ...action, onStep: tell(context.terminal) });
      await printChannel(context, options, client, network, channelId);
    });
}

async function printChannel(
  context: CommandContext,
  options: GlobalOptions,
  client: ProtocolClient,
  network: Network,
  channelId: bigint,
  what?: string,
): Promise<void> {
  const { channel, token } = await readChannel(client, network, channelId);
  const { status, payer, payee, sessionKey, locked, redeemed, expiresAt, closesAt } = channel;
  const signed = await signedHere(context, network, channel);
  const text = facts([
    ["Channel", `${channelId}, ${status}`],
    ["Payer", payer],
    ["Payee", payee],
    ["Cap", `${formatMoney(locked, token)}, of which ${formatMoney(redeemed, token)} are redeemed`],
    ...(signed === undefined ? [] : [["Signed here", `${formatMoney(signed, token)} in sum`] as const]),
    ["Signed by", status === "closed" ? "nobody any more" : sessionKey],
    [closesAt === undefined ? "Expires" : "Closes", formatTime(closesAt ?? expiresAt)],
  ]);
  const next =
    status === "closing" || status === "over"
      ? `\nThe rest comes back with: 4ever channel close ${channelId}${status === "closing" ? ", after that time" : ""}`
      : "";
  printResult(
    context,
    options,
    { ...channel, ...(signed !== undefined && { signed }) },
    `${what ? `${what}\n` : ""}${text}${next}`,
  );
}

/** Throws `UnitError`. */
function parseVoucher(text: string): Voucher {
  const voucher = decodeVoucher(text);
  if (!voucher) throw new UnitError(`"${text.slice(0, 20)}" is not a voucher: 0x and 320 hexadecimal digits.`);
  return voucher;
}
