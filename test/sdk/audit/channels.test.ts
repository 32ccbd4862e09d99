import {
  createPublicClient,
  decodeFunctionData,
  encodeFunctionData,
  getEventSelector,
  type Hex,
  http,
  keccak256,
  numberToHex,
  toFunctionSelector,
  toHex,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditOptions, audit } from "../../../sdk/src/audit/audit.ts";
import {
  closeChannel,
  getChannel,
  openChannel,
  redeemVouchers,
  setPayout,
  termsOf,
  topUpChannel,
} from "../../../sdk/src/channels/channels.ts";
import { signVoucher } from "../../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { usageChannelsAbi } from "../../../sdk/src/generated/abis.ts";
import { type Change, startChangingProxy } from "../../helpers/changing-proxy.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";

const DOLLAR = 1_000_000n;
const HOSTING = keccak256(toHex("hosting"));
const sessionKey = privateKeyToAccount(generatePrivateKey());

let chain: LocalChain;
let proxy: Awaited<ReturnType<typeof startChangingProxy>>;
beforeAll(async () => {
  chain = await startLocalChain();
  await tellStory();
  proxy = await startChangingProxy(chain.rpcUrl);
});
afterAll(async () => {
  await proxy?.stop();
  await chain?.stop();
});

/** Two channels of one payer: one to its end with everything between, and one that goes on, to another payout account. */
async function tellStory() {
  const { deployment } = chain;
  const payer = chain.walletOf(20);
  const provider = chain.walletOf(LOCAL_ACCOUNTS.providers[0]);
  await claimFaucet(payer, { deployment });
  const open = async () => {
    const opening = {
      deployment,
      payee: provider.account.address,
      serviceId: HOSTING,
      tokenId: 1,
      amount: 10n * DOLLAR,
      expiresAt: (await chain.now()) + 3_600,
      sessionKey: sessionKey.address,
    };
    return (await openChannel(payer, opening)).channelId;
  };
  const sign = async (channelId: bigint, cumulative: bigint) => {
    const terms = termsOf(deployment, await getChannel(chain.reader, { deployment, channelId }));
    return signVoucher(sessionKey, terms, { cumulative, usageRoot: HOSTING });
  };
  const first = await open();
  await setPayout(provider, { deployment, payout: localAccount(40).address });
  await chain.goTo((await chain.now()) + 120);
  const second = await open();
  const above = await sign(second, 11n * DOLLAR);
  await redeemVouchers(provider, { deployment, vouchers: [await sign(first, 3n * DOLLAR), above] });
  await topUpChannel(payer, {
    deployment,
    channelId: second,
    amount: 5n * DOLLAR,
    expiresAt: (await chain.now()) + 7_200,
  });
  await redeemVouchers(provider, { deployment, vouchers: [await sign(first, 3_333_333n), above] });
  await closeChannel(payer, { deployment, channelId: first });
  const { closesAt = 0 } = await getChannel(chain.reader, { deployment, channelId: first });
  await chain.goTo(closesAt);
  await closeChannel(payer, { deployment, channelId: first });
}

function auditChanged(change: Change, options: Partial<AuditOptions> = {}) {
  proxy.setChange(change);
  const client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }), cacheTime: 0 });
  return audit(client, { deployment: chain.deployment, ...options });
}

type Log = { topics: Hex[]; data: Hex };
/** Adds one to the word of the data of the first event of its kind. */
const plusOne =
  (event: string, word: number): Change =>
  ({ method }, answer) => {
    const { result } = answer as { result: Log[] };
    const log =
      method === "eth_getLogs" ? result?.find(({ topics }) => topics[0] === getEventSelector(event)) : undefined;
    if (log) {
      const start = 2 + 64 * word;
      const value = BigInt(`0x${log.data.slice(start, start + 64)}`) + 1n;
      const words = numberToHex(value, { size: 32 }).slice(2);
      log.data = `${log.data.slice(0, start)}${words}${log.data.slice(start + 64)}` as Hex;
    }
    return answer;
  };
/** Changes what transactions called. */
const changeInput =
  (work: (input: Hex) => Hex): Change =>
  ({ method }, answer) => {
    const { result } = answer as { result: { input: Hex } };
    return method === "eth_getTransactionByHash"
      ? { ...(answer as object), result: { ...result, input: work(result.input) } }
      : answer;
  };

const REDEEMED = "VoucherRedeemed(uint256,uint96,uint96,bytes32)";

describe("audit of channels", () => {
  it("agrees with an honest chain, signatures included", async () => {
    const report = await audit(chain.reader, { deployment: chain.deployment, all: true });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [], counts: { vouchers: 3 } });
    expect(report.agreed.calldata).toBe(3);
  });

  it.each([
    ["what a voucher paid", REDEEMED, 1, "paid, net of the fee"],
    ["the sum of a voucher", REDEEMED, 0, "paid, net of the fee"],
    ["a cap", "ChannelToppedUp(uint256,uint96,uint96,uint40)", 1, "cap"],
    ["what a top-up locked", "ChannelToppedUp(uint256,uint96,uint96,uint40)", 0, "cap"],
    ["a refund", "ChannelClosed(uint256,uint96,uint96,uint96)", 2, "refund to the payer"],
    ["the fee", "ChannelClosed(uint256,uint96,uint96,uint96)", 1, "protocol fee"],
    [
      "the payout account",
      "ChannelOpened(uint256,address,address,bytes32,uint32,uint96,uint40,address,address,address,uint16)",
      6,
      "payout account in force",
    ],
    [
      "what an opening locked",
      "ChannelOpened(uint256,address,address,bytes32,uint32,uint96,uint40,address,address,address,uint16)",
      2,
      "locked amount",
    ],
  ])("finds a difference in %s", async (_, event, word, figure) => {
    const { outcome, differences } = await auditChanged(plusOne(event, word));
    expect(outcome).toBe("differ");
    expect(differences[0]).toMatchObject({ subject: expect.stringMatching(/^channel [12]$/), figure });
  });

  it("finds a payment that the ledger did not tell", async () => {
    const paid = getEventSelector("Paid(address,uint256,address,uint96)");
    const { differences } = await auditChanged(({ method }, answer) => {
      const { result, ...rest } = answer as { result: Log[] };
      return method === "eth_getLogs" && result
        ? { ...rest, result: result.filter(({ topics }) => topics[0] !== paid) }
        : answer;
    });
    expect(differences[0]).toMatchObject({ subject: "channel 1", figure: "event Paid of 2970000", found: "none" });
  });

  it("finds a signature that is not the session key's", async () => {
    const { differences } = await auditChanged(
      changeInput((data) => {
        const { functionName, args } = decodeFunctionData({ abi: usageChannelsAbi, data });
        if (functionName !== "redeemMany") return data;
        const vouchers = args[0].map((each) => ({ ...each, r: each.vs }));
        return encodeFunctionData({ abi: usageChannelsAbi, functionName, args: [vouchers] });
      }),
    );
    expect(differences[0]).toMatchObject({
      subject: "channel 1",
      figure: "key that signed 3000000 in sum",
      expected: sessionKey.address.toLowerCase(),
      place: { kind: "calldata", contract: "UsageChannels" },
    });
  });

  it("does not know what another contract redeemed, and calls nobody wrong", async () => {
    const { outcome, unknowns } = await auditChanged(
      changeInput((data) =>
        data.startsWith("0x") ? (`${toFunctionSelector("sweepFee(uint256)")}${"00".repeat(32)}` as Hex) : data,
      ),
      { all: true },
    );
    expect(outcome).toBe("unknown");
    expect(unknowns.map(({ subject }) => subject)).toEqual(["channel 1", "channel 1", "channel 2"]);
  });

  it("finds a contract's view that differs", async () => {
    const isView = (data: Hex) => data?.startsWith(toFunctionSelector("channelOf(uint256)"));
    const { differences } = await auditChanged(({ method, params }, answer) => {
      const [call] = (params ?? []) as { data: Hex }[];
      if (method !== "eth_call" || !call || !isView(call.data)) return answer;
      const { result, ...rest } = answer as { result: Hex };
      const at = 2 + 64 * 8; // redeemed
      return {
        ...rest,
        result: `${result.slice(0, at)}${numberToHex(7n, { size: 32 }).slice(2)}${result.slice(at + 64)}`,
      };
    });
    expect(differences[0]).toMatchObject({ figure: "redeemed", found: "7", place: { kind: "contract" } });
  });
});
