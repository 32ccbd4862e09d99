import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { type Address, keccak256, stringToHex, toFunctionSelector, zeroAddress, zeroHash } from "viem";
import { assertProfile, type Profile } from "../profiles.ts";

/** Roles of the access manager beside its administrator's. Where nobody is named yet the timelock can, in public and with its delay. */
export const ROLES = {
  /** May mint EVER up to the cap: the reward pool, and nobody else. */
  EMISSION: 1n,
  /** May slash stake, and freeze it for open cases: the slasher of later versions; nobody yet. */
  SLASHER: 2n,
  /** May pay from the insurance: the justice contracts of later versions; nobody yet. */
  INSURER: 4n,
  /** May pause new entries: the `Guardian`. */
  GUARDIAN: 7n,
} as const;

/** Roles of the timelock. Its executor is anyone. */
export const TIMELOCK_ROLES = {
  DEFAULT_ADMIN_ROLE: zeroHash,
  PROPOSER_ROLE: keccak256(stringToHex("PROPOSER_ROLE")),
  CANCELLER_ROLE: keccak256(stringToHex("CANCELLER_ROLE")),
  EXECUTOR_ROLE: keccak256(stringToHex("EXECUTOR_ROLE")),
} as const;

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Call = ReturnType<Builder["call"]>;
type Contract = Parameters<Builder["call"]>[0];

const ADMIN_ROLE = 0n; // AccessManager.ADMIN_ROLE
const MINT = toFunctionSelector("mint(address,uint256)");
const SLASHING = [
  "slash(address,bytes32,uint128,bytes32,address)",
  "freeze(address,bytes32,uint128)",
  "unfreeze(address,bytes32)",
].map((signature) => toFunctionSelector(signature));
const COMPENSATE = toFunctionSelector("compensate(uint256,uint128,uint128,bytes32)");
const PAUSE = toFunctionSelector("pauseEntries(uint40)");

/** How many providers each first issuer may let in, before governance says more. Our choice. */
export const INVITE_QUOTA = 1_000;

/** `IInviteRegistry.Phase`. */
export const PHASES = { closed: 0, invite: 1, open: 2 } as const;

/** What a deployment is about, beside the parameters of its profile. */
export interface Genesis {
  /** Unix seconds at which period 0 began; not after the deployment. */
  originAt: number;
  /** Account that may propose beside the governor, for the profile's term; without one only the governor proposes. */
  council?: Address | undefined;
  /** Account that may pause new entries; without one nobody can, until a vote names one. */
  guardian?: Address | undefined;
  /** First holders of EVER. Base units. */
  holders: readonly { holder: Address; amount: bigint }[];
  /** Payment tokens that are listed from the start, beside the local chain's own. */
  paymentTokens: readonly Address[];
  /** Accounts that may invite providers. */
  inviteIssuers: readonly Address[];
  phase: keyof typeof PHASES;
  /** Only for a local chain: a faucet with its own payment token. EVER base units for its stock; amounts per claim. */
  faucet?: { stock: bigint; everPerClaim: bigint; usdPerClaim: bigint; waitSeconds: number } | undefined;
}

/**
 * The whole protocol. The deployer sets it up as the access manager's first administrator and ends without any role or token:
 * the timelock is the only administrator, its proposers the governor and the council for its term, its executor anyone.
 * Throws `ProfileInvalid` when the parameters break one of their relations.
 */
export function protocolModule(profile: Profile, genesis: Genesis) {
  assertProfile(profile);
  return buildModule("Protocol", (m) => {
    const deployer = m.getAccount(0);
    const timelock = m.contract("EverTimelock", [
      profile.timelockDelaySeconds,
      profile.minTimelockDelaySeconds,
      profile.justice.executionSeconds,
      deployer,
    ]);
    const manager = m.contract("AccessManager", [deployer]);

    const { faucet } = genesis;
    const ever = m.contract("EverToken", [
      [...genesis.holders.map(({ holder }) => holder), ...(faucet ? [deployer] : [])],
      [...genesis.holders.map(({ amount }) => amount), ...(faucet ? [faucet.stock] : [])],
      manager,
    ]);

    const beacon = m.contract("RandomBeacon", [
      genesis.originAt,
      profile.periodSeconds,
      profile.proofWindowSeconds,
      profile.retrySeconds,
    ]);
    const { fees } = profile;
    const router = m.contract("FeeRouter", [
      ever,
      genesis.originAt,
      fees.epochSeconds,
      fees.halfLifeSeconds,
      fees.floorPrice,
      fees.shareDelaySeconds,
      fees.insuranceBps,
      manager,
    ]);
    const ledger = m.contract("Ledger", [router, profile.refundDelaySeconds]);
    const payments = m.contract("DealPayments", [
      ledger,
      profile.holdbackPeriods,
      genesis.originAt,
      profile.periodSeconds,
    ]);

    const catalog = m.contract("ServiceCatalog", [manager]);
    const invites = m.contract("InviteRegistry", [manager]);
    const registry = m.contract("ProviderRegistry", [invites, catalog, manager]);
    const vault = m.contract("StakeVault", [ever, profile.unbondingSeconds, profile.periodSeconds, manager]);
    const proofs = m.contract("PossessionProofs", [beacon, payments, ledger, registry]);
    const market = m.contract("DealMarket", [
      { ledger, payments, proofs, beacon, registry, catalog, vault },
      profile.acceptSeconds,
      profile.gracePeriods,
      profile.noticePeriods,
    ]);
    const lens = m.contract("NetworkLens", [
      { market, ledger, payments, proofs, beacon, registry, catalog, vault, invites },
    ]);
    // The last one, so that the others keep the addresses that they had without it.
    const channels = m.contract(
      "UsageChannels",
      [ledger, catalog, profile.closeWindowSeconds, profile.payoutDelaySeconds],
      { after: [lens] },
    );
    const insurance = m.contract("InsurancePool", [payments, ledger, manager], { after: [channels] });
    const rewards = m.contract(
      "RewardPool",
      [{ ever, router, ledger, payments, channels, vault }, fees.firstEmission, fees.halvingEpochs],
      { after: [insurance] },
    );
    const governor = m.contract("EverGovernor", [ever, vault, timelock, profile.governor, profile.governorFloors], {
      after: [rewards],
    });
    const guardian = m.contract("Guardian", [catalog, invites, genesis.guardian ?? zeroAddress, manager], {
      after: [governor],
    });
    const { council: councillor } = genesis;
    const council =
      councillor &&
      m.contract(
        "Council",
        [
          timelock,
          councillor,
          genesis.originAt + profile.councilTermSeconds,
          [catalog, invites, registry, vault, guardian],
        ],
        { after: [guardian] },
      );

    const exits = m.contract("ExitBounties", [vault], { after: [council ?? guardian] });

    // Without a role of their own these would belong to the administrator; now nobody may mint, slash or pay from the insurance until somebody is
    // named.
    const settings: Call[] = [
      m.call(manager, "setTargetFunctionRole", [ever, [MINT], ROLES.EMISSION], { id: "emission_mints" }),
      m.call(manager, "setTargetFunctionRole", [vault, SLASHING, ROLES.SLASHER], { id: "slasher_slashes" }),
      m.call(manager, "setTargetFunctionRole", [insurance, [COMPENSATE], ROLES.INSURER], { id: "insurer_compensates" }),
      m.call(manager, "labelRole", [ROLES.EMISSION, "EMISSION"], { id: "label_emission" }),
      m.call(manager, "labelRole", [ROLES.SLASHER, "SLASHER"], { id: "label_slasher" }),
      m.call(manager, "labelRole", [ROLES.INSURER, "INSURER"], { id: "label_insurer" }),
      m.call(router, "connect", [ledger, insurance]),
      m.call(manager, "grantRole", [ROLES.EMISSION, rewards, 0], { id: "rewards_mint" }),
      m.call(manager, "labelRole", [ROLES.GUARDIAN, "GUARDIAN"], { id: "label_guardian" }),
      m.call(manager, "setTargetFunctionRole", [catalog, [PAUSE], ROLES.GUARDIAN], { id: "guardian_pauses_catalog" }),
      m.call(manager, "setTargetFunctionRole", [invites, [PAUSE], ROLES.GUARDIAN], { id: "guardian_pauses_invites" }),
      m.call(manager, "grantRole", [ROLES.GUARDIAN, guardian, 0], { id: "guardian_guards" }),
      m.call(invites, "setGate", [registry]),
      m.call(registry, "setMarket", [market, true], { id: "registry_lists_market" }),
      m.call(vault, "setMarket", [market, true], { id: "vault_lists_market" }),
    ];
    if (genesis.phase !== "closed") settings.push(m.call(invites, "setPhase", [PHASES[genesis.phase]]));
    for (const issuer of genesis.inviteIssuers) {
      settings.push(m.call(invites, "setIssuer", [issuer, INVITE_QUOTA], { id: `issuer_${issuer}` }));
    }
    for (const { name, unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods } of profile.services) {
      const terms = [name, unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods, true];
      settings.push(m.call(catalog, "setService", terms, { id: `service_${name.replaceAll("-", "_")}` }));
    }

    /** Gives a token its number and lists it. One after the other, so that the numbers follow the order of the genesis. */
    let registered: Call[] = [];
    const list = (token: Address | Contract, name: string) => {
      const registration = m.call(ledger, "registerToken", [token], { id: `register_${name}`, after: registered });
      // Anyone may have registered it a moment before, so that the call emits nothing: the number is read.
      const options = { id: `number_of_${name}`, after: [registration] };
      const tokenId = m.staticCall(ledger, "tokenIdOf", [token], 0, options);
      settings.push(m.call(catalog, "setToken", [tokenId, true], { id: `list_${name}` }));
      registered = [registration];
    };
    const local = faucet && localTokens(m, ever, faucet);
    if (local) {
      settings.push(m.call(ever, "transfer", [local.faucet, faucet.stock], { id: "fill_faucet" }));
      list(local.usd, "local_usd");
    }
    for (const token of genesis.paymentTokens) list(token, token);

    const proposers = [governor, ...(council ? [council] : [])].flatMap((proposer) =>
      (["PROPOSER_ROLE", "CANCELLER_ROLE"] as const).map((role) =>
        m.call(timelock, "grantRole", [TIMELOCK_ROLES[role], proposer], {
          id: `${proposer === governor ? "governor" : "council"}_${role}`,
        }),
      ),
    );
    m.call(timelock, "renounceRole", [TIMELOCK_ROLES.DEFAULT_ADMIN_ROLE, deployer], {
      id: "timelock_renounced",
      after: proposers,
    });
    const handover = m.call(manager, "grantRole", [ADMIN_ROLE, timelock, 0], { after: settings });
    m.call(manager, "renounceRole", [ADMIN_ROLE, deployer], { after: [handover] });
    return {
      timelock,
      manager,
      ever,
      beacon,
      ledger,
      payments,
      catalog,
      invites,
      registry,
      vault,
      proofs,
      market,
      lens,
      channels,
      router,
      insurance,
      rewards,
      governor,
      guardian,
      exits,
      ...(council && { council }),
      ...local,
    };
  });
}

/** The faucet of a local chain and the payment token that it deploys and mints. */
function localTokens(m: Builder, ever: Contract, terms: NonNullable<Genesis["faucet"]>) {
  const faucet = m.contract("Faucet", [ever, terms.everPerClaim, terms.usdPerClaim, terms.waitSeconds]);
  return { faucet, usd: m.contractAt("LocalUsd", m.staticCall(faucet, "USD")) };
}
