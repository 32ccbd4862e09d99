import { getAddress, type Hex, keccak256, toHex, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type ChannelTerms, type Claim, signVoucher, type Voucher } from "../../sdk/src/channels/vouchers.ts";
import { deployLedger, MAX_UINT128, USD } from "./money.ts";
import { type Connection, GIB, STAKE_PER_GIB, serviceIdOf } from "./policy.ts";

export const RPC = serviceIdOf("rpc");
export const CLOSE_WINDOW_SECONDS = 86_400n;
export const PAYOUT_DELAY_SECONDS = 2n * 86_400n;
export const TERM_SECONDS = 30n * 86_400n;
/** Basis points. */
export const CHANNEL_FEE_BPS = 250;
/** What of a gross amount reaches the payee. Token base units. */
export const channelNet = (gross: bigint) => gross - (gross * BigInt(CHANNEL_FEE_BPS)) / 10_000n;
/** What channel 1 locks. Token base units. */
export const CAP = 100n * USD;
/** `IUsageChannels.Status` and `IUsageChannels.Refusal`. */
export const ChannelStatus = { None: 0, Open: 1, Closing: 2, Over: 3, Closed: 4 } as const;
export const Refusal = {
  ChannelUnknown: 1,
  ChannelClosed: 2,
  ChannelOver: 3,
  NotHigher: 4,
  CapExceeded: 5,
  SignatureInvalid: 6,
} as const;
export const usage = (text: string): Hex => keccak256(toHex(text));

/** A key that only signs vouchers. */
export function createSessionKey() {
  return privateKeyToAccount(generatePrivateKey());
}

/**
 * Channels on the ledger. The catalogue lists the service `rpc` and all tokens of `deployLedger`. Customer and stranger have 1,000 of
 * token 1 and 2 in the ledger and have approved the channels for all of it.
 */
export async function deployChannels(connection: Connection) {
  const { viem, networkHelpers } = connection;
  const deployed = await deployLedger(connection);
  const { ledger, usd, plain, governor, customer, provider, stranger, by } = deployed;
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const catalog = await viem.deployContract("ServiceCatalog", [manager.address]);
  await catalog.write.setService(["rpc", GIB, STAKE_PER_GIB, 2, CHANNEL_FEE_BPS, 3_660, true]);
  for (const tokenId of [1, 2, 3]) await catalog.write.setToken([tokenId, true]);
  const channels = await viem.deployContract("UsageChannels", [
    ledger.address,
    catalog.address,
    CLOSE_WINDOW_SECONDS,
    PAYOUT_DELAY_SECONDS,
  ]);
  for (const account of [by.customer, by.stranger]) {
    await usd.write.approve([ledger.address, 1_000n * USD], account);
    await plain.write.approve([ledger.address, 1_000n * USD], account);
    for (const tokenId of [1, 2]) {
      await ledger.write.deposit([account.account.address, tokenId, 1_000n * USD], account);
      await ledger.write.approveOperator(
        [channels.address, channels.address, tokenId, MAX_UINT128, 2n ** 40n],
        account,
      );
    }
  }
  const client = await viem.getPublicClient();
  const chainId = await client.getChainId();
  const session = createSessionKey();
  const [payer, payee] = [getAddress(customer.account.address), getAddress(provider.account.address)];
  const expiresAt = BigInt(await networkHelpers.time.latest()) + TERM_SECONDS;
  const opening = {
    payee,
    serviceId: RPC,
    tokenId: 1,
    amount: CAP,
    expiresAt: Number(expiresAt),
    sessionKey: session.address,
    keyOwner: zeroAddress as `0x${string}`,
    keyProof: "0x" as Hex,
  };
  const termsOf = (channelId: bigint): ChannelTerms => ({
    chainId,
    channels: channels.address,
    channelId,
    payee,
    serviceId: RPC,
  });
  return {
    ...deployed,
    manager,
    catalog,
    channels,
    client,
    chainId,
    session,
    payer,
    payee,
    strangerAddress: getAddress(stranger.account.address),
    expiresAt,
    opening,
    termsOf,
    open: (changes: Partial<typeof opening> = {}, account = by.customer) =>
      channels.write.open([{ ...opening, ...changes }], account),
    /** A voucher of channel 1 unless told otherwise. */
    sign: (cumulative: bigint, changes: Partial<ChannelTerms & Claim> = {}, signer = session): Promise<Voucher> =>
      signVoucher(
        signer,
        { ...termsOf(1n), ...changes },
        { cumulative, usageRoot: changes.usageRoot ?? usage(`used ${cumulative}`) },
      ),
    /** Money in the ledger: of payer, payee and fee recipient, and what the channel still locks. Token 1. */
    async funds(channelId = 1n) {
      const balance = (account: Hex) => ledger.read.balanceOf([account, 1]);
      return {
        payer: await balance(payer),
        payee: await balance(payee),
        fees: await balance(deployed.feeRecipient.account.address),
        locked: (await ledger.read.lockOf([channels.address, channelId])).left,
      };
    },
  };
}
