import { type Hex, keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { getChannel, termsOf } from "../../../sdk/src/channels/channels.ts";
import { encodeVoucher, signVoucher } from "../../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { createCustomer } from "../../helpers/command.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
let index = 20; // each test has a payer of its own
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const PROVIDER = LOCAL_ACCOUNTS.providers[0];
const payee = localAccount(PROVIDER).address;
const person = async (number: number) => {
  const found = await createCustomer(chain, number);
  onTestFinished(() => found.leave());
  return found;
};

async function setup() {
  const number = index++;
  await claimFaucet(chain.walletOf(number), chain);
  const [payer, provider] = [await person(number), await person(PROVIDER)];
  /** A voucher of the payer's own key. */
  const sign = async (channelId: bigint, cumulative: bigint): Promise<Hex> => {
    const { deployment } = chain;
    const terms = termsOf(deployment, await getChannel(chain.reader, { deployment, channelId }));
    const claim = { cumulative, usageRoot: keccak256(toHex("usage")) };
    return encodeVoucher(await signVoucher(localAccount(number), terms, claim));
  };
  const open = async () => {
    const { channelId } = await payer.json(`channel open ${payee} 10 --service hosting --yes`);
    return BigInt(channelId as string);
  };
  return { payer, provider, sign, open };
}

describe("4ever channel", () => {
  it("refuses what is no amount, time, voucher or channel, before anything is paid", async () => {
    const { payer } = await setup();
    const refused = async (args: string) => (await payer.run(`channel ${args}`)).err;
    expect(await refused(`open ${payee} 10 --yes`)).toContain("--service");
    expect(await refused(`open nobody 10 --service hosting --yes`)).toContain('"nobody" is not an address');
    expect(await refused(`open ${payee} 10 --service hosting --term soon --yes`)).toContain('"soon" is not a time');
    expect(await refused(`open ${payee} 10 --service hosting --term 1s --yes`)).toContain("cannot expire before");
    expect(await refused(`open ${payee} 10 --service magic --yes`)).toContain("does not list this service");
    expect(await refused(`open ${payee} 10 --service hosting`)).toContain("Nothing was paid.");
    expect(await refused("show 99")).toContain("There is no channel 99.");
    expect(await refused("show first")).toContain('"first" is not the number of a channel.');
    expect(await refused("redeem 0x12")).toContain('"0x12" is not a voucher');
  });

  it("opens, tops up, pays the payee, tells what was refused, and closes", async () => {
    const { payer, provider, sign, open } = await setup();
    const channelId = await open();
    expect((await payer.run(`channel top-up ${channelId} 5`)).out).toContain("Added 5 LUSD.");
    const [good, above] = [await sign(channelId, 4_000_000n), await sign(channelId, 99_000_000n)];
    const { out } = await provider.run(`channel redeem ${good} ${above}`);
    expect(out).toBe(
      `1 of 2 vouchers were paid.\nOne of channel ${channelId} was not: it claims more than the channel ever locked.`,
    );
    const shown = await payer.run(`channel show ${channelId}`);
    expect(shown.out).toContain("15 LUSD, of which 4 LUSD are redeemed");
    expect((await payer.run(`channel close ${channelId}`)).out).toContain(`4ever channel close ${channelId}, after`);
    expect((await payer.run(`channel close ${channelId}`)).err).toContain("is being closed");
    expect(await provider.json(`channel close ${channelId}`)).toMatchObject({ ok: true, status: "closed" });
  });
});
