import type { Command } from "commander";
import type { Address } from "viem";
import type { ProtocolClient } from "../../client.ts";
import { formatTime } from "../../periods.ts";
import { claimReward, type DueReward, getEpoch, getReward, listDueRewards } from "../../rewards.ts";
import { getToken, type TokenInfo } from "../../tokens.ts";
import { formatEver, formatMoney } from "../../units.ts";
import { parseAddress, parsed } from "../arguments.ts";
import { type CommandContext, optionsOf, printResult, tell } from "../context.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts } from "../terminal.ts";
import { walletAddress } from "../wallet.ts";
import { openNetwork } from "./channel-signing.ts";

interface RewardsOptions {
  provider?: Address;
  token?: Address;
}

const PROVIDER = ["--provider <address>", "whose rewards (default: your account's)", parsed(parseAddress)] as const;
const TOKEN = ["--token <address>", "another token than the network's own", parsed(parseAddress)] as const;

/** Rewards: EVER for fees that were paid and recorded, shared with the delegators. */
export function addRewards(program: Command, context: CommandContext): void {
  const group = program.command("reward").description("EVER that a provider and its delegators get for paid fees");

  group
    .command("show")
    .description("shows what can be claimed, and what the running epoch promises")
    .option(...PROVIDER)
    .option(...TOKEN)
    .action(async (_, command: Command) => {
      const options = optionsOf<RewardsOptions>(command);
      const provider = options.provider ?? (await walletAddress(context.terminal));
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      await printRewards(context, options, {
        client,
        network,
        provider,
        token: await tokenOf(client, network, options),
      });
    });

  group
    .command("claim")
    .description("mints what can be claimed into the provider's stake and its delegators'; anybody may")
    .option(...PROVIDER)
    .option(...TOKEN)
    .action(async (_, command: Command) => {
      const options = optionsOf<RewardsOptions>(command);
      const { client, network, account } = await openNetwork(context, options);
      const provider = options.provider ?? account.address;
      const token = await tokenOf(client, network, options);
      const { deployment } = network;
      const claimed: (DueReward & { hash: string })[] = [];
      for (const due of await listDueRewards(client, { deployment, provider, tokenIds: [token.tokenId] })) {
        const action = { deployment, provider, ...due, onStep: tell(context.terminal), signal: context.signal };
        const { amount, hash } = await claimReward(client, action);
        claimed.push({ ...due, reward: amount, hash });
      }
      const sum = claimed.reduce((total, { reward }) => total + reward, 0n);
      const text = claimed.length === 0 ? "Nothing can be claimed." : `Claimed ${formatEver(sum)} for ${provider}.`;
      printResult(context, options, { provider, claimed, sum }, text);
    });
}

function tokenOf(client: ProtocolClient, { deployment }: Network, { token }: RewardsOptions): Promise<TokenInfo> {
  return getToken(client, { deployment, ...(token && { token }) });
}

async function printRewards(
  context: CommandContext,
  options: GlobalOptions,
  {
    client,
    network: { deployment },
    provider,
    token,
  }: { client: ProtocolClient; network: Network; provider: Address; token: TokenInfo },
): Promise<void> {
  const { tokenId } = token;
  const { epoch, endsAt } = await getEpoch(client, { deployment });
  const [running, due] = await Promise.all([
    getReward(client, { deployment, provider, epoch, tokenId }),
    listDueRewards(client, { deployment, provider, tokenIds: [tokenId] }),
  ]);
  const { fees, reward } = running;
  const sum = due.reduce((total, each) => total + each.reward, 0n);
  const text = facts([
    ["Provider", provider],
    ["Can be claimed", due.length === 0 ? "nothing" : `${formatEver(sum)}, of ${epochsIn(due)}`],
    ["Running epoch", `${epoch}, until ${formatTime(endsAt)}`],
    ["Recorded in it", formatMoney(fees, token)],
    ["Would earn now", `${formatEver(reward)}: what others record lowers it, what is burned raises it`],
  ]);
  printResult(context, options, { provider, tokenId, due, sum, epoch, endsAt, fees, forecast: reward }, text);
}

function epochsIn(due: readonly DueReward[]): string {
  return due.length === 1 ? `epoch ${due[0]?.epoch}` : `${due.length} epochs`;
}
