import { describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "@/lib/config";
import { ConfigError } from "@/lib/config-error";

const address = (digit: number) => `0x${String(digit).repeat(40)}`;

function config() {
  const names = [
    "EverToken",
    "PaymentToken",
    "Ledger",
    "DealPayments",
    "DealMarket",
    "PossessionProofs",
    "RandomBeacon",
    "StakeVault",
    "ProviderRegistry",
    "InviteRegistry",
    "ServiceCatalog",
  ];
  return {
    chain: { name: "Local chain", rpcUrl: "http://127.0.0.1:8545", isLocal: true },
    subgraphUrl: "http://127.0.0.1:8000/subgraphs/name/4ever",
    deployment: {
      network: "localhost",
      chainId: 31_337,
      startBlock: 1,
      contracts: Object.fromEntries(names.map((name) => [name, address(1)])),
      parameters: {
        originAt: 1_000,
        periodSeconds: 20,
        proofWindowSeconds: 10,
        retrySeconds: 10,
        acceptSeconds: 120,
        gracePeriods: 3,
        noticePeriods: 2,
        holdbackPeriods: 2,
        unbondingSeconds: 300,
        refundDelaySeconds: 600,
        feeRecipient: address(2),
      },
      invites: [{ invitee: "0x0000000000000000000000000000000000000000", invite: "0x1234" }],
    },
  };
}

const respond =
  (body: BodyInit, status = 200) =>
  async () =>
    new Response(body, { status });

describe("parseConfig", () => {
  it("names every field that is wrong", () => {
    const { chain, ...rest } = config();
    const broken = { ...rest, chain: { ...chain, rpcUrl: "not a url" }, subgraphUrl: 7 };
    expect(() => parseConfig(broken)).toThrow(ConfigError);
    expect(() => parseConfig(broken)).toThrow(/chain\.rpcUrl.*subgraphUrl/s);
  });

  it("names the contract whose address is wrong", () => {
    const broken = config();
    broken.deployment.contracts.Ledger = "0x12";
    expect(() => parseConfig(broken)).toThrow(/deployment\.contracts\.Ledger/);
  });

  it("reads a whole configuration, with the invites of a local chain", () => {
    const parsed = parseConfig(config());
    expect(parsed.deployment.chainId).toBe(31_337);
    expect(parsed.chain.nativeSymbol).toBe("ETH");
    expect(parsed.localInvites).toHaveLength(1);
  });

  it("ignores invites on any other chain", () => {
    const { chain, ...rest } = config();
    expect(parseConfig({ ...rest, chain: { ...chain, isLocal: false } }).localInvites).toEqual([]);
  });
});

describe("loadConfig", () => {
  it.each([
    ["an unreachable server", async () => Promise.reject(new TypeError("fetch failed")), /could not be reached/],
    ["a missing file", respond("", 404), /HTTP 404/],
    ["something else than JSON", respond("<html>"), /not JSON/],
    ["an incomplete file", respond("{}"), /chain/],
  ])("explains %s", async (_case, fetch, words) => {
    await expect(loadConfig(undefined, fetch)).rejects.toThrow(words);
  });

  it("loads a configuration", async () => {
    const loaded = await loadConfig(undefined, respond(JSON.stringify(config())));
    expect(loaded.subgraphUrl).toBe("http://127.0.0.1:8000/subgraphs/name/4ever");
  });
});
