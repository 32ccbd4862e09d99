import type { VoucherReceipt } from "@4ever/sdk/channels/delivery";
import { decodeVoucher, type Voucher, voucherSigner } from "@4ever/sdk/channels/vouchers";
import type { FastifyInstance } from "fastify";
import { type Address, isAddressEqual } from "viem";
import { z } from "zod";
import type { PayingChannel, VoucherPolicy, VoucherStore } from "../../domain/vouchers.ts";
import { createRate } from "./rate.ts";
import { VoucherRefusal } from "./refusals.ts";

/** A voucher in hex has 322 characters. */
const BODY_LIMIT_BYTES = 1_024;
/** Of one address, and of all together: to find who signed takes a millisecond or two of this process. */
const RATES = { one: { perSecond: 20, burst: 60 }, all: { perSecond: 200, burst: 400 } };
/** A payer may be a few blocks ahead of this keeper's node. */
const WAIT_FOR_CHANNEL_MS = 3_000;

const params = z.object({
  channelId: z
    .string()
    .regex(/^\d{1,17}$/)
    .transform(BigInt),
});
const body = z.object({ voucher: z.string().max(400) });

type VoucherRoutes = {
  chainId: number;
  channels: Address;
  provider: Address;
  store: VoucherStore;
  policy: Pick<VoucherPolicy, "coinPrices">;
  /** Time of the newest block. Unix seconds. */
  nowAt: () => number;
  nextChange: (ms: number) => Promise<void>;
  /** Something new may be due. */
  onDue: () => void;
  /** For counting: each voucher that came, by what became of it. */
  onVoucher: (result: string) => void;
};

/** Routes for payers: gives and shows what their channels have signed. A standby takes vouchers, too: the database is one. */
export function registerVouchers(server: FastifyInstance, options: VoucherRoutes): void {
  const { store, policy, provider, channels, chainId } = options;
  const isAllowed = { one: createRate(RATES.one), all: createRate(RATES.all) };

  async function findChannel(input: unknown): Promise<PayingChannel> {
    const { success, data } = params.safeParse(input);
    const channelId = success ? data.channelId : undefined;
    if (channelId !== undefined) {
      const deadline = performance.now() + WAIT_FOR_CHANNEL_MS;
      for (let left = WAIT_FOR_CHANNEL_MS; left > 0; left = deadline - performance.now()) {
        const channel = await store.channel(channelId);
        if (channel) return channel;
        await options.nextChange(left);
      }
    }
    const message = `no channel ${channelId ?? "of this number"} pays ${provider}`;
    const hint = "Check chain, number and payee; one that was only just opened needs a block or two.";
    throw new VoucherRefusal("channel_unknown", message, hint);
  }

  function checked({ channelId, locked, tokenId, endsAt, isClosed }: PayingChannel, voucher: Voucher): void {
    if (voucher.channelId !== channelId) {
      const message = `the voucher is of channel ${voucher.channelId}, not ${channelId}`;
      throw new VoucherRefusal("voucher_malformed", message, "Send it to its own channel.");
    }
    if (isClosed || endsAt <= options.nowAt()) {
      const message = `channel ${channelId} is ${isClosed ? "closed" : "over"}`;
      throw new VoucherRefusal("channel_over", message, "Open another channel.");
    }
    if (policy.coinPrices[tokenId] === undefined) {
      const message = `token ${tokenId} is not taken`;
      const taken = Object.keys(policy.coinPrices).join(", ");
      throw new VoucherRefusal("token_not_taken", message, `Close the channel, and open one in a token of: ${taken}.`);
    }
    if (voucher.cumulative > locked) {
      const message = `the voucher claims ${voucher.cumulative}, the channel locks ${locked}`;
      throw new VoucherRefusal("voucher_above_cap", message, "Top the channel up, and send it again.");
    }
  }

  const notHigher = (kept: bigint) =>
    new VoucherRefusal("voucher_not_higher", `${kept} is signed already`, "Sign a higher sum.", kept);

  function receipt({ channelId, redeemed, locked, endsAt }: PayingChannel, kept: bigint): VoucherReceipt {
    const [id, sum] = [channelId.toString(), kept.toString()];
    return { channelId: id, kept: sum, redeemed: redeemed.toString(), locked: locked.toString(), endsAt };
  }

  server.get("/channels/:channelId", async (request) => {
    limit(request.ip);
    const channel = await findChannel(request.params);
    return receipt(channel, await store.kept(channel));
  });

  server.post("/channels/:channelId/vouchers", { bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
    try {
      limit(request.ip);
      const answer = await take(request.params, request.body);
      options.onVoucher("taken");
      options.onDue();
      return answer;
    } catch (error) {
      if (error instanceof VoucherRefusal) options.onVoucher(error.problem.code);
      throw error;
    }
  });

  /** What costs little is looked at before what costs more: words, then rows, then the signature. */
  async function take(path: unknown, sent: unknown): Promise<VoucherReceipt> {
    const voucher = decodeVoucher(body.safeParse(sent).data?.voucher ?? "");
    if (!voucher) {
      const hint = 'Send {"voucher": "0x…"} with its five words, 320 hexadecimal digits.';
      throw new VoucherRefusal("voucher_malformed", "this is no voucher", hint);
    }
    const channel = await findChannel(path);
    checked(channel, voucher);
    const before = await store.kept(channel);
    if (voucher.cumulative <= before) throw notHigher(before);
    const { channelId, serviceId, sessionKey } = channel;
    const signer = await voucherSigner({ chainId, channels, channelId, payee: provider, serviceId }, voucher);
    if (!signer || !isAddressEqual(signer, sessionKey)) {
      const message = `${signer ?? "nobody"} signed the voucher, the channel's key is ${sessionKey}`;
      throw new VoucherRefusal("voucher_signature_foreign", message, "Sign with the channel's session key.");
    }
    const result = await store.keep(voucher);
    if (!result) throw new VoucherRefusal("voucher_above_cap", "the chain changed meanwhile", "Send it again.");
    if (result.added === 0n) throw notHigher(result.kept);
    return { ...receipt(channel, result.kept), added: result.added.toString() };
  }

  function limit(caller: string): void {
    if (isAllowed.one(caller) && isAllowed.all("")) return;
    throw new VoucherRefusal(
      "rate_limited",
      "too many vouchers at once",
      "Send only the latest, and not more than 20 a second.",
    );
  }
}
