import {
  createTestClient,
  createWalletClient,
  erc20Abi,
  http,
  keccak256,
  parseEther,
  publicActions,
  stringToHex,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { audit } from "../../sdk/src/audit/audit.ts";
import { getChannel, openChannel, redeemVouchers, termsOf } from "../../sdk/src/channels/channels.ts";
import { signVoucher } from "../../sdk/src/channels/vouchers.ts";
import { ProtocolError } from "../../sdk/src/errors.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { buyLot, collectFees, getFeeLot } from "../../sdk/src/fees.ts";
import { accessManagerAbi, feeRouterAbi, stakeVaultAbi, usageChannelsAbi } from "../../sdk/src/generated/abis.ts";
import { createInvite } from "../../sdk/src/invites/issuing.ts";
import { register } from "../../sdk/src/providers.ts";
import { getEpoch } from "../../sdk/src/rewards.ts";
import { getDelegation, getStake, stake } from "../../sdk/src/stakes.ts";
import { createSubgraph } from "../../sdk/src/subgraph/client.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  figure,
  openBrowser,
  type Person,
} from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const DELEGATOR = localAccount(LOCAL_ACCOUNTS.firstFree).address; // "Customer" among the test wallet's accounts
/** A provider whose keeper runs, and one that only staked and will be slashed. */
const ALDER = { name: "Alder Storage", address: localAccount(LOCAL_ACCOUNTS.providers[0]).address };
const ELM = { name: "Elm Vaults", account: localAccount(13) };
const [PAYER, BUYER, SLASHER] = [localAccount(14), localAccount(18), localAccount(19)];
const HOSTING = keccak256(stringToHex("hosting"));
const SLASHER_ROLE = 2n;
/** What the buyer pays at most for the fees: as much as makes the reward easy to see. */
const MOST_PRICE = parseEther("50");

let network: Network;
let person: Person;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  await enterElm();
  await person.page.goto("/delegate/");
});
afterAll(() => person?.leave());

function walletOf(account: ReturnType<typeof localAccount>) {
  return createWalletClient({ account, transport: http(network.rpcUrl), pollingInterval: 100 }).extend(publicActions);
}

/** Registers and stakes, as a provider does that has no keeper yet. */
async function enterElm(): Promise<void> {
  const { deployment } = network;
  const wallet = walletOf(ELM.account);
  await claimFaucet(wallet, { deployment });
  const invite = await createInvite(walletOf(localAccount(LOCAL_ACCOUNTS.inviter)), {
    deployment,
    invitee: ELM.account.address,
    expiresAt: Math.floor(Date.now() / 1_000) + 86_400,
  });
  await register(wallet, {
    deployment,
    operator: localAccount(20).address,
    group: 88,
    endpoint: "http://127.0.0.1:9",
    name: ELM.name,
    invite,
  });
  await stake(wallet, { deployment, amount: parseEther("20") });
}

const delegationOf = (provider: `0x${string}`) =>
  getDelegation(network.watch.client, { deployment: network.deployment, provider, delegator: DELEGATOR });

const yours = () => person.page.getByRole("table", { name: "Your delegations" });
const yourRow = (name: string) => yours().getByRole("row").filter({ hasText: name });

/** Delegates from the list of the page that is open. */
async function delegateTo(name: string, amount: string): Promise<void> {
  const { page } = person;
  await page.getByRole("button", { name: `Delegate to ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delegate to ${name}` });
  await dialog.getByText("It can be slashed").waitFor();
  await dialog.getByLabel("Amount").fill(amount);
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Review the delegation" }).click();
  const drawer = page.getByRole("dialog", { name: `Delegate to ${name}` });
  await drawer.getByText("Sign the permit").waitFor();
  await closeDrawer(await carryOut(page, `Delegate to ${name}`, "Delegate"));
}

describe("delegating", () => {
  it("shows the providers and asks for a wallet", async () => {
    const { page } = person;
    await page.getByRole("heading", { name: "Whose delegations?" }).waitFor();
    const row = page
      .getByRole("table", { name: /^Providers/ })
      .getByRole("row")
      .filter({ hasText: ALDER.name });
    await row.filter({ hasText: "room for 1,600 EVER" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await connectTestWallet(page, "Customer");
    await page.getByRole("heading", { name: "You have not delegated yet" }).waitFor();
  });

  it("refuses nothing and too much before anything is asked of the wallet", async () => {
    const { page } = person;
    await page.getByRole("button", { name: `Delegate to ${ELM.name}` }).click();
    const dialog = page.getByRole("dialog", { name: `Delegate to ${ELM.name}` });
    await dialog.getByRole("button", { name: "Review the delegation" }).click();
    await dialog.getByText("Enter an amount in EVER.").waitFor();
    await dialog.getByLabel("Amount").fill("161");
    await dialog.getByText("There is room for 160 EVER").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
  });

  it("delegates by one signature and one transaction, to two", async () => {
    await delegateTo(ALDER.name, "100");
    await yourRow(ALDER.name).filter({ hasText: "100 EVER" }).waitFor();
    await delegateTo(ELM.name, "40");
    await yourRow(ELM.name).filter({ hasText: "40 EVER" }).waitFor();
    expect((await delegationOf(ALDER.address)).amount).toBe(parseEther("100"));
    expect((await delegationOf(ELM.account.address)).amount).toBe(parseEther("40"));
    expect(await accessibilityFaults(person.page)).toEqual([]);
  });

  it("tells what a slash took, once the provider's own stake is gone", async () => {
    const { page } = person;
    await slashElm(parseEther("30"));
    await yourRow(ELM.name).filter({ hasText: "lost 10 EVER" }).waitFor();
    await yourRow(ELM.name).getByRole("link", { name: ELM.name }).click();
    await page.getByRole("heading", { name: ELM.name, level: 1 }).waitFor();
    await figure(page, "Growth").filter({ hasText: "−25 %" }).waitFor();
    const events = page.getByRole("table", { name: "What changed the pool, newest first" });
    const slash = events.getByRole("row").filter({ hasText: "Slash" });
    await slash
      .filter({ hasText: "-20 EVER" })
      .or(slash.filter({ hasText: "−20 EVER" }))
      .waitFor();
    expect(await slash.getByRole("link").getAttribute("href")).toMatch(/^\/explorer\/transaction\/\?hash=0x/);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect((await delegationOf(ELM.account.address)).amount).toBe(parseEther("30"));
  });

  it("sells the fees that the other provider's customers paid", async () => {
    const { watch, deployment } = network;
    const fromBlock = await watch.client.getBlockNumber();
    const sold = { address: deployment.contracts.FeeRouter, abi: feeRouterAbi, eventName: "LotSold" } as const;
    await payFee();
    await watch.until("a sale of the fees", 280, async () => {
      // The network's watcher buys, too, and may be faster.
      if ((await watch.client.getContractEvents({ ...sold, fromBlock })).length > 0) return true;
      const lot = await getFeeLot(watch.client, { deployment, tokenId: 1 });
      const { endsAt } = await getEpoch(watch.client, { deployment });
      const { timestamp } = await watch.client.getBlock();
      // The keeper needs some of the epoch that is left, to record what was paid.
      if (lot.amount === 0n || lot.price > MOST_PRICE || endsAt - Number(timestamp) < 60) return undefined;
      const bid = { deployment, tokenId: 1, lotId: lot.lotId, maxPrice: MOST_PRICE };
      await buyLot(walletOf(BUYER), bid).catch((cause: unknown) => {
        if (!(cause instanceof ProtocolError)) throw cause;
      });
      return undefined;
    });
  });

  it("shows the reward that the provider's keeper recorded and claimed", async () => {
    const { watch } = network;
    const { page } = person;
    await watch.until("a reward for the delegator", 280, async () =>
      (await delegationOf(ALDER.address)).amount > parseEther("100") ? true : undefined,
    );
    await page.goto("/delegate/");
    await yourRow(ALDER.name).filter({ hasText: /\+\d/ }).waitFor();
    await yourRow(ALDER.name).getByRole("link", { name: ALDER.name }).click();
    await figure(page, "Growth").filter({ hasText: /\+\d/ }).waitFor();
    await page
      .getByRole("table", { name: "What changed the pool, newest first" })
      .getByRole("row")
      .filter({ hasText: "Reward" })
      .first()
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("undelegates all, waits for the thaw, and withdraws more than was put in", async () => {
    const { page } = person;
    const { amount } = await delegationOf(ALDER.address);
    await page.getByRole("button", { name: "Undelegate" }).click();
    const dialog = page.getByRole("dialog", { name: `Undelegate from ${ALDER.name}` });
    await dialog.getByRole("button", { name: "All" }).click();
    await dialog.getByRole("button", { name: "Review the thaw" }).click();
    await closeDrawer(await carryOut(page, `Undelegate from ${ALDER.name}`, "Start the thaw"));
    await page.getByRole("button", { name: "Withdraw" }).and(page.locator(":disabled")).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    const before = await everOf(DELEGATOR);
    await page.getByRole("button", { name: "Withdraw" }).and(page.locator(":enabled")).waitFor();
    await page.getByRole("button", { name: "Withdraw" }).click();
    await closeDrawer(await carryOut(page, `Withdraw from ${ALDER.name}`, "Withdraw"));
    const paid = (await everOf(DELEGATOR)) - before;
    expect(paid >= amount - 1n && paid > parseEther("100")).toBe(true);
    await page.goto("/delegate/");
    await yourRow(ELM.name).waitFor();
    expect(await yourRow(ALDER.name).count()).toBe(0);
    expect(person.problems).toEqual([]);
  });

  it("agrees, figure by figure, with an audit of contracts and index", async () => {
    const { watch, deployment, dashboardUrl } = network;
    const { subgraphUrl } = (await (await fetch(`${dashboardUrl}/config.json`)).json()) as { subgraphUrl: string };
    const report = await audit(watch.client, { deployment, subgraph: createSubgraph(subgraphUrl), all: true });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
  });
});

/** A customer pays the working provider a hundred dollars by voucher; the fee of it is put up for sale. */
async function payFee(): Promise<void> {
  const { deployment } = network;
  const { UsageChannels: address } = deployment.contracts;
  if (!address) throw new Error("the local deployment has channels");
  const payer = walletOf(PAYER);
  await claimFaucet(payer, { deployment });
  await claimFaucet(walletOf(BUYER), { deployment });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const { channelId } = await openChannel(payer, {
    deployment,
    payee: ALDER.address,
    serviceId: HOSTING,
    tokenId: 1,
    amount: 100_000_000n,
    expiresAt: Math.floor(Date.now() / 1_000) + 30 * 86_400,
    sessionKey: sessionKey.address,
  });
  const terms = termsOf(deployment, await getChannel(payer, { deployment, channelId }));
  const claim = { cumulative: 100_000_000n, usageRoot: HOSTING };
  await redeemVouchers(payer, { deployment, vouchers: [await signVoucher(sessionKey, terms, claim)] });
  const sweep = { address, abi: usageChannelsAbi, functionName: "sweepFee", args: [channelId], chain: null } as const;
  await payer.waitForTransactionReceipt({ hash: await payer.writeContract(sweep) });
  await collectFees(payer, { deployment, tokenId: 1 });
}

/** What no contract of this version may do: the timelock is played by the test. */
async function slashElm(amount: bigint): Promise<void> {
  const { AccessManager, StakeVault, TimelockController: account } = network.deployment.contracts;
  if (!account || !AccessManager) throw new Error("the local deployment has a timelock, and a manager below it");
  const chain = createTestClient({ mode: "anvil", transport: http(network.rpcUrl) });
  await chain.setBalance({ address: account, value: parseEther("1") });
  await chain.impersonateAccount({ address: account });
  const wallet = walletOf(SLASHER);
  const role = [SLASHER_ROLE, SLASHER.address, 0] as const;
  const grant = { address: AccessManager, abi: accessManagerAbi, functionName: "grantRole", args: role } as const;
  const timelock = createWalletClient({ account, transport: http(network.rpcUrl) });
  await wallet.waitForTransactionReceipt({ hash: await timelock.writeContract({ ...grant, chain: null }) });
  await chain.stopImpersonatingAccount({ address: account });
  const reason = stringToHex("a fault", { size: 32 });
  const args = [ELM.account.address, HOSTING, amount, reason, SLASHER.address] as const;
  const slash = { address: StakeVault, abi: stakeVaultAbi, functionName: "slash", args, chain: null } as const;
  await wallet.waitForTransactionReceipt({ hash: await wallet.writeContract(slash) });
  const { active } = await getStake(wallet, { deployment: network.deployment, provider: ELM.account.address });
  expect(active).toBe(0n);
}

const everOf = (account: `0x${string}`) =>
  network.watch.client.readContract({
    address: network.deployment.contracts.EverToken,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [account],
  });
