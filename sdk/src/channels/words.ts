/** `IUsageChannels.Status` by its numbers; 0 is no channel. */
export const CHANNEL_STATUSES = [undefined, "open", "closing", "over", "closed"] as const;

/** Where a channel stands. One that is `over` pays nothing any more and waits for somebody to close it. */
export type ChannelStatus = NonNullable<(typeof CHANNEL_STATUSES)[number]>;

/** `IUsageChannels.Refusal` by its numbers; 0 is a voucher that is paid. */
export const REFUSALS = [
  undefined,
  "channel-unknown",
  "channel-closed",
  "channel-over",
  "not-higher",
  "cap-exceeded",
  "signature-invalid",
] as const;

/** Why a voucher is not paid. */
export type Refusal = NonNullable<(typeof REFUSALS)[number]>;

/** What each refusal means, as a fragment of a sentence. */
export const refusalWords: { readonly [reason in Refusal]: string } = {
  "channel-unknown": "its channel was never opened",
  "channel-closed": "its channel is closed",
  "channel-over": "its channel's time is over",
  "not-higher": "as much, or more, was redeemed before",
  "cap-exceeded": "it claims more than the channel ever locked",
  "signature-invalid": "the channel's session key did not sign it",
};
