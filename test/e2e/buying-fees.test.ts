import { createTestClient, createWalletClient, erc20Abi, http, parseEther, walletActions } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { claimFaucetByNode } from "../../sdk/src/faucet.ts";
import { getFeeLot } from "../../sdk/src/fees.ts";
import { erc20PermitAbi, feeRouterAbi, ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { accessibilityFaults, carryOut, closeDrawer, openBrowser, type Person } from "./helpers/browser.ts";
import { connectInstalledWallet, installWallet } from "./helpers/installed-wallet.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const TOKEN = 1;
/** The local watcher gives 100 EVER at most for a lot. Whoever has a million has a minute to be faster, on a busy machine, too. */
const MEANS = parseEther("1000000");
const FEES = 100_000_000n;
const BUYER = localAccount(54);

/** EVER out of the faucet's own, more than it gives to anybody. */
async function endow(rpcUrl: string, { contracts: { Faucet, EverToken } }: Network["deployment"]): Promise<void> {
  if (!Faucet) throw new Error("there is no faucet");
  const node = createTestClient({ mode: "anvil", transport: http(rpcUrl) }).extend(walletActions);
  await node.impersonateAccount({ address: Faucet });
  await node.setBalance({ address: Faucet, value: parseEther("1") });
  const transfer = { address: EverToken, abi: erc20Abi, functionName: "transfer" } as const;
  const hash = await node.writeContract({ ...transfer, account: Faucet, chain: null, args: [BUYER.address, MEANS] });
  await network.watch.client.waitForTransactionReceipt({ hash });
}

let network: Network;
let person: Person;

beforeAll(async () => {
  network = await joinNetwork();
  const { rpcUrl, deployment } = network;
  const { contracts } = deployment;
  const buyer = createWalletClient({ account: BUYER, transport: http(rpcUrl), pollingInterval: 100 });
  await claimFaucetByNode(buyer, { deployment, to: BUYER.address });
  await endow(rpcUrl, deployment);
  const send = async (request: object) => {
    const hash = await buyer.writeContract(request as never);
    await network.watch.client.waitForTransactionReceipt({ hash });
  };
  const { PaymentToken, Ledger, FeeRouter } = contracts;
  await send({
    address: PaymentToken,
    abi: erc20PermitAbi,
    functionName: "approve",
    args: [Ledger, FEES],
    chain: null,
  });
  const args = [FeeRouter, TOKEN, FEES];
  await send({ address: Ledger, abi: ledgerAbi, functionName: "deposit", args, chain: null });
  person = await openBrowser(network.dashboardUrl);
  await installWallet(person.context, { account: BUYER, rpcUrl, chainId: deployment.chainId });
  await person.page.goto("/auctions/");
});
afterAll(() => person?.leave());

describe("buying fees", () => {
  it("shows the lot, its price and what it was, and buys it for no more than was said", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    await connectInstalledWallet(page);
    const lot = await watch.until("A lot", 240, async () => {
      const found = await getFeeLot(watch.client, { deployment, tokenId: TOKEN });
      return found.amount >= FEES / 2n && found.price < MEANS / 2n ? found : undefined;
    });
    await page.getByRole("heading", { name: `Lot ${lot.lotId} of fees in LUSD` }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Buy the lot" }).click();
    const form = page.getByRole("dialog", { name: `Buy lot ${lot.lotId}` });
    await form.getByLabel("Highest price").fill("0.5");
    await form.getByRole("button", { name: "Review the purchase" }).click();
    await form.getByText(/^It costs .* EVER now\. Wait, or give as much\.$/).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await form.getByLabel("Highest price").fill("600000");
    await form.getByRole("button", { name: "Review the purchase" }).click();
    await closeDrawer(await carryOut(page, `Buy lot ${lot.lotId}`, "Buy the lot"));

    const [sale] = await watch.client.getContractEvents({
      address: deployment.contracts.FeeRouter as `0x${string}`,
      abi: feeRouterAbi,
      eventName: "LotSold",
      args: { lotId: lot.lotId },
      fromBlock: 0n,
    });
    expect(sale?.args).toMatchObject({ buyer: BUYER.address, amount: lot.amount });
    expect(sale?.args.price).toBeLessThanOrEqual(parseEther("600000"));
    await page.getByRole("row", { name: new RegExp(`^${lot.lotId}\\b`) }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});
