import { keccak256, parseEther, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { serviceCatalogAbi } from "../../../sdk/src/generated/abis.ts";
import { delegate, stake } from "../../../sdk/src/stakes.ts";
import { createCustomer } from "../../helpers/command.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";

type Person = Awaited<ReturnType<typeof createCustomer>>;

let chain: LocalChain;
let treasury: Person;
let voter: Person;
beforeAll(async () => {
  chain = await startLocalChain();
  treasury = await createCustomer(chain, LOCAL_ACCOUNTS.council);
  voter = await createCustomer(chain, 20);
  await claimFaucet(chain.walletOf(20), chain);
});
afterAll(async () => {
  await treasury?.leave();
  await voter?.leave();
  await chain?.stop();
});

const FEE_CALL = "ServiceCatalog.setService:name=hosting,feeBps=2.5";
const feeBps = async () => {
  const { ServiceCatalog: address } = chain.deployment.contracts;
  const args = [keccak256(toHex("hosting"))] as const;
  const service = await chain.reader.readContract({ address, abi: serviceCatalogAbi, functionName: "serviceOf", args });
  return service.feeBps;
};
/** Goes to a moment that a JSON answer names. */
const passed = async (at: unknown) => chain.goTo(Number(at) + 1);

describe("4ever votes", () => {
  it("refuses what is no account", async () => {
    expect((await voter.run("votes delegate nobody")).err).toContain('"nobody" is not an address');
  });

  it("tells that tokens vote only once they are delegated, and what is missing to propose", async () => {
    const before = await voter.run("votes show");
    expect(before.out).toContain("10000 EVER, which nobody votes with: delegate it");
    expect(before.out).toContain("1000 EVER are missing of 1000 EVER");
    expect(await voter.json("votes show")).toMatchObject({
      ok: true,
      tokens: "0",
      delegate: null,
      missing: `${parseEther("1000")}`,
    });
    expect((await treasury.run("votes delegate self")).out).toContain(`${treasury.account} votes with your EVER.`);
    await voter.run(`votes delegate ${voter.account}`);
    await chain.goTo((await chain.now()) + 2);
    expect((await voter.run("votes show")).out).toMatch(/To propose +enough/);
    expect((await treasury.json(`votes show ${voter.account}`)).tokens).toBe(`${parseEther("10000")}`);
  });

  it("tells stake votes by pools: a provider's whole, a delegator's part", async () => {
    const provider = localAccount(LOCAL_ACCOUNTS.council).address;
    await stake(chain.walletOf(LOCAL_ACCOUNTS.council), { ...chain, amount: parseEther("100") });
    await delegate(chain.walletOf(20), { ...chain, provider, amount: parseEther("7") });
    await chain.goTo((await chain.now()) + 2);
    expect((await treasury.run("votes show")).out).toContain(`107 EVER at ${provider}`);
    const part = await voter.run(`votes show --pools ${provider}`);
    expect(part.out).toMatch(new RegExp(`Pool +7 EVER at ${provider}`));
  });
});

describe("4ever proposal", () => {
  it("refuses what cannot be proposed, before it asks or sends", async () => {
    const refused = async (args: string) => (await treasury.run(`proposal ${args}`)).err;
    expect(await refused("propose Nothing --yes")).toContain("Nothing is proposed.");
    expect(await refused("propose X --yes --call ServiceCatalog.explode")).toContain("cannot be proposed by its name");
    expect(await refused("propose X --yes --call ServiceCatalog.setToken:token=1")).toContain(
      '"token" is no value of ServiceCatalog.setToken.',
    );
    expect(await refused("propose X --yes --call ServiceCatalog.setService:name=hosting,feeBps=5.01")).toContain(
      "Fee: the contracts take 0 % to 5 %, whatever is voted.",
    );
    expect(await refused("propose X --yes --raw 0x12")).toContain('"0x12" is not a call.');
    expect(await refused(`propose X --call ${FEE_CALL}`)).toContain("Nothing was proposed.");
    expect(await refused("show 123")).toContain("There is no proposal 123.");
    expect(await refused("show first")).toContain('"first" is not the number of a proposal.');
    expect(await refused("vote 123 maybe")).toContain('"maybe" is no vote.');
  });

  it("lists what can be proposed, with its bounds", async () => {
    const { out } = await treasury.run("proposal calls");
    expect(out).toContain("ServiceCatalog.setService: Change or add a service");
    expect(out).toContain("  feeBps: Fee; 0 % to 5 %; Of what providers are paid in new deals.");
    expect(out).toContain("  newVotingPeriod: Time to vote; 10 seconds to 720 hours");
    expect((await treasury.json("proposal calls")).bounds).toMatchObject({ quorumBps: { min: "100", max: "3000" } });
  });

  it("refuses somebody without enough votes, and says how many it takes", async () => {
    const stranger = await createCustomer(chain, 21);
    const { err } = await stranger.run(`proposal propose X --yes --call ${FEE_CALL}`);
    await stranger.leave();
    expect(err).toContain("The account has the votes of 0 EVER; to propose takes 1000 EVER.");
  });

  it("changes a fee: proposed, voted by pools and tokens, queued, executed", async () => {
    const provider = treasury.account;
    const asked = await treasury.run(`proposal propose Dearer --description because --call ${FEE_CALL}`, ["y"]);
    expect(asked.err).toContain("- New deals of the service hosting pay a fee of 2.5 %");
    expect(asked.out).toContain("Fee: 1 % → 2.5 %");
    const { proposals } = (await voter.json("proposal list")) as unknown as {
      proposals: { proposalId: string; snapshotAt: number }[];
    };
    const [proposal] = proposals;
    const id = proposal?.proposalId ?? "";
    expect(id).toMatch(/^\d{60,78}$/);
    expect((await voter.run("proposal list")).out).toContain("pending");
    expect((await voter.run(`proposal vote ${id} for`)).err).toContain("The vote has not begun.");
    expect((await voter.run(`proposal queue ${id}`)).err).toContain("not in the state");

    await passed(proposal?.snapshotAt);
    expect((await voter.run(`proposal vote ${id} against --pools ${provider} --reason dear`)).out).toContain(
      "You voted against.",
    );
    expect((await voter.run(`proposal vote ${id} against --tokens-only`)).err).toContain("This account has voted");
    const short = id.slice(0, 12);
    const voted = await treasury.json(`proposal vote ${short} for`);
    expect(voted).toMatchObject({
      state: "active",
      votes: { for: `${parseEther("100000000")}`, against: `${parseEther("10000")}`, abstain: "0" },
    });

    await passed(voted.deadlineAt);
    const queued = await voter.json(`proposal queue ${short}`);
    expect(queued).toMatchObject({
      ok: true,
      state: "queued",
      calls: [{ changes: [{ what: "Fee", before: "1 %", after: "2.5 %" }] }],
    });
    expect((await voter.run(`proposal execute ${short}`)).exitCode).toBe(1);
    await passed(queued.readyAt);
    expect(await feeBps()).toBe(100);
    expect((await voter.run(`proposal execute ${short}`)).out).toContain("It is executed.");
    expect(await feeBps()).toBe(250);
    expect((await voter.run(`proposal show ${short}`)).out).toMatch(/, executed/);
  });

  it("withdraws its proposer's own before the vote, and nobody else's; an unknown call is shown as it is", async () => {
    const { DealMarket } = chain.deployment.contracts;
    const made = await treasury.json(`proposal propose Strange --yes --raw ${DealMarket}:0x12345678`);
    expect(made.calls).toMatchObject([{ isKnown: false }]);
    const id = made.proposalId as string;
    const { out } = await voter.run(`proposal show ${id}`);
    expect(out).toContain("not known to be governed");
    expect(out).toContain(`${DealMarket}: 0x12345678`);
    expect((await voter.run(`proposal cancel ${id}`)).err).toContain("Only its proposer can withdraw a proposal");
    // However long all this took, the vote has not begun for the chain.
    await chain.test.setNextBlockTimestamp({ timestamp: BigInt((await chain.now()) + 1) });
    expect((await treasury.run(`proposal cancel ${id}`)).out).toContain("It is withdrawn.");
  });
});
