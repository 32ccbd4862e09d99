import type { Command } from "commander";
import { getBlock } from "viem/actions";
import { explained } from "../../client.ts";
import { cancel, end, expire, finish } from "../../deal-ends.ts";
import { type Deal, getDeal } from "../../deals.ts";
import { endOf, firstOpenPeriod, formatTime, startOf } from "../../periods.ts";
import { getBalance, getToken } from "../../tokens.ts";
import { formatMoney } from "../../units.ts";
import { parseDealId } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed } from "../failure.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import { openWallet } from "../wallet.ts";

/** What brings a deal nearer to its end. */
type Step = "cancel" | "expire" | "end" | "finish" | "wait" | "over";

export function addEnd(program: Command, context: CommandContext): void {
  program
    .command("end")
    .description(
      "ends a deal: withdraws a request, ends an active deal at the next boundary, gets the rest back from an ended one",
    )
    .argument("<deal>", "number of the deal")
    .option("-y, --yes", "do not ask before ending")
    .action(async (number: string, _, command: Command) => {
      const { terminal, signal } = context;
      const options = optionsOf<{ yes?: boolean }>(command);
      const dealId = parseDealId(number);
      const network = await loadNetwork(terminal, options, signal);
      const account = await openWallet(terminal, signal);
      const client = await connect(network, account);
      const { deployment } = network;
      const before = await getDeal(client, { deployment, dealId });
      const { timestamp } = await explained({}, () => getBlock(client));
      const step = nextStep(before, network, Number(timestamp));
      if (
        step === "end" &&
        !(await isConfirmed(
          context,
          "End it at the next boundary? Its content will no longer be paid for.",
          options.yes,
        ))
      )
        throw new CommandFailed("The deal goes on.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      const actions = { cancel, expire, end, finish };
      if (step !== "wait" && step !== "over")
        await actions[step](client, { deployment, dealId, onStep: tell(terminal), signal });

      const [deal, token] = await Promise.all([
        getDeal(client, { deployment, dealId }),
        getToken(client, { deployment, tokenId: before.tokenId }),
      ]);
      const { available } = await getBalance(client, { deployment, account: before.customer, token });
      const returned = before.left - deal.left;
      const balance = `The balance of ${before.customer} is ${formatMoney(available, token)}.`;
      const value = {
        dealId,
        step,
        status: deal.status,
        endPeriod: deal.endPeriod,
        left: deal.left,
        balance: available,
      };
      const text = {
        cancel: `The request is cancelled; ${formatMoney(returned, token)} came back. ${balance}`,
        expire: `The request expired; ${formatMoney(returned, token)} went back. ${balance}`,
        end: `The deal ends at ${formatTime(startOf(deployment.parameters, deal.endPeriod))}. Afterwards get the rest back with: 4ever end ${dealId}`,
        finish: `The deal is finished: what was earned is paid, and the rest came back. ${balance}`,
        wait: `The deal ended; its last period closes at ${formatTime(closesAt(deal, network))}. Then get the rest back with: 4ever end ${dealId}`,
        over: `The deal is ${deal.status}; nothing is left to do. ${balance}`,
      }[step];
      printResult(context, options, value, text);
    });
}

/** Unix seconds at which the verdict on the last paid period is final. */
function closesAt({ endPeriod }: Deal, { deployment }: Network): number {
  return endOf(deployment.parameters, endPeriod);
}

function nextStep({ status, acceptBy, endPeriod }: Deal, { deployment }: Network, nowAt: number): Step {
  if (status === "requested") return nowAt > acceptBy ? "expire" : "cancel";
  if (status !== "active" && status !== "ending") return "over";
  if (firstOpenPeriod(deployment.parameters, nowAt) >= endPeriod) return "finish";
  return status === "active" ? "end" : "wait";
}
