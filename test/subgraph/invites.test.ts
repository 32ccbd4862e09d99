import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeInvite } from "../../sdk/src/invites/code.ts";
import {
  createInvites,
  nonceAt,
  prepareInvites,
  revokeInvites,
  revokeInvitesBelow,
} from "../../sdk/src/invites/issuing.ts";
import { register } from "../../sdk/src/providers.ts";
import { createContractIssuer } from "../helpers/contract-issuer.ts";
import { LOCAL_ACCOUNTS, type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

let chain: LocalChain;
let index: LocalIndex;
let story: Awaited<ReturnType<typeof tellStory>>;

/** A contract sends a batch of three, of which one is used. Of a batch of four one is used, two are revoked, one of them twice, then the rest; of another one is used; then all so far are void. */
async function tellStory() {
  const { deployment } = chain;
  const issuer = chain.walletOf(LOCAL_ACCOUNTS.inviter);
  const expiresAt = (await chain.now()) + 100_000;
  const batch = async (count: number) => {
    const invitees = Array<"anybody">(count).fill("anybody");
    const codes = await createInvites(issuer, { deployment, invitees, expiresAt });
    return { codes, nonce: (await decodeInvite(deployment, codes[0] ?? "")).nonce };
  };
  const enter = async (account: number, invite = "") => {
    const wallet = chain.walletOf(account);
    const { address } = wallet.account;
    await register(wallet, {
      deployment,
      operator: address,
      group: 1,
      endpoint: "https://a.example",
      name: "A",
      invite,
    });
    return address.toLowerCase();
  };
  const [first, second] = [await batch(4), await batch(1)];
  const users = [await enter(10, first.codes[1]), await enter(11, second.codes[0])];
  await revokeInvites(issuer, { deployment, nonce: first.nonce, indexes: [2, 3] });
  await revokeInvites(issuer, { deployment, nonce: first.nonce, indexes: [3, 4] });
  await revokeInvites(issuer, { deployment, nonce: first.nonce });
  const below = nonceAt(2 ** 31);
  await revokeInvitesBelow(issuer, { deployment, nonce: below });
  await revokeInvites(chain.walletOf(12), { deployment, nonce: 5n, indexes: [1] });
  const contract = await createContractIssuer(chain);
  const invitees = Array<"anybody">(3).fill("anybody");
  const sent = await prepareInvites({ deployment, issuer: contract.issuer, invitees, expiresAt });
  const { blockNumber } = await contract.send(sent.call);
  const { timestamp: sentAt } = await chain.reader.getBlock({ blockNumber });
  await enter(13, sent.codes[1]);
  return {
    contract: contract.issuer.toLowerCase(),
    sentAt,
    expiresAt,
    issuer: issuer.account.address.toLowerCase(),
    first,
    second,
    users,
    below,
  };
}

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory();
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

it("tells what an issuer may do, and what became of its batches", async () => {
  const { issuer } = await index.ask<{ issuer: object }>(
    `query($id: ID!) { issuer(id: $id) {
      quota revokedBelow redeemedCount
      batches(orderBy: redeemedCount, orderDirection: desc, where: { count_gt: 1 }) { nonce count redeemedCount revokedAt }
      invites(orderBy: position) { batch { nonce } index status account }
    } }`,
    { id: story.issuer },
  );
  const { first, second, users } = story;
  const of = (nonce: bigint, number: number, status: string, account: string | null = null) => ({
    batch: { nonce: nonce.toString() },
    index: String(number),
    status,
    account,
  });
  const { invites, ...rest } = issuer as { invites: object[] };
  expect(rest).toEqual({
    quota: "998",
    revokedBelow: story.below.toString(),
    redeemedCount: 2,
    batches: [
      { nonce: first.nonce.toString(), count: "4", redeemedCount: 1, revokedAt: expect.stringMatching(/^\d+$/) },
    ],
  });
  expect(invites).toHaveLength(4);
  expect(invites).toEqual(
    expect.arrayContaining([
      of(first.nonce, 2, "USED", users[0]),
      of(second.nonce, 1, "USED", users[1]),
      of(first.nonce, 3, "REVOKED"),
      of(first.nonce, 4, "REVOKED"),
    ]),
  );
});

it("tells which batches a contract sent", async () => {
  const { issuer } = await index.ask<{ issuer: object }>(
    "query($id: ID!) { issuer(id: $id) { quota redeemedCount batches { count issuedAt expiresAt redeemedCount } } }",
    { id: story.contract },
  );
  expect(issuer).toEqual({
    quota: "9",
    redeemedCount: 1,
    batches: [{ count: "3", issuedAt: `${story.sentAt}`, expiresAt: `${story.expiresAt}`, redeemedCount: 1 }],
  });
});

it("keeps what somebody revokes who never could invite apart", async () => {
  const id = chain.walletOf(12).account.address.toLowerCase();
  const { issuer } = await index.ask<{ issuer: object }>(
    "query($id: ID!) { issuer(id: $id) { quota redeemedCount batches { nonce count } invites { index status } } }",
    { id },
  );
  expect(issuer).toEqual({
    quota: "0",
    redeemedCount: 0,
    batches: [{ nonce: "5", count: null }],
    invites: [{ index: "1", status: "REVOKED" }],
  });
});
