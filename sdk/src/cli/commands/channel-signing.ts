import { join } from "node:path";
import type { Command } from "commander";
import { type Address, isAddressEqual, type LocalAccount, zeroHash } from "viem";
import { type Channel, getChannel, termsOf } from "../../channels/channels.ts";
import { deliverVoucher, VoucherNotTaken } from "../../channels/delivery.ts";
import { signedSums } from "../../channels/entries.ts";
import { createVoucherBook, type SignedSum, type Signing } from "../../channels/voucher-book.ts";
import { encodeVoucher, type Voucher } from "../../channels/vouchers.ts";
import type { ProtocolClient } from "../../client.ts";
import { asSentence } from "../../error-sentences.ts";
import { type ChannelFile, openChannelFile } from "../../node/channel-file.ts";
import { getEndpoint } from "../../offers.ts";
import { getToken, type TokenInfo } from "../../tokens.ts";
import { formatMoney, parseMoney } from "../../units.ts";
import { parseChannelId, parsed, parseHash } from "../arguments.ts";
import { type CommandContext, optionsOf, printResult } from "../context.ts";
import { CommandFailed, wrongUsage } from "../failure.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import { type GlobalOptions, homeOf } from "../settings.ts";
import { plain, type Terminal } from "../terminal.ts";
import { openWallet } from "../wallet.ts";

interface SignOptions {
  sum?: boolean;
  usage?: `0x${string}`;
  from?: string;
  send?: boolean;
}

/** `4ever channel sign`: the payer's book is in the command's own folder. */
export function addSign(channel: Command, context: CommandContext): void {
  channel
    .command("sign")
    .description(
      "signs a voucher for more than before, and prints it for the payee; without an amount the latest again",
    )
    .argument("<channel>", "number of the channel")
    .argument("[amount]", "how much more than before, such as 0.25")
    .option("--sum", "the amount is all since the opening, as the payee told it")
    .option("--usage <hash>", "what it is for: 32 bytes in hex, as the service says", parsed(parseHash))
    .option("--from <amount>", "what was signed before, in sum, where this folder does not know it")
    .option("--send", "also gives it to the payee's keeper, at the endpoint that the registry names")
    .action(async (number: string, amount: string | undefined, _, command: Command) => {
      const options = optionsOf<SignOptions>(command);
      const channelId = parseChannelId(number);
      const { client, network, account } = await openNetwork(context, options);
      const { channel, token } = await readChannel(client, network, channelId);
      requireSignable(channel, account.address);
      using store = openBooks(context.terminal);
      const book = bookOf(network, channel, account, store);
      const from = options.from === undefined ? undefined : parseMoney(options.from, token.decimals);
      await requireKnown(book, { channel, token, from });
      const asked = amount === undefined ? undefined : parseMoney(amount, token.decimals);
      if (asked === 0n) throw wrongUsage("A voucher for nothing is worth nothing.", "Give an amount above zero.");
      const usageRoot = options.usage ?? zeroHash;
      const signing =
        asked === undefined
          ? await latestOf(book, channelId)
          : options.sum
            ? await book.signTo({ cumulative: asked, usageRoot })
            : await book.add(asked, usageRoot);
      if (signing.refused) throw refusalOf(signing, channelId, token);

      const { voucher } = signing;
      const text = encodeVoucher(voucher);
      const { cumulative } = voucher;
      const left = channel.locked - cumulative;
      context.terminal.note(
        `Signed ${formatMoney(cumulative, token)} in sum, ${formatMoney(left, token)} below the cap.${options.send ? "" : " Give this to the payee:"}`,
      );
      const problem = options.send ? await deliver(context, client, network, channel, voucher) : undefined;
      const delivered = options.send ? { delivered: problem === undefined } : {};
      printResult(context, options, { voucher: text, ...voucher, cap: channel.locked, ...delivered }, text);
      if (problem === undefined) return;
      context.terminal.note(`It is signed, and the payee does not have it: ${problem}`);
      throw new CommandFailed(problem, "", { code: "NotDelivered", isTold: true });
    });
}

/** Gives a voucher to its payee; the reason when that did not work. It is signed all the same. */
async function deliver(
  { signal }: CommandContext,
  client: ProtocolClient,
  { deployment }: Network,
  { payee }: Channel,
  voucher: Voucher,
): Promise<string | undefined> {
  const seat = await getEndpoint(client, { deployment, provider: payee });
  if (!seat) return "it is no registered provider, so it has no endpoint. Give it the voucher yourself.";
  try {
    await deliverVoucher(voucher, { endpoint: seat.endpoint, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof VoucherNotTaken) return `${asSentence(plain(error.message, 200))} ${plain(error.hint, 200)}`;
    return `${seat.endpoint} does not answer. Try again later: without an amount the same voucher is sent once more.`;
  }
}

/** The network, and the account that acts on it. */
export async function openNetwork({ terminal, signal }: CommandContext, options: GlobalOptions) {
  const network = await loadNetwork(terminal, options, signal);
  const account = await openWallet(terminal, signal);
  return { network, client: await connect(network, account), account };
}

/** A channel with its token. Throws `ProtocolError` when there is none. */
export async function readChannel(
  client: ProtocolClient,
  { deployment }: Network,
  channelId: bigint,
): Promise<{ channel: Channel; token: TokenInfo }> {
  const channel = await getChannel(client, { deployment, channelId });
  return { channel, token: await getToken(client, { deployment, tokenId: channel.tokenId }) };
}

/** Writes down that nothing was signed yet: only then is a channel that the book does not know one whose book was lost. */
export async function noteOpening(
  { terminal }: CommandContext,
  client: ProtocolClient,
  network: Network,
  channelId: bigint,
): Promise<void> {
  const { channel } = await readChannel(client, network, channelId);
  using store = openBooks(terminal);
  await bookOf(network, channel, UNSIGNING, store).startFrom(0n);
}

/** What this folder signed of a channel, in sum; undefined when it does not know. Token base units. */
export async function signedHere(
  { terminal }: CommandContext,
  network: Network,
  channel: Channel,
): Promise<bigint | undefined> {
  using store = openBooks(terminal);
  return await bookOf(network, channel, UNSIGNING, store).signed();
}

/** For books that are only looked into. */
const UNSIGNING: Pick<LocalAccount, "signTypedData"> = {
  signTypedData: () => Promise.reject(new Error("this book does not sign")),
};

function openBooks(terminal: Terminal): ChannelFile<SignedSum> {
  return openChannelFile(join(homeOf(terminal), "vouchers.db"), signedSums);
}

type Book = ReturnType<typeof createVoucherBook>;

function bookOf(
  { deployment }: Network,
  channel: Channel,
  sessionKey: Pick<LocalAccount, "signTypedData">,
  store: ChannelFile<SignedSum>,
): Book {
  return createVoucherBook({ terms: termsOf(deployment, channel), sessionKey, store, cap: channel.locked });
}

function requireSignable({ channelId, status, sessionKey, payer }: Channel, account: Address): void {
  if (status !== "open" && status !== "closing")
    throw new CommandFailed(
      `Channel ${channelId} is ${status}: no voucher of it is paid any more.`,
      "Open another one.",
    );
  if (isAddressEqual(account, sessionKey)) return;
  const whose = isAddressEqual(account, payer) ? "It was opened with another key." : "It is not yours.";
  throw new CommandFailed(
    `Vouchers of channel ${channelId} are signed by ${sessionKey}, and you are ${account}.`,
    `${whose} Sign where that key is.`,
  );
}

/** A book that was lost, or put back from an old copy, must not sign again what it signed. Throws `CommandFailed`. */
async function requireKnown(
  book: Book,
  { channel, token, from }: { channel: Channel; token: TokenInfo; from: bigint | undefined },
): Promise<void> {
  const { channelId, redeemed, locked } = channel;
  const known = await book.signed();
  const least = known !== undefined && known > redeemed ? known : redeemed;
  if (from !== undefined) {
    if (from < least)
      throw new CommandFailed(
        `At least ${formatMoney(least, token)} of channel ${channelId} were signed.`,
        known === least ? "Leave --from out." : `Ask the payee for its highest voucher, and give its sum as --from.`,
        { code: "BookBehind" },
      );
    if (from > locked)
      throw new CommandFailed(`Channel ${channelId} never locked so much.`, "Correct --from: it is never taken back.");
    await book.startFrom(from);
  } else if (known === undefined || known < redeemed)
    throw new CommandFailed(
      known === undefined
        ? `This folder does not know what was signed of channel ${channelId}.`
        : `This folder knows of ${formatMoney(known, token)}, and ${formatMoney(redeemed, token)} of channel ${channelId} were redeemed: it is an old copy.`,
      `Ask the payee for its highest voucher, and give its sum as --from, at least ${formatMoney(redeemed, token)}.`,
      { code: known === undefined ? "BookMissing" : "BookBehind" },
    );
}

async function latestOf(book: Book, channelId: bigint): Promise<Signing> {
  const voucher = await book.latest();
  if (voucher) return { voucher };
  throw new CommandFailed(`No voucher of channel ${channelId} was signed here.`, "Give an amount to sign one.");
}

function refusalOf(signing: Extract<Signing, { refused: string }>, channelId: bigint, token: TokenInfo): CommandFailed {
  const signed = formatMoney(signing.signed, token);
  if (signing.refused === "cap")
    return new CommandFailed(
      `Nothing was signed: with ${signed} before, it would be more than the cap of ${formatMoney(signing.cap, token)}.`,
      `Raise the cap with: 4ever channel top-up ${channelId} AMOUNT`,
      { code: "CapExceeded" },
    );
  return new CommandFailed(
    `Nothing was signed: ${signed} were signed before, and a voucher must be for more.`,
    "Without an amount, the latest voucher is printed again.",
    { code: "NotHigher" },
  );
}
