import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Hex, keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { getChannel, termsOf } from "../../../sdk/src/channels/channels.ts";
import { encodeVoucher, signVoucher } from "../../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { register } from "../../../sdk/src/providers.ts";
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

describe("4ever channel sign", () => {
  const signed = async (payer: Awaited<ReturnType<typeof person>>, args: string) => {
    const { exitCode, voucher, cumulative } = await payer.json(`channel sign ${args}`);
    expect(exitCode).toBe(0);
    return { voucher: voucher as Hex, cumulative };
  };

  it("refuses what is no amount or use, more than the cap, and less than before", async () => {
    const { payer, open } = await setup();
    const channelId = await open();
    const refused = async (args: string) => (await payer.run(`channel sign ${args}`)).err;
    expect(await refused(`${channelId} 0`)).toContain("above zero");
    expect(await refused(`${channelId} 1 --usage 0x12`)).toContain("is not a hash");
    expect(await refused(`${channelId} 1 --from 11`)).toContain("never locked so much");
    expect(await refused(`${channelId}`)).toContain(`No voucher of channel ${channelId} was signed here.`);
    expect(await refused(`${channelId} 10.01`)).toContain("more than the cap of 10 LUSD");
    await signed(payer, `${channelId} 4`);
    expect(await refused(`${channelId} 3 --sum`)).toContain("4 LUSD were signed before");
    expect(await refused(`${channelId} 1 --from 3`)).toContain("Leave --from out.");
  });

  it("refuses a channel of another key, and one that is over", async () => {
    const { payer, provider, open } = await setup();
    const channelId = await open();
    expect((await provider.run(`channel sign ${channelId} 1`)).err).toContain("It is not yours.");
    await provider.run(`channel close ${channelId}`);
    expect((await payer.run(`channel sign ${channelId} 1`)).err).toContain(`Channel ${channelId} is closed`);
  });

  it("signs more each time, the latest again without an amount, and what it prints is redeemed", async () => {
    const { payer, provider, open } = await setup();
    const channelId = await open();
    const use = keccak256(toHex("what was used"));
    const { out, err } = await payer.run(`channel sign ${channelId} 1.5 --usage ${use}`);
    expect(out).toMatch(/^0x[0-9a-f]{320}$/);
    expect(err).toContain("Signed 1.5 LUSD in sum, 8.5 LUSD below the cap.");
    expect(await signed(payer, `${channelId}`)).toEqual({ voucher: out, cumulative: "1500000" });
    const second = await signed(payer, `${channelId} 2.5`);
    expect(second.cumulative).toBe("4000000");
    expect((await signed(payer, `${channelId} 6 --sum`)).cumulative).toBe("6000000");
    expect((await provider.run(`channel redeem ${second.voucher}`)).out).toContain("1 of 1 vouchers were paid.");
    const shown = await payer.run(`channel show ${channelId}`);
    expect(shown.out).toContain("10 LUSD, of which 4 LUSD are redeemed");
    expect(shown.out).toMatch(/Signed here +6 LUSD in sum/);
  });

  it("begins again after its book was lost only from what somebody knows, and not below what was redeemed", async () => {
    const { payer, provider, open } = await setup();
    const channelId = await open();
    const file = join(payer.home, "vouchers.db");
    const copy = await readFile(file);
    const { voucher } = await signed(payer, `${channelId} 5`);
    await provider.run(`channel redeem ${voucher}`);

    await writeFile(file, copy);
    expect((await payer.run(`channel sign ${channelId} 1`)).err).toContain("it is an old copy");
    await rm(file);
    const lost = await payer.run(`channel sign ${channelId} 1`);
    expect(lost.err).toContain(`This folder does not know what was signed of channel ${channelId}.`);
    expect(lost.err).toContain("at least 5 LUSD");
    expect((await payer.run(`channel sign ${channelId} 1 --from 4`)).err).toContain("At least 5 LUSD");
    expect((await signed(payer, `${channelId} 1 --from 7`)).cumulative).toBe("8000000");
    expect((await signed(payer, `${channelId} 1`)).cumulative).toBe("9000000");

    await writeFile(file, "no database".repeat(100));
    expect((await payer.run(`channel sign ${channelId} 1`)).err).toContain("is damaged");
  });

  it("gives a voucher to the payee's keeper when asked, and says when it did not take it", async () => {
    const { payer, open } = await setup();
    const channelId = await open();
    const nobody = await payer.json(`channel sign ${channelId} 1 --send`);
    expect(nobody).toMatchObject({ exitCode: 1, delivered: false, cumulative: "1000000" });

    const asked: string[] = [];
    const answers = [
      { status: 200, body: { kept: "1", redeemed: "0", locked: "9", endsAt: 1, added: "1" } },
      {
        status: 409,
        body: { error: { code: "token_not_taken", message: "token 1 is not taken", hint: "Take another." } },
      },
    ];
    const server = createServer(async (request, response) => {
      asked.push(`${request.method} ${request.url} ${Buffer.concat(await request.toArray())}`);
      const { status, body } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { deployment } = chain;
    const invite = deployment.invites?.find(({ invitee }) => invitee === payee)?.invite;
    const seat = { operator: localAccount(41).address, group: 1, endpoint: `http://127.0.0.1:${port}`, name: "Payee" };
    await register(chain.walletOf(PROVIDER), { deployment, ...seat, ...(invite && { invite }) });

    const taken = await payer.json(`channel sign ${channelId} --send`);
    expect(taken).toMatchObject({ exitCode: 0, delivered: true, voucher: nobody.voucher });
    expect(asked).toEqual([`POST /channels/${channelId}/vouchers {"voucher":"${nobody.voucher}"}`]);
    const refused = await payer.run(`channel sign ${channelId} 1 --send`);
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toMatch(/^0x[0-9a-f]{320}$/);
    expect(refused.err).toContain("It is signed, and the payee does not have it: Token 1 is not taken. Take another.");
    server.close();
    server.closeAllConnections();
    expect((await payer.run(`channel sign ${channelId} --send`)).err).toContain("does not answer. Try again later");
  });
});
