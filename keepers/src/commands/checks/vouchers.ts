import { formatSpan } from "@4ever/sdk/periods";
import { bindContracts } from "../../chain/contracts.ts";
import type { WaitingVoucher } from "../../domain/vouchers.ts";
import { type Finding, failed, ok, type Subject, warning } from "./check.ts";

/** Whether vouchers are redeemed before a payer's close window ends, and what waits. */
export async function checkVouchers(
  { client, config, deployment }: Subject,
  waiting: readonly WaitingVoucher[],
): Promise<Finding> {
  const { channels } = bindContracts(client, deployment.contracts);
  if (!config.vouchers) {
    if (waiting.length === 0) return ok("none are taken");
    return failed(
      `${waiting.length} are kept, and none are redeemed any more`,
      "Set `vouchers` in the configuration again, until they are.",
    );
  }
  if (!channels) return warning("this deployment has no channels", "Take `vouchers` out of the configuration.");
  const window = Number(await channels.read.CLOSE_WINDOW());
  const { marginSeconds } = config.vouchers;
  if (marginSeconds >= window) {
    const detail = `marginSeconds is ${formatSpan(marginSeconds)}, the contract's close window ${formatSpan(window)}`;
    return warning(
      detail,
      "Set it below the window: now every channel that is closed is redeemed at any price above the gas.",
    );
  }
  return ok(`${waiting.length} wait, redeemed ${formatSpan(marginSeconds)} before a channel ends at the latest`);
}
