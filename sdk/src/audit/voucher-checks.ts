import { decodeFunctionData, type Hash } from "viem";
import { termsOf } from "../channels/channels.ts";
import { type Voucher, voucherSigner } from "../channels/vouchers.ts";
import type { ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { usageChannelsAbi } from "../generated/abis.ts";
import { type AuditEvent, type AuditTransaction, inputsOf } from "./chain.ts";
import { type AuditedChannel, subjectOfChannel } from "./channels-model.ts";
import { type Findings, keyOf } from "./difference.ts";

type Redeemed = AuditEvent & { eventName: "VoucherRedeemed" };

/** Vouchers as they stood in the calls that redeemed them, and whose key signed them. */
export class VoucherChecks {
  readonly #deployment: Deployment;
  readonly #findings: Findings;
  readonly #vouchers: ReadonlyMap<Hash, readonly Voucher[] | undefined>;

  private constructor(
    { deployment, findings }: { deployment: Deployment; findings: Findings },
    vouchers: ReadonlyMap<Hash, readonly Voucher[] | undefined>,
  ) {
    this.#deployment = deployment;
    this.#findings = findings;
    this.#vouchers = vouchers;
  }

  /** Fetches the inputs of redemptions. */
  static async load(
    client: ProtocolClient,
    parts: { deployment: Deployment; findings: Findings },
    transactions: readonly AuditTransaction[],
    signal?: AbortSignal,
  ): Promise<VoucherChecks> {
    const redeeming = transactions.filter(({ events }) =>
      events.some(({ eventName }) => eventName === "VoucherRedeemed"),
    );
    const hashes = redeeming.map(({ hash }) => hash);
    const inputs = await inputsOf(client, hashes, signal);
    const { UsageChannels } = parts.deployment.contracts;
    const vouchers = [...inputs].map(([hash, { to, input }]) => {
      const isDirect = to !== null && UsageChannels !== undefined && keyOf(to) === keyOf(UsageChannels);
      return [hash, isDirect ? vouchersIn(input) : undefined] as const;
    });
    return new VoucherChecks(parts, new Map(vouchers));
  }

  /** Checks who signed what an event says was paid. */
  async check(transaction: AuditTransaction, { args }: Redeemed, channel: AuditedChannel): Promise<void> {
    const { channelId, cumulative, usageRoot } = args;
    const subject = subjectOfChannel(channelId);
    const vouchers = this.#vouchers.get(transaction.hash);
    if (!vouchers) {
      const reason = `Transaction ${transaction.hash} calls another contract, which redeemed; its input does not show the voucher.`;
      return this.#findings.unknown({ subject, reason });
    }
    const place = { kind: "calldata", contract: "UsageChannels", call: "redeem" } as const;
    const where = { subject, place, block: transaction.blockNumber, transaction: transaction.hash };
    const same = vouchers.filter(
      (each) =>
        each.channelId === channelId && each.cumulative === cumulative && keyOf(each.usageRoot) === keyOf(usageRoot),
    );
    const terms = termsOf(this.#deployment, channel);
    const signers = await Promise.all(same.map((voucher) => voucherSigner(terms, voucher)));
    const found = signers.find((signer) => signer && keyOf(signer) === keyOf(channel.sessionKey)) ?? signers[0];
    this.#findings.compare(where, `key that signed ${cumulative} in sum`, channel.sessionKey, found);
  }
}

/** What a direct call redeems; undefined when it is another call. */
function vouchersIn(input: `0x${string}`): readonly Voucher[] | undefined {
  const { functionName, args } = decodeFunctionData({ abi: usageChannelsAbi, data: input });
  if (functionName === "redeem") return [args[0]];
  return functionName === "redeemMany" ? args[0] : undefined;
}
