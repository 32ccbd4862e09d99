import { formatEver } from "@4ever/sdk/units";
import { bindContracts } from "../../chain/contracts.ts";
import { type Finding, ok, type Subject, warning } from "./check.ts";

/** Whether the key can buy what its operator wants it to. */
export async function checkAuctions({ client, config, deployment, account }: Subject): Promise<Finding> {
  const { auctions } = config;
  if (!auctions) return ok("no fees are bought");
  const { ever, router } = bindContracts(client, deployment.contracts);
  if (!router) return warning("this deployment sells no fees", "Take `auctions` out of the configuration.");
  const [balance, floor] = await Promise.all([ever.read.balanceOf([account]), router.read.FLOOR_PRICE()]);
  const { maxLotEver } = auctions;
  if (maxLotEver < floor)
    return warning(
      `maxLotEver is ${formatEver(maxLotEver)}, and no lot is sold below ${formatEver(floor)}`,
      "Raise auctions.maxLotEver, or take `auctions` out of the configuration.",
    );
  if (balance < floor)
    return warning(
      `the key has ${formatEver(balance)}, and no lot is sold below ${formatEver(floor)}`,
      `Send EVER to ${account}: what it buys is paid from there.`,
    );
  return ok(`at most ${formatEver(maxLotEver)} for a lot, out of ${formatEver(balance)}`);
}
