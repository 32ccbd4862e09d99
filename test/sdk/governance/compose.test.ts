import { type Address, getAddress, parseEther } from "viem";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../sdk/src/deployments.ts";
import { decodeCall } from "../../../sdk/src/governance/call-sentences.ts";
import { type Bounds, boundWords, composeCall } from "../../../sdk/src/governance/compose.ts";
import { GOVERNED } from "../../../sdk/src/governance/contracts.ts";
import { PROPOSABLE, proposablesOf } from "../../../sdk/src/governance/proposable.ts";

const at = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const contracts = Object.fromEntries([...Object.keys(GOVERNED), "DealMarket"].map((name, i) => [name, at(i + 1)]));
const deployment = { contracts } as unknown as Deployment;
const ACCOUNT = getAddress(at(0xabc));
const between = (min: bigint, max: bigint) => ({ min, max });
const bounds: Bounds = {
  feeBps: between(0n, 500n),
  stakePerUnit: between(10n ** 12n, parseEther("1000000")),
  unitBytes: between(1n, 2n ** 50n),
  maxTermPeriods: between(1n, 3_660n),
  proofClass: between(1n, 255n),
  insuranceBps: between(0n, 3_000n),
  votingDelay: between(86_400n, 1_209_600n),
  votingPeriod: between(10n, 2_592_000n),
  voteExtension: between(5n, 604_800n),
  proposalThreshold: between(parseEther("1000"), parseEther("5000000")),
  quorumBps: between(100n, 3_000n),
  timelockDelay: between(5n, 20n),
};
const SERVICE = {
  name: "ipfs",
  unitBytes: "1GiB",
  stakePerUnit: "1.5",
  proofClass: "1",
  feeBps: "1.25",
  maxTermPeriods: "365",
  active: "true",
};

function compose(id: string, values: Record<string, string>) {
  const proposable = PROPOSABLE.find((each) => each.id === id);
  if (!proposable) throw new Error(`${id} cannot be proposed`);
  return composeCall(deployment, { proposable, values, bounds });
}

describe("composeCall", () => {
  it.each([
    [
      "ServiceCatalog.setService",
      { ...SERVICE, feeBps: "5.01" },
      "feeBps",
      "Fee: the contracts take 0 % to 5 %, whatever is voted.",
    ],
    ["ServiceCatalog.setService", { ...SERVICE, feeBps: "much" }, "feeBps", "Fee: enter a percentage, such as 1.25."],
    ["ServiceCatalog.setService", { ...SERVICE, feeBps: "1.255" }, "feeBps", "Fee: enter a percentage, such as 1.25."],
    ["ServiceCatalog.setService", { ...SERVICE, name: " " }, "name", "Service: enter a name."],
    [
      "ServiceCatalog.setService",
      { ...SERVICE, active: "maybe" },
      "active",
      "New deals: choose one of are taken, are refused.",
    ],
    [
      "ServiceCatalog.setService",
      { ...SERVICE, maxTermPeriods: "0" },
      "maxTermPeriods",
      "Longest term: the contracts take 1 to 3660, whatever is voted.",
    ],
    [
      "EverGovernor.setVotingDelay",
      { newVotingDelay: "23h" },
      "newVotingDelay",
      "Delay: the contracts take 24 hours to 336 hours, whatever is voted.",
    ],
    [
      "EverGovernor.setVotingDelay",
      { newVotingDelay: "soon" },
      "newVotingDelay",
      "Delay: enter a time, such as 90s, 12h or 2d.",
    ],
    [
      "EverGovernor.setProposalThreshold",
      { newProposalThreshold: "999" },
      "newProposalThreshold",
      "Votes: the contracts take 1000 EVER to 5000000 EVER, whatever is voted.",
    ],
    [
      "ProviderRegistry.setJailed",
      { provider: "somebody", jailed: "true" },
      "provider",
      "Provider: enter an address, 0x and 40 digits, or the name of a contract.",
    ],
    [
      "ProviderRegistry.setJailed",
      { provider: at(0), jailed: "true" },
      "provider",
      "Provider: enter an address, 0x and 40 digits, or the name of a contract.",
    ],
  ] as const)("refuses of %s %o", (id, values, field, problem) => {
    expect(compose(id, values)).toEqual({ ok: false, problems: { [field]: problem } });
  });

  it("refuses a number that its argument cannot hold", () => {
    expect(compose("ServiceCatalog.setToken", { tokenId: `${2n ** 32n}`, listed: "true" })).toEqual({
      ok: false,
      problems: { "": "A value is larger than its kind of number." },
    });
  });

  it.each([
    [
      "ServiceCatalog.setService",
      SERVICE,
      "New deals of the service ipfs pay a fee of 1.25 %, need 1.5 EVER of stake per 1 GiB, and last at most 365 periods.",
    ],
    [
      "ServiceCatalog.setService",
      { ...SERVICE, feeBps: "5 %" },
      "New deals of the service ipfs pay a fee of 5 %, need 1.5 EVER of stake per 1 GiB, and last at most 365 periods.",
    ],
    [
      "EverGovernor.setVotingDelay",
      { newVotingDelay: "1d" },
      "The votes of later proposals are those of 24 hours after they were made.",
    ],
    [
      "InviteRegistry.setPhase",
      { phase: "2" },
      "The network is open to everybody for new providers, and never less open again.",
    ],
    ["Guardian.setGuardian", { guardian_: "" }, "Nobody can pause new entries any more."],
    ["Guardian.lift", {}, "The pause of new entries ends at once."],
    [
      "ProviderRegistry.setMarket",
      { market: "DealMarket", allowed: "false" },
      "The market DealMarket takes no more capacity; its running deals go on.",
    ],
    [
      "AccessManager.grantRole",
      { roleId: "2", account: ACCOUNT, executionDelay: "0" },
      `${ACCOUNT} becomes slasher of the policy contracts.`,
    ],
    [
      "TimelockController.revokeRole",
      { role: "proposer", account: ACCOUNT },
      `${ACCOUNT} is no longer proposer of the timelock.`,
    ],
    ["EverToken.transfer", { to: ACCOUNT, value: "2.5 EVER" }, `${ACCOUNT} gets 2.5 EVER of what the timelock owns.`],
  ] as const)("encodes %s %o as its sentence says", (id, values, sentence) => {
    const composed = compose(id, values);
    if (!composed.ok) throw new Error(JSON.stringify(composed.problems));
    expect(decodeCall(deployment, composed.call)).toMatchObject({ sentence, isKnown: true });
  });

  it("composes every call that it offers, and each has a sentence", () => {
    const sample = { text: "ipfs", percent: "2", ever: "1000", count: "1", bytes: "1GiB", address: ACCOUNT } as const;
    for (const { id, fields } of PROPOSABLE) {
      const values = fields.map(({ name, kind, options, bounds: bound }) => [
        name,
        options?.[0]?.value ??
          (kind === "span" ? `${bound ? bounds[bound].min : 1n}s` : sample[kind as keyof typeof sample]),
      ]);
      const composed = compose(id, Object.fromEntries(values));
      if (!composed.ok) throw new Error(`${id}: ${JSON.stringify(composed.problems)}`);
      expect(decodeCall(deployment, composed.call).isKnown, id).toBe(true);
    }
  });
});

describe("proposablesOf", () => {
  it("offers only what the deployment has", () => {
    const { FeeRouter: _, ...older } = contracts;
    const offered = proposablesOf({ contracts: older } as unknown as Deployment).map(({ id }) => id);
    expect(offered).not.toContain("FeeRouter.setInsuranceShare");
    expect(offered).toContain("ServiceCatalog.setService");
  });
});

describe("boundWords", () => {
  it("says a bound in the unit of its field", () => {
    expect(boundWords({ kind: "percent" }, 500n)).toBe("5 %");
    expect(boundWords({ kind: "ever" }, parseEther("1000"))).toBe("1000 EVER");
    expect(boundWords({ kind: "span" }, 86_400n)).toBe("24 hours");
    expect(boundWords({ kind: "bytes" }, 2n ** 30n)).toBe("1 GiB");
    expect(boundWords({ kind: "count" }, 7n)).toBe("7");
  });
});
