import { describe, expect, it } from "vitest";
import { DeploymentError, parseDeployment } from "../../sdk/src/deployments.ts";

const ADDRESS = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const NAMES = [
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
const whole = () => ({
  network: "localhost",
  chainId: 31_337,
  startBlock: 1,
  contracts: Object.fromEntries(NAMES.map((name): [string, string] => [name, ADDRESS])),
  parameters: {
    originAt: 1_700_000_000,
    periodSeconds: 20,
    proofWindowSeconds: 10,
    retrySeconds: 10,
    acceptSeconds: 120,
    gracePeriods: 3,
    noticePeriods: 2,
    holdbackPeriods: 2,
    unbondingSeconds: 300,
    refundDelaySeconds: 600,
    feeRecipient: ADDRESS,
  },
});

describe("parseDeployment", () => {
  it("names every field that is wrong", () => {
    const input = whole();
    input.contracts.Ledger = "0x0000000000000000000000000000000000000000";
    delete input.contracts.DealMarket;
    const parse = () => parseDeployment({ ...input, chainId: -1 });
    expect(parse).toThrow(DeploymentError);
    expect(parse).toThrow(/chainId: .*contracts\.Ledger: is not the address of a contract\..*contracts\.DealMarket: /);
  });

  it.each([undefined, null, 1, "{}", []])("refuses %j", (input) => {
    expect(() => parseDeployment(input)).toThrow(DeploymentError);
  });

  it("gives checksummed addresses and drops what it does not know", () => {
    const deployment = parseDeployment({ ...whole(), tokens: [] });
    expect(deployment.contracts.Ledger).toBe("0x5FbDB2315678afecb367f032d93F642f64180aa3");
    expect(deployment).not.toHaveProperty("tokens");
  });
});
