import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { decodeInvite } from "../../../sdk/src/invites/code.ts";
import type { IssuerCall } from "../../../sdk/src/invites/issuing.ts";
import { register } from "../../../sdk/src/providers.ts";
import { createCustomer } from "../../helpers/command.ts";
import { createContractIssuer } from "../../helpers/contract-issuer.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const person = async (index: number) => {
  const found = await createCustomer(chain, index);
  onTestFinished(() => found.leave());
  return found;
};
type Listed = { exitCode: number; invitations: { code: string; state?: string; invitation?: string }[] };

/** The provider of an account enters with an invitation. */
async function enter(index: number, invite: string) {
  const { deployment } = chain;
  const wallet = chain.walletOf(index);
  const seat = { operator: wallet.account.address, group: 1, endpoint: "https://provider.example", name: "Example" };
  await register(wallet, { deployment, ...seat, invite });
}

describe("4ever invite", () => {
  it("refuses an account that may not invite, and what is unclear", async () => {
    const { run } = await person(20);
    expect(await run("invite create")).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("may let nobody in.\nGovernance names who may invite"),
    });
    for (const count of ["0", "many", "10001"]) expect((await run(`invite batch ${count}`)).exitCode).toBe(2);
    expect((await run("invite revoke")).err).toContain("Give links or codes, or --all.");
    expect((await run("invite revoke nonsense")).err).toContain("This is not an invitation.");
    expect((await run("invite list")).out).toContain("may let in 0 more. This folder has issued nothing.");
  });

  it("issues one and a batch, tells what became of each, and takes back what was not used", async () => {
    const { run, json, home } = await person(LOCAL_ACCOUNTS.inviter);
    const single = (await json("invite create --valid 2d")) as Listed;
    const [one] = single.invitations;
    const batch = (await json("invite batch 3")) as Listed;
    const [first, second, third] = batch.invitations.map(({ code }) => code);
    if (!one || !first || !second || !third) throw new Error("nothing was issued");
    expect(await decodeInvite(chain.deployment, third)).toMatchObject({ index: 3, count: 3 });
    const [file = ""] = (await readdir(home)).filter((name) => name.startsWith("invites-"));
    expect((await stat(join(home, file))).mode & 0o777).toBe(0o600);

    await enter(21, first);
    expect(await json(`invite revoke ${second}`)).toMatchObject({ ok: true, revoked: 1 });
    const states = async () => {
      const { invitations } = (await json("invite list")) as Listed;
      return invitations.map(({ state, invitation }) => `${invitation} ${state}`);
    };
    expect(await states()).toEqual(["1 of 1 unused", "1 of 3 used", "2 of 3 revoked", "3 of 3 unused"]);
    await expect(enter(22, second)).rejects.toMatchObject({ code: "InviteRevoked" });

    await run(`invite revoke --batch ${third}`);
    expect(await states()).toEqual(["1 of 1 unused", "1 of 3 used", "2 of 3 revoked", "3 of 3 revoked"]);
    expect((await run("invite revoke --all")).err).toContain("Nothing was revoked.");
    expect(await json("invite revoke --all --yes")).toMatchObject({ revoked: "all" });
    expect((await states())[0]).toBe("1 of 1 revoked");
  });

  it("prints what an issuer that is a contract has to send, and what became of it", async () => {
    const { run, json } = await person(24);
    const { issuer, send } = await createContractIssuer(chain, 1);
    type Calls = { exitCode: number; calls: IssuerCall[] };
    const made = (await json(`invite batch 2 --issuer ${issuer}`)) as Listed & { call: IssuerCall };
    const [first, second] = made.invitations.map(({ code }) => code);
    if (!first || !second) throw new Error("nothing was issued");
    const states = async () => {
      const { invitations } = (await json(`invite list --issuer ${issuer}`)) as Listed;
      return invitations.map(({ state }) => state);
    };
    expect(await states()).toEqual(["waiting", "waiting"]);
    await send(made.call);
    expect(await states()).toEqual(["unused", "unused"]);
    await enter(24, first);
    expect(await states()).toEqual(["used", "stopped"]);

    const { out, err } = await run(`invite revoke ${second} --issuer ${issuer}`);
    expect(err).toContain(`Nothing is revoked before ${issuer} has sent`);
    expect(out).toMatch(new RegExp(`^${made.call.to} 0x[0-9a-f]+$`));
    const { calls } = (await json(`invite revoke --batch ${first} --issuer ${issuer}`)) as Calls;
    for (const call of calls) await send(call);
    expect(await states()).toEqual(["used", "revoked"]);
    const all = (await json(`invite revoke --all --issuer ${issuer}`)) as Calls;
    expect(all.calls).toHaveLength(1);
  });

  it("makes nothing for a contract that may not invite, and revokes nothing of another for it", async () => {
    const { run } = await person(25);
    const other = chain.deployment.contracts.Ledger;
    expect((await run(`invite create --issuer ${other}`)).err).toContain(`${other} may let nobody in.`);
    const { json } = await person(LOCAL_ACCOUNTS.inviter);
    const [invite] = ((await json("invite create")) as Listed).invitations;
    const refused = await run(`invite revoke ${invite?.code} --issuer ${other}`);
    expect(refused.err).toContain("Only its issuer can revoke it.");
  });

  it("revokes nothing of another issuer", async () => {
    const { json } = await person(LOCAL_ACCOUNTS.inviter);
    const [invite] = ((await json("invite create")) as Listed).invitations;
    const { run } = await person(23);
    expect((await run(`invite revoke ${invite?.code}`)).err).toContain("Only its issuer can revoke it.");
  });
});
