import { type Address, encodeFunctionData, getAddress, type Hex, keccak256, toHex, zeroAddress, zeroHash } from "viem";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../sdk/src/deployments.ts";
import {
  accessManagerAbi,
  everGovernorAbi,
  everTokenAbi,
  guardianAbi,
  inviteRegistryAbi,
  providerRegistryAbi,
  serviceCatalogAbi,
  stakeVaultAbi,
  timelockControllerAbi,
} from "../../../sdk/src/generated/abis.ts";
import { decodeCall, hasSentence } from "../../../sdk/src/governance/call-sentences.ts";
import { GOVERNED } from "../../../sdk/src/governance/contracts.ts";
import { AUTHORITY } from "../../helpers/authority-list.ts";

const at = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const NAMES = [
  "ServiceCatalog",
  "InviteRegistry",
  "ProviderRegistry",
  "StakeVault",
  "EverToken",
  "EverGovernor",
  "Guardian",
  "TimelockController",
  "AccessManager",
  "DealMarket",
] as const;
const addresses = Object.fromEntries(NAMES.map((name, i) => [name, at(i + 1)])) as Record<
  (typeof NAMES)[number],
  Address
>;
const deployment = { contracts: addresses } as unknown as Deployment;
const ACCOUNT = getAddress(at(0xabc));

/** Each kind of call that governance makes, with its sentence. */
const CALLS: [target: (typeof NAMES)[number], data: Hex, sentence: string][] = [
  [
    "ServiceCatalog",
    encodeFunctionData({
      abi: serviceCatalogAbi,
      functionName: "setService",
      args: ["ipfs", 2n ** 30n, 10n ** 18n, 1, 125, 365, true],
    }),
    "New deals of the service ipfs pay a fee of 1.25 %, need 1 EVER of stake per 1 GiB, and last at most 365 periods.",
  ],
  [
    "ServiceCatalog",
    encodeFunctionData({
      abi: serviceCatalogAbi,
      functionName: "setService",
      args: ["ipfs", 2n ** 30n, 10n ** 18n, 1, 125, 365, false],
    }),
    "Nothing new begins in the service ipfs; what runs goes on.",
  ],
  [
    "ServiceCatalog",
    encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setToken", args: [3, true] }),
    "New deals and channels may be paid in token 3 of the ledger.",
  ],
  [
    "InviteRegistry",
    encodeFunctionData({ abi: inviteRegistryAbi, functionName: "setPhase", args: [2] }),
    "The network is open to everybody for new providers, and never less open again.",
  ],
  [
    "InviteRegistry",
    encodeFunctionData({ abi: inviteRegistryAbi, functionName: "setIssuer", args: [ACCOUNT, 0] }),
    `${ACCOUNT} may no longer invite new providers.`,
  ],
  [
    "ProviderRegistry",
    encodeFunctionData({ abi: providerRegistryAbi, functionName: "setMarket", args: [addresses.DealMarket, false] }),
    "The market DealMarket takes no more capacity; its running deals go on.",
  ],
  [
    "ProviderRegistry",
    encodeFunctionData({ abi: providerRegistryAbi, functionName: "setJailed", args: [ACCOUNT, true] }),
    `The provider ${ACCOUNT} gets no new deals; what runs goes on.`,
  ],
  [
    "StakeVault",
    encodeFunctionData({ abi: stakeVaultAbi, functionName: "setMarket", args: [addresses.DealMarket, true] }),
    "The market DealMarket may reserve stake of providers for new deals.",
  ],
  [
    "EverToken",
    encodeFunctionData({ abi: everTokenAbi, functionName: "mint", args: [ACCOUNT, 10n ** 18n] }),
    `${ACCOUNT} gets 1 EVER, newly minted. Only minters of the emission may, and the timelock is none of them: unless a call before makes it one, this will fail.`,
  ],
  [
    "EverGovernor",
    encodeFunctionData({ abi: everGovernorAbi, functionName: "setVotingPeriod", args: [7 * 86_400] }),
    "Later proposals are voted on for 168 hours.",
  ],
  [
    "EverGovernor",
    encodeFunctionData({ abi: everGovernorAbi, functionName: "updateQuorumNumerator", args: [450n] }),
    "Later proposals need 4.5 % of all EVER to vote for them or to abstain.",
  ],
  [
    "Guardian",
    encodeFunctionData({ abi: guardianAbi, functionName: "setGuardian", args: [zeroAddress] }),
    "Nobody can pause new entries any more.",
  ],
  [
    "TimelockController",
    encodeFunctionData({
      abi: timelockControllerAbi,
      functionName: "revokeRole",
      args: [keccak256(toHex("PROPOSER_ROLE")), ACCOUNT],
    }),
    `${ACCOUNT} is no longer proposer of the timelock.`,
  ],
  [
    "TimelockController",
    encodeFunctionData({ abi: timelockControllerAbi, functionName: "grantRole", args: [zeroHash, ACCOUNT] }),
    `${ACCOUNT} becomes administrator of the timelock.`,
  ],
  [
    "AccessManager",
    encodeFunctionData({ abi: accessManagerAbi, functionName: "grantRole", args: [2n, ACCOUNT, 0] }),
    `${ACCOUNT} becomes slasher of the policy contracts.`,
  ],
  [
    "AccessManager",
    encodeFunctionData({ abi: accessManagerAbi, functionName: "labelRole", args: [9n, "NINE"] }),
    "The label of the role 9 is NINE from now on. Nobody's rights change.",
  ],
  [
    "ProviderRegistry",
    encodeFunctionData({ abi: providerRegistryAbi, functionName: "takeCapacity", args: [1n, 2n] }),
    "Calls takeCapacity of ProviderRegistry, which only listed markets may: this will fail.",
  ],
  [
    "ServiceCatalog",
    encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setAuthority", args: [ACCOUNT] }),
    `${ACCOUNT} decides who may use this contract. Only the access manager itself may say so: this will fail.`,
  ],
  [
    "AccessManager",
    encodeFunctionData({
      abi: accessManagerAbi,
      functionName: "execute",
      args: [
        addresses.ServiceCatalog,
        encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setToken", args: [1, false] }),
      ],
    }),
    "Through the access manager: No new deal or channel may be paid in token 1 of the ledger; what runs goes on.",
  ],
];

describe("decodeCall", () => {
  it("has a sentence for every function that asks who calls, of every contract that proposals call", () => {
    const contractOf = (name: string) => (name === "EverTimelock" ? "TimelockController" : name);
    const missing = Object.entries(AUTHORITY).flatMap(([name, functions]) => {
      const contract = contractOf(name);
      if (!(contract in GOVERNED)) return [];
      return Object.keys(functions)
        .map((signature) => signature.slice(0, signature.indexOf("(")))
        .filter((functionName) => !hasSentence(contract, functionName))
        .map((functionName) => `${contract}.${functionName}`);
    });
    expect(missing).toEqual([]);
  });

  it("looks at every contract that the timelock rules", () => {
    const ruled = Object.entries(AUTHORITY).flatMap(([name, functions]) =>
      Object.values(functions).some(([check]) =>
        ["restricted", "onlyGovernance", "onlyAuthorized", "onlyRole"].includes(check),
      )
        ? [name === "EverTimelock" ? "TimelockController" : name]
        : [],
    );
    expect(ruled.filter((name) => !(name in GOVERNED))).toEqual([]);
  });

  it("says that a known function without a sentence is not known", () => {
    const data = encodeFunctionData({ abi: stakeVaultAbi, functionName: "setCut", args: [5] });
    expect(decodeCall(deployment, { target: addresses.StakeVault, data })).toMatchObject({
      functionName: "setCut",
      isKnown: false,
      sentence: "Calls setCut of StakeVault with 5. No sentence says what that changes.",
    });
  });

  it("shows no character that would turn its sentence around", () => {
    const args = ["ip\u202efs\n", 2n ** 30n, 10n ** 18n, 1, 125, 365, false] as const;
    const data = encodeFunctionData({ abi: serviceCatalogAbi, functionName: "setService", args });
    const { sentence } = decodeCall(deployment, { target: addresses.ServiceCatalog, data });
    expect(sentence).toBe("Nothing new begins in the service ip·fs·; what runs goes on.");
  });

  it.each(CALLS)("says what a call of %s changes", (contract, data, sentence) => {
    const call = { target: addresses[contract], data };
    expect(decodeCall(deployment, call)).toMatchObject({ ...call, contract, sentence });
  });

  it("says that a call cannot be read, and never throws", () => {
    for (const data of ["0x", "0x12345678", `${CALLS[0]?.[1].slice(0, 80)}`] as Hex[]) {
      expect(decodeCall(deployment, { target: addresses.ServiceCatalog, data })).toMatchObject({
        contract: "ServiceCatalog",
        functionName: undefined,
        sentence: "Calls ServiceCatalog in a way that it does not have: this will fail.",
      });
    }
  });

  it("warns of what is not governed, a contract of the deployment too", () => {
    for (const [target, name] of [
      [ACCOUNT, ACCOUNT],
      [addresses.DealMarket, "DealMarket"],
    ] as const) {
      expect(decodeCall(deployment, { target, data: "0x12345678" })).toMatchObject({
        contract: undefined,
        sentence: `Calls ${name}, which is not known to be governed. Find out what it does before you vote.`,
      });
    }
  });
});
