import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Keeper } from "../../../keepers/src/keeper.ts";
import { getDeal, listDealIds } from "../../../sdk/src/deals.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { updateOffer } from "../../../sdk/src/offers.ts";
import { endOf } from "../../../sdk/src/periods.ts";
import { setEndpoint } from "../../../sdk/src/providers.ts";
import { createCustomer } from "../../helpers/command.ts";
import { enterProvider, MIB, UNIT_PRICE } from "../../helpers/story.ts";
import { runUntil, startWorld, type World } from "../../keepers/helpers/world.ts";

let world: World;
let keeper: Keeper;
let nextIndex = 20; // each test has a customer of its own
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start();
  const { deployment } = world.chain;
  await setEndpoint(world.provider, { deployment, endpoint: keeper.url, name: "Alpha\x1b[31m" });
});
afterAll(() => world.stop());

async function setup({ hasMoney = true } = {}) {
  const index = nextIndex++;
  if (hasMoney) await claimFaucet(world.chain.walletOf(index), world.chain);
  const customer = await createCustomer(world.chain, index);
  const site = await mkdtemp(join(world.directory, "site-"));
  await mkdir(join(site, "about"));
  await writeFile(join(site, "index.html"), `<h1>${index}</h1>`);
  await writeFile(join(site, "about", "index.html"), "x".repeat(200_000));
  await writeFile(join(site, ".env"), "SECRET=1");
  onTestFinished(() => customer.leave());
  onTestFinished(() => rm(site, { recursive: true }));
  return { ...customer, site };
}

/** A server in the place of a keeper. */
async function stubKeeper(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const dealOf = (dealId: bigint) => getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });

describe("4ever deploy", () => {
  it("refuses what cannot be hosted, before anything is paid", async () => {
    const { run, site, home } = await setup();
    const refused = async (args: string) => (await run(`deploy ${args} --yes`)).err;
    expect(await refused(join(site, "nowhere"))).toContain('nowhere" is not a directory that can be read.');
    expect(await refused(join(site, "index.html"))).toMatch(
      /is not a directory .+\nNothing was sent or paid\. Name a directory/,
    );
    await mkdir(join(site, "..", "hidden-only", ".git"), { recursive: true });
    expect(await refused(join(site, "..", "hidden-only"))).toMatch(
      /\(1 entries were skipped\)\.\n.+--hidden also takes/,
    );
    expect(await refused(`${site} --term never`)).toContain('"never" is not a term.');
    expect(await refused(`${site} --term 1`)).toContain(
      "No offer can take this deal now (offer 1: the term is out of its range).",
    );
    expect(await refused(`${site} --capacity 1KiB`)).toContain("more than the 1 KiB of --capacity.");
    expect(await refused(`${site} --capacity 2GiB`)).toContain("offer 1: too little free capacity");
    expect(await refused(`${site} --max-price 2.99`)).toContain("offer 1: dearer than --max-price");
    expect(await refused(`${site} --service render`)).toContain("No offer is for sale for this service and token.");
    expect(await refused(`${site} --offer 99`)).toContain("There is no offer 99.");
    expect(await refused(`${site} --deal 99`)).toContain("Deal 99 is unknown");
    expect(await run(`deploy ${site}`)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("Nothing was paid."),
    });
    expect((await run(`deploy ${site}`, ["n"])).err).toContain("Pay and host? [y/N] ");
    expect(await readdir(home)).toEqual(["keystore.json"]);
  });

  it("says what an account without money lacks", async () => {
    const { run, site } = await setup({ hasMoney: false });
    expect((await run(`deploy ${site} --yes`)).err).toMatch(/The account has 0 LUSD; this needs 0\.000\d+ LUSD\./);
  });

  it("builds, pays, uploads and prints the address, and tells the price before", async () => {
    const { run, site } = await setup();
    const { exitCode, out, err } = await run(`deploy ${site} --capacity 10MiB --term 4`, ["y"]);
    expect({ exitCode, err }).toMatchObject({ exitCode: 0 });
    expect(err).toMatch(/^2 files, [\d.]+ KiB: bafybei/);
    expect(err).toContain("Left out: .env (hidden).");
    expect(err).toContain(
      "Offer 1 of Alpha·[31m (0x90F79bf6EB2c4f870365E785982E1f101E93b906): 3 LUSD per GiB and 30 periods.\n" +
        "10 MiB for 1.3 minutes and 1 minute of grace cost at most 0.006836 LUSD; what is not proven comes back.",
    );
    expect(out).toMatch(/^Hosted by 0x90F79bf6EB2c4f870365E785982E1f101E93b906 as bafybei\w+\.\nhttp:\/\/bafybei/);

    const [, cid, url] = /as (bafybei\w+)\.\n(.+)$/.exec(out) ?? [];
    const { port } = new URL(keeper.url);
    expect(url).toContain(`${cid}.`);
    const { request } = await import("node:http");
    const body = await new Promise<string>((done, fail) => {
      const headers = { host: new URL(url ?? "").host };
      request({ host: "127.0.0.1", port, path: "/", headers }, async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        done(text);
      })
        .on("error", fail)
        .end();
    });
    expect(body).toMatch(/^<h1>\d+<\/h1>$/);
  });

  it("tells machines everything, waits for a proof when asked, and shows the deal afterwards", async () => {
    const { chain } = world;
    const { run, json, site, account } = await setup();
    const deployed = json(`deploy ${site} --capacity 10MiB --term 12h --yes --wait-proof`);
    let isDone = false;
    const watched = deployed.finally(() => {
      isDone = true;
    });
    await runUntil(chain, [keeper.url], async () => isDone);
    const result = await watched;
    expect(result).toMatchObject({
      exitCode: 0,
      ok: true,
      cid: expect.stringMatching(/^bafybei/),
      url: expect.stringContaining("http://bafybei"),
      provider: "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
      provenPeriod: expect.any(Number),
    });
    const dealId = BigInt(result.dealId as string);
    expect(await dealOf(dealId)).toMatchObject({ status: "active", customer: account, signer: account });

    expect((await run("deals")).out).toMatch(new RegExp(`^deal +status +.+\n${dealId} +active +10 MiB +\\d{4}-`));
    const { out } = await run(`status ${dealId}`);
    expect(out).toContain(`Deal        ${dealId}: active\nProvider    Alpha·[31m, 0x90F7`);
    expect(out).toMatch(/Term until {2}\d{4}-\d\d-\d\d .+ \(period \d+\)/);
    expect(await json(`status ${dealId}`)).toMatchObject({ ok: true, status: "active", symbol: "LUSD", index: null });
  });

  it("goes on with a deal whose upload broke, and with no other", async () => {
    const { chain, provider } = world;
    const { deployment } = chain;
    const { run, json, site } = await setup();
    const broken = await stubKeeper(async (request, response) => {
      if (request.url !== "/")
        return void response
          .writeHead(507)
          .end('{"error":{"code":"size_exceeds_disk","message":"the disk is full","hint":"Choose another provider."}}');
      response.end(await (await fetch(keeper.url)).text());
    });
    await setEndpoint(provider, { deployment, endpoint: broken, name: "Alpha" });
    const failed = await run(`deploy ${site} --yes`);
    expect(failed).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("The disk is full.\nChoose another provider."),
    });
    const [, command, number] = /go on with: 4ever (deploy .+ --deal (\d+))/.exec(failed.err) ?? [];
    expect(await dealOf(BigInt(number ?? 0))).toMatchObject({ status: "requested" });
    await setEndpoint(provider, { deployment, endpoint: keeper.url, name: "Alpha" });

    const other = await setup();
    expect((await other.run(`deploy ${other.site} --deal ${number}`)).err).toContain(
      `Deal ${number} is signed for by 0x`,
    );
    await writeFile(join(site, "new.html"), "new");
    expect((await run(command ?? "")).err).toContain("was requested for other content than this directory has now.");
    await rm(join(site, "new.html"));
    expect(await json(command ?? "")).toMatchObject({ ok: true, dealId: number });
    expect(await dealOf(BigInt(number ?? 0))).toMatchObject({ status: "active" });
    expect(await json(command ?? "")).toMatchObject({ ok: true, dealId: number }); // nothing is left to do
  });

  it("stops when interrupted, and says how to go on", async () => {
    const { chain, provider } = world;
    const { deployment } = chain;
    const { run, site, account } = await setup();
    const interruption = new AbortController();
    const silent = await stubKeeper(async (request, response) => {
      if (request.url === "/") return void response.end(await (await fetch(keeper.url)).text());
      interruption.abort(Object.assign(new Error("interrupted"), { name: "Interrupted" }));
    });
    await setEndpoint(provider, { deployment, endpoint: silent, name: "Alpha" });
    const { exitCode, err } = await run(`deploy ${site} --yes`, undefined, interruption.signal);
    await setEndpoint(provider, { deployment, endpoint: keeper.url, name: "Alpha" });
    expect(exitCode).toBe(130);
    expect(err).toMatch(/go on with: 4ever deploy .+ --deal \d+\nInterrupted\.$/);

    const [, number = ""] = /--deal (\d+)/.exec(err) ?? [];
    const again = await run(`deploy ${site} --yes`);
    expect(again).toMatchObject({ exitCode: 0, err: expect.stringContaining(`Deal ${number} was requested for this`) });
    expect(await listDealIds(chain.reader, { deployment, customer: account })).toEqual([BigInt(number)]);
    expect(await dealOf(BigInt(number))).toMatchObject({ status: "active" });
  });

  it("pays once when it runs twice at the same time", async () => {
    const { chain } = world;
    const { deployment } = chain;
    const { run, site, account, home } = await setup();
    const both = await Promise.all([run(`deploy ${site} --yes`), run(`deploy ${site} --yes`)]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    expect(both.map(({ err }) => err).join()).toContain(`Another run of this command (process ${process.pid}) is`);
    expect(await listDealIds(chain.reader, { deployment, customer: account })).toHaveLength(1);
    expect(await readdir(home)).toEqual(["keystore.json"]);
  });

  it("removes what killed runs left behind", async () => {
    const { run, site, home } = await setup();
    const { pid } = spawnSync(process.execPath, ["--version"]); // one that has ended
    await mkdir(join(home, `work-${pid}-abc`));
    await writeFile(join(home, `work-${pid}-abc`, "piece.car"), "half");
    await mkdir(join(home, `work-${process.pid}-other`));
    expect((await run(`deploy ${site}`)).err).toContain("Nothing was paid.");
    expect((await readdir(home)).sort()).toEqual(["keystore.json", `work-${process.pid}-other`]);
  });

  it("passes over providers that do not answer, answer for others, or have become dearer", async () => {
    const { chain } = world;
    const { deployment } = chain;
    const { run, site } = await setup();
    const cheap = await enterProvider(chain, 1);
    const terms = { unitPrice: UNIT_PRICE / 2n, capacityBytes: 1024n * MIB, minTermPeriods: 2, region: "eu" };
    await updateOffer(cheap.provider, { deployment, offerId: cheap.offerId, ...terms });
    const answering = async (endpoint: string) => {
      await setEndpoint(cheap.provider, { deployment, endpoint, name: "Cheap" });
      return (await run(`deploy ${site} --offer ${cheap.offerId} --yes`)).err;
    };
    expect(await answering("http://127.0.0.1:1")).toContain("cannot take this deal: its keeper does not answer.");
    expect(await answering(keeper.url)).toContain("its keeper serves another provider or network.");
    const { exitCode, err } = await run(`deploy ${site} --yes`);
    expect({ exitCode, err }).toMatchObject({ exitCode: 0, err: expect.stringContaining("Offer 1 of Alpha") });
    await updateOffer(cheap.provider, { deployment, offerId: cheap.offerId, ...terms, unitPrice: 2n * UNIT_PRICE });
  });
});

describe("4ever end", () => {
  it("withdraws a request, ends an active deal, waits, and gets the rest back", async () => {
    const { chain, provider } = world;
    const { deployment } = chain;
    const { run, json, site, account } = await setup();
    const { dealId } = await json(`deploy ${site} --capacity 10MiB --yes`);
    const number = BigInt(dealId as string);
    expect((await run(`end ${dealId}`)).err).toContain("The deal goes on.");
    expect((await run("end 999 --yes")).err).toContain("Deal 999 is unknown");
    expect(await run("end x --yes")).toMatchObject({ exitCode: 2 });

    expect(await json(`end ${dealId} --yes`)).toMatchObject({ ok: true, step: "end", status: "ending" });
    expect((await run(`end ${dealId} --yes`)).out).toMatch(/^The deal ended; its last period closes at .+ UTC\./);
    const { endPeriod } = await dealOf(number);
    await chain.goTo(endOf(deployment.parameters, endPeriod));
    const finished = await json(`end ${dealId} --yes`);
    expect(["finish", "over"]).toContain(finished.step); // the keeper may have been faster
    expect(await dealOf(number)).toMatchObject({ status: "finished", customer: account, left: 0n });
    expect((await run(`end ${dealId}`)).out).toMatch(
      /^The deal is finished; nothing is left to do\. The balance of 0x\w+ is [\d.]+ LUSD\.$/,
    );

    await writeFile(join(site, "index.html"), "<h1>Another</h1>"); // what the keeper holds already it would accept at once
    const silent = await stubKeeper(async (request, response) => {
      if (request.url === "/") return void response.end(await (await fetch(keeper.url)).text());
      response.writeHead(503).end("{}");
    });
    await setEndpoint(provider, { deployment, endpoint: silent, name: "Alpha" });
    const { err } = await run(`deploy ${site} --yes --term 3`);
    await setEndpoint(provider, { deployment, endpoint: keeper.url, name: "Alpha" });
    const [, waiting] = /--deal (\d+)/.exec(err) ?? [];
    expect((await run(`end ${waiting}`)).out).toMatch(/^The request is cancelled; 0\.000\d+ LUSD came back\./);
    expect(await dealOf(BigInt(waiting ?? 0))).toMatchObject({ status: "cancelled" });
  });
});
