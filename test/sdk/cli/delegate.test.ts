import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { buyLot } from "../../../sdk/src/fees.ts";
import { getEpoch, recordFees } from "../../../sdk/src/rewards.ts";
import { getCut, setCut, stake } from "../../../sdk/src/stakes.ts";
import { createCustomer } from "../../helpers/command.ts";
import { payChannelFee } from "../../helpers/earned-reward.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
let index = 20; // each test has a delegator and a provider of its own
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

/** Somebody with EVER at a terminal, and a provider with a stake of ten. */
async function setup() {
  const { deployment } = chain;
  const [number, other] = [index++, index++];
  const wallet = chain.walletOf(other);
  await claimFaucet(chain.walletOf(number), { deployment });
  await claimFaucet(wallet, { deployment });
  await stake(wallet, { deployment, amount: parseEther("10") });
  const person = await createCustomer(chain, number);
  onTestFinished(() => person.leave());
  return { person, wallet, provider: wallet.account.address };
}

/** An index that answers so, whatever it is asked; gives the file of a dashboard that names it. */
async function serveIndex(data: object): Promise<string> {
  const server = createServer((_, response) => response.end(JSON.stringify({ data })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const subgraphUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(chain.directory, "dashboard.json");
  const dashboard = { deployment: chain.deployment, chain: { rpcUrl: chain.rpcUrl }, subgraphUrl };
  await writeFile(file, JSON.stringify(dashboard));
  return file;
}

describe("4ever delegate", () => {
  it("refuses what is no provider, amount or agreement, and what has no room, before anything is paid", async () => {
    const { person, provider } = await setup();
    const refused = async (args: string) => (await person.run(`delegate ${args}`)).err;
    expect(await refused("add somebody 5 --yes")).toContain('"somebody" is not an address');
    expect(await refused(`add ${provider} much --yes`)).toContain('"much" is not an amount');
    expect(await refused(`add ${provider} 5`)).toContain("Nothing was delegated.");
    expect(await refused(`add ${provider} 80.1 --yes`)).toContain("carries 80 EVER of delegations");
    expect(await refused(`undelegate ${provider} 1`)).toContain("You have 0 EVER with this provider.");
    expect(await refused(`withdraw ${provider}`)).toContain("No stake is thawing.");
    expect(await refused("list")).toContain("No index is named");
  });

  it("delegates, shows what it is, thaws a part and all, and pays it out", async () => {
    const { person, provider, wallet } = await setup();
    const { deployment } = chain;
    expect((await person.run(`delegate add ${provider} 40 --yes`)).out).toContain("Delegated 40 EVER.");
    await setCut(wallet, { deployment, cutBps: 1_250 });
    const shown = await person.run(`delegate show ${provider}`);
    expect(shown.out).toContain("40 EVER, with room for 40 EVER");
    expect(shown.out).toContain("0 %, 12.5 % from ");
    const { rise } = await getCut(chain.reader, { deployment, provider });
    expect(rise?.bps).toBe(1_250);

    expect((await person.run(`delegate undelegate ${provider} 15`)).out).toContain("15 EVER began to thaw.");
    expect((await person.run(`delegate undelegate ${provider} 26`)).err).toContain("You have 25 EVER");
    const thawing = await person.json(`delegate undelegate ${provider} all`);
    const tranches = thawing.tranches as { amount: string; thawsAt: number }[];
    expect(thawing).toMatchObject({ ok: true, amount: "0", shares: "0" });
    expect(tranches.map(({ amount }) => BigInt(amount))).toEqual([parseEther("15"), parseEther("25")]);
    expect((await person.run(`delegate withdraw ${provider}`)).err).toContain("still in its unbonding");
    await chain.goTo(Math.max(...tranches.map(({ thawsAt }) => thawsAt)));
    expect(await person.json(`delegate withdraw ${provider}`)).toMatchObject({ ok: true, tranches: [] });
  });

  it("promises a bounty for what thaws, shows it, and takes it back", async () => {
    const { person, provider } = await setup();
    expect((await person.run(`delegate bounty offer ${provider} 0.001 --yes`)).err).toContain("Nothing of yours thaws");
    await person.run(`delegate add ${provider} 40 --yes`);
    await person.run(`delegate undelegate ${provider} 15`);
    expect((await person.run(`delegate bounty show ${provider}`)).out).toContain("none");
    expect((await person.run(`delegate bounty take-back ${provider}`)).err).toContain("There is no bounty");
    expect((await person.run(`delegate bounty offer ${provider} much --yes`)).err).toContain('"much" is not an amount');
    expect((await person.run(`delegate bounty offer ${provider} 0.001`)).err).toContain("Nothing was promised.");

    const offered = await person.run(`delegate bounty offer ${provider} 0.001 --yes`);
    expect(offered.out).toContain("Promised 0.001 coin.");
    expect(offered.out).toContain("15 EVER and what began to thaw before it; thaws until ");
    const raised = await person.json(`delegate bounty offer ${provider} --yes`);
    expect(BigInt(raised.amountWei as string) > parseEther("0.001")).toBe(true);
    expect(await person.json(`delegate bounty take-back ${provider}`)).toMatchObject({ ok: true, amountWei: "0" });
  });

  it("lists the bounties of the index, and earns one once the stake has thawed", async () => {
    const { person, provider } = await setup();
    await person.run(`delegate add ${provider} 40 --yes`);
    const { tranches } = await person.json(`delegate undelegate ${provider} 15`);
    const [{ thawsAt }] = tranches as [{ thawsAt: number }];
    await person.run(`delegate bounty offer ${provider} 0.001 --yes`);
    const account = String((await person.json(`delegate bounty show ${provider}`)).account);
    const sent = {
      provider: { id: provider.toLowerCase() },
      account: { id: account.toLowerCase() },
      amountWei: parseEther("0.001").toString(),
      tranche: { number: "0", thawsAt: String(thawsAt) },
    };
    const dashboard = await serveIndex({ exitBounties: [sent] });
    expect((await person.run("delegate bounty list")).err).toContain("No index is named");
    expect((await person.run(`delegate bounty list --deployment ${dashboard}`)).out).toMatch(
      new RegExp(`${provider} +${account} +0.001 coin +\\d{4}-`),
    );

    const execute = `delegate bounty execute ${provider} ${account}`;
    expect((await person.run(execute)).exitCode).not.toBe(0);
    await chain.goTo(thawsAt);
    expect((await person.run(`delegate bounty list --deployment ${dashboard}`)).out).toMatch(/0\.001 coin +now/);
    expect((await person.run(`${execute} --least 0.002`)).exitCode).not.toBe(0);
    expect((await person.run(execute)).out).toContain(`Paid out what ${account} had thawed, and earned 0.001 coin.`);
    expect((await person.run(`delegate bounty show ${provider}`)).out).toContain("none");
  });

  it("lists the pools of the index that the dashboard names", async () => {
    const { person, provider } = await setup();
    const row = {
      id: provider.toLowerCase(),
      name: "Alder\u001b[31m",
      jailed: false,
      activeStake: parseEther("10").toString(),
      thawingStake: "0",
      delegatedStake: parseEther("60").toString(),
      delegatedThawingStake: "0",
      frozenStake: "0",
      slashedStake: "0",
      rewardedStake: "0",
      rewardedDelegation: "0",
      cutBps: 500,
      nextCutBps: 500,
      cutChangesAt: "0",
      poolIndex: ((2n ** 64n * 103n) / 100n + 1n).toString(),
      poolEpoch: 0,
      thawingPoolIndex: (2n ** 64n).toString(),
      thawingPoolEpoch: 0,
      proofCount: 30,
      missedCount: 10,
    };
    const file = await serveIndex({ providers: [row] });
    const { out } = await person.run(`delegate list --deployment ${file}`);
    expect(out).toContain(provider);
    expect(out).toMatch(/Alder·\[31m +10 EVER +60 EVER +20 EVER +5 % +3 % +0 EVER +75 %/);
    const listed = await person.json(`delegate list --deployment ${file}`);
    expect(listed).toMatchObject({
      ok: true,
      pools: [{ provider, room: parseEther("20").toString(), growthBps: 300 }],
    });
  });
});

describe("4ever reward", () => {
  it("tells what the running epoch promises, and claims what an ended one gave", async () => {
    const { deployment, payer, provider, channelId, lot } = await payChannelFee(chain);
    const person = await createCustomer(chain, LOCAL_ACCOUNTS.providers[0]);
    onTestFinished(() => person.leave());
    const account = localAccount(LOCAL_ACCOUNTS.providers[0]).address;
    expect(provider.account.address).toBe(account);
    expect((await person.run("reward claim")).out).toBe("Nothing can be claimed.");

    await chain.goTo(lot.startedAt + 140);
    const { price } = await buyLot(payer, { deployment, tokenId: 1, lotId: lot.lotId, maxPrice: parseEther("100") });
    await recordFees(payer, { deployment, channelId });
    const { epoch, endsAt } = await getEpoch(chain.reader, { deployment });
    const running = await person.json("reward show");
    expect(running).toMatchObject({
      ok: true,
      epoch: epoch.toString(),
      due: [],
      forecast: ((price * 9n) / 10n).toString(),
    });

    await chain.goTo(endsAt);
    expect((await person.run("reward show")).out).toContain(`, of epoch ${epoch}`);
    const stranger = await createCustomer(chain, index++);
    onTestFinished(() => stranger.leave());
    const claimed = await stranger.json(`reward claim --provider ${account}`);
    expect(claimed).toMatchObject({ ok: true, provider: account, sum: ((price * 9n) / 10n).toString() });
    expect((await stranger.run(`reward claim --provider ${account}`)).out).toBe("Nothing can be claimed.");
  });
});
