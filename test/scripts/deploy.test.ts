import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getAddress, isAddress, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL } from "../../contracts/ignition/profiles.ts";
import { deploy } from "../../scripts/deploy.ts";
import {
  DeployParametersInvalid,
  type ProductionParameters,
  parseDeployParameters,
  planDeployment,
} from "../../scripts/deployment/parameters.ts";
import { parseDeployment } from "../../sdk/src/deployments.ts";
import { faucetAbi, providerRegistryAbi } from "../../sdk/src/generated/abis.ts";
import { register } from "../../sdk/src/providers.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain?.stop());

const outFile = () => join(chain.directory, "deployment.json");

describe("deploy", () => {
  it("writes down what a client needs", async () => {
    const { deployment, reader } = chain;
    const written = JSON.parse(await readFile(outFile(), "utf8"));
    expect(written).toEqual(deployment);
    expect(parseDeployment(written)).toMatchObject({ network: "localhost", chainId: 31_337, startBlock: 1 });
    expect(deployment.genesisHash).toBe((await reader.getBlock({ blockNumber: 0n })).hash);
    expect(deployment.parameters).toMatchObject({
      periodSeconds: LOCAL.periodSeconds,
      unbondingSeconds: LOCAL.unbondingSeconds,
      feeRecipient: deployment.contracts.FeeRouter,
    });
    expect(deployment.tokens).toEqual([
      { tokenId: 1, address: deployment.contracts.PaymentToken, symbol: "LUSD", decimals: 6 },
    ]);
    for (const address of Object.values(deployment.contracts)) {
      expect(await reader.getCode({ address })).toMatch(/^0x.{200}/);
    }
  });

  it("leaves no journal of a local chain behind", async () => {
    const journals = await readdir(new URL("../../contracts/ignition/deployments", import.meta.url)).catch(() => []);
    expect(journals.filter((name) => name.startsWith(`local-${chain.deployment.genesisHash.slice(2, 10)}`))).toEqual(
      [],
    );
  });

  it("sends nothing when everything is there", async () => {
    const before = await chain.reader.getBlockNumber();
    expect(await deploy({ rpcUrl: chain.rpcUrl, outFile: outFile() })).toEqual(chain.deployment);
    expect(await chain.reader.getBlockNumber()).toBe(before);
  });

  it("builds nothing that is built, so that two may deploy from one clone at once", async () => {
    const touched = async () => (await stat(new URL("../../cache/compile-cache.json", import.meta.url))).mtimeMs;
    const before = await touched();
    await deploy({ rpcUrl: chain.rpcUrl, outFile: outFile() });
    expect(await touched()).toBe(before);
  });

  it("deploys again when the record is of another chain", async () => {
    const file = join(chain.directory, "other.json");
    await writeFile(file, JSON.stringify({ ...chain.deployment, genesisHash: `0x${"00".repeat(32)}` }));
    const again = await deploy({ rpcUrl: chain.rpcUrl, outFile: file });
    expect(again.contracts.Ledger).not.toBe(chain.deployment.contracts.Ledger);
    expect(again.startBlock).toBeGreaterThan(1);
    await rm(file);
  });

  it("invites each local provider, and whoever holds an open invitation", async () => {
    const { deployment, reader } = chain;
    const [first, ...others] = deployment.invites ?? [];
    const provider = localAccount(LOCAL_ACCOUNTS.providers[0]).address;
    expect(first?.invitee).toBe(provider);
    const registry = { address: deployment.contracts.ProviderRegistry, abi: providerRegistryAbi } as const;
    const open = others.find(({ invitee }) => invitee === zeroAddress);
    const seat = { operator: provider, group: 0, endpoint: "http://127.0.0.1:1", name: "Tried" };
    for (const [index, invite = ""] of [
      [LOCAL_ACCOUNTS.providers[0], first?.invite],
      [LOCAL_ACCOUNTS.firstFree, open?.invite],
    ] as const) {
      const { receipt } = await register(chain.walletOf(index), { deployment, ...seat, invite });
      expect(receipt.status).toBe("success");
    }
    expect(await reader.readContract({ ...registry, functionName: "providerCount" })).toBe(2n);
  });

  it("fills the faucet", async () => {
    const { deployment, reader } = chain;
    const faucet = deployment.contracts.Faucet ?? zeroAddress;
    const usd = await reader.readContract({ address: faucet, abi: faucetAbi, functionName: "USD" });
    expect(getAddress(usd)).toBe(deployment.contracts.PaymentToken);
  });

  it("refuses to bring a faucet and public keys to a real chain", () => {
    expect(() => planDeployment({ profile: "local" }, 1, 1)).toThrow(DeployParametersInvalid);
  });
});

describe("the parameters of a production deployment", () => {
  const council = getAddress("0x00000000000000000000000000000000000000c0");
  const usual = {
    profile: "production",
    network: "mainnet",
    council,
    holders: [{ holder: council, amount: "1000000000000000000" }],
    paymentTokens: ["0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"],
    inviteIssuers: [council],
  };
  const problemsOf = (call: () => unknown): readonly string[] => {
    try {
      call();
      return [];
    } catch (error) {
      if (error instanceof DeployParametersInvalid) return error.problems;
      throw error;
    }
  };

  it("are refused field by field", () => {
    const wrong = {
      ...usual,
      network: "",
      council: "0x12",
      holders: [{ holder: council, amount: 1 }],
      paymentTokens: 1,
    };
    const problems = problemsOf(() => parseDeployParameters(wrong));
    for (const field of ["network", "council", "holders[0].amount", "paymentTokens"]) {
      expect(problems.some((problem) => problem.startsWith(field))).toBe(true);
    }
    expect(problemsOf(() => parseDeployParameters(undefined))).toContain(
      'profile is neither "local" nor "production".',
    );
  });

  it("are refused with a public test account, too much EVER, or no payment token", () => {
    const parsed = parseDeployParameters(usual) as ProductionParameters;
    const publicAccount = localAccount(LOCAL_ACCOUNTS.council).address;
    const plan = (change: Partial<ProductionParameters>) =>
      problemsOf(() => planDeployment({ ...parsed, ...change }, 1, 1));
    expect(plan({ council: publicAccount })[0]).toMatch(/public test account/);
    expect(plan({ holders: [{ holder: council, amount: 10n ** 27n + 1n }] })[0]).toMatch(/cap/);
    expect(plan({ paymentTokens: [] })[0]).toMatch(/payment token/);
    expect(plan({ council: zeroAddress })[0]).toMatch(/zero address/);
    expect(plan({ guardian: publicAccount })[0]).toMatch(/public test account/);
  });

  it("may leave out the council, and name a guardian", () => {
    const { council: _, ...without } = usual;
    const { genesis } = planDeployment(parseDeployParameters({ ...without, guardian: council }), 1, 1);
    expect(genesis).toMatchObject({ council: undefined, guardian: council });
  });

  it("become a plan by invitation, without a faucet", () => {
    const plan = planDeployment(parseDeployParameters(usual), 1, 1_700_000_000);
    expect(plan).toMatchObject({ network: "mainnet", genesis: { phase: "invite", council, originAt: 1_700_000_000 } });
    expect(plan.genesis.guardian).toBeUndefined();
    expect(plan.genesis.faucet).toBeUndefined();
    expect(plan.genesis.paymentTokens.every((token) => isAddress(token))).toBe(true);
  });
});
