import { keccak256, parseEther, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { getChannel, openChannel, redeemVouchers, termsOf } from "../../sdk/src/channels/channels.ts";
import { signVoucher } from "../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { collectFees, getFeeLot } from "../../sdk/src/fees.ts";
import { usageChannelsAbi } from "../../sdk/src/generated/abis.ts";
import { stake } from "../../sdk/src/stakes.ts";
import { LOCAL_ACCOUNTS, type LocalChain } from "./local-chain.ts";

export const DOLLAR = 1_000_000n;
/** What the channel paid in fees: 1 % of nine dollars. Token base units. */
export const CHANNEL_FEE = (9n * DOLLAR) / 100n;

/**
 * A channel of a new payer to the first provider whose fee is swept and collected: lot 1 is for sale, for the chain's next 130 seconds at
 * more than the payer has. The provider has stake, without which the vault takes no reward for it.
 */
export async function payChannelFee(chain: LocalChain, payerIndex = 10) {
  const { deployment } = chain;
  const { UsageChannels } = deployment.contracts;
  if (!UsageChannels) throw new Error("no channels");
  const [payer, provider] = [chain.walletOf(payerIndex), chain.walletOf(LOCAL_ACCOUNTS.providers[0])];
  await claimFaucet(payer, { deployment });
  await claimFaucet(provider, { deployment });
  await stake(provider, { deployment, amount: parseEther("1") });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const { channelId } = await openChannel(payer, {
    deployment,
    payee: provider.account.address,
    serviceId: keccak256(toHex("hosting")),
    tokenId: 1,
    amount: 10n * DOLLAR,
    expiresAt: (await chain.now()) + 36_000,
    sessionKey: sessionKey.address,
  });
  const terms = termsOf(deployment, await getChannel(chain.reader, { deployment, channelId }));
  const claim = { cumulative: 9n * DOLLAR, usageRoot: keccak256(toHex("usage")) };
  await redeemVouchers(provider, { deployment, vouchers: [await signVoucher(sessionKey, terms, claim)] });
  const hash = await payer.writeContract({
    address: UsageChannels,
    abi: usageChannelsAbi,
    functionName: "sweepFee",
    args: [channelId],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  await collectFees(payer, { deployment, tokenId: 1 });
  const lot = await getFeeLot(chain.reader, { deployment, tokenId: 1 });
  return { deployment, payer, provider, channelId, lot };
}
