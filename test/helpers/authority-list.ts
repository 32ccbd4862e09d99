/**
 * Every function of the deployed protocol that looks at who calls, by contract and signature: what the caller is compared with, and who
 * that is. `restricted` asks the access manager, and then "who" is the role; `onlyRole` is the timelock's own. A function that is missing
 * here, or is here and open to everybody, fails `test/contracts/privileged.test.ts`: think who should call it, then write it down.
 */
export const AUTHORITY = {
  EverToken: {
    "mint(address,uint256)": ["restricted", "EMISSION"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  ServiceCatalog: {
    "setService(string,uint64,uint96,uint8,uint16,uint32,bool)": ["restricted", "ADMIN"],
    "setToken(uint32,bool)": ["restricted", "ADMIN"],
    "pauseEntries(uint40)": ["restricted", "GUARDIAN"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  InviteRegistry: {
    "setPhase(uint8)": ["restricted", "ADMIN"],
    "setIssuer(address,uint32)": ["restricted", "ADMIN"],
    "setGate(address)": ["restricted", "ADMIN"],
    "pauseEntries(uint40)": ["restricted", "GUARDIAN"],
    "admit(address,bytes)": ["gate", "the provider registry"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  ProviderRegistry: {
    "setMarket(address,bool)": ["restricted", "ADMIN"],
    "setJailed(address,bool)": ["restricted", "ADMIN"],
    "takeCapacity(uint256,uint64)": ["_markets[caller]", "listed markets"],
    "giveCapacity(uint256,uint64)": ["_markets[caller]", "listed and retired markets"],
    "updateOffer(uint256,uint96,uint64,uint32,string)": ["offer.provider", "the offer's provider"],
    "withdrawOffer(uint256)": ["offer.provider", "the offer's provider"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  StakeVault: {
    "setMarket(address,bool)": ["restricted", "ADMIN"],
    "slash(address,bytes32,uint128,bytes32,address)": ["restricted", "SLASHER"],
    "delegate(address,uint128)": ["provider", "anybody but the provider itself"],
    "delegateWithPermit(address,uint128,(uint256,uint8,bytes32,bytes32))": [
      "provider",
      "anybody but the provider itself",
    ],
    "undelegate(address,uint128)": ["provider", "anybody but the provider itself"],
    "freeze(address,bytes32,uint128)": ["restricted", "SLASHER"],
    "unfreeze(address,bytes32)": ["restricted", "SLASHER"],
    "reserve(address,bytes32,uint128)": ["_markets[caller]", "listed markets"],
    "release(address,bytes32,uint128)": ["_markets[caller]", "listed and retired markets"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  FeeRouter: {
    "connect(address,address)": ["restricted", "ADMIN"],
    "setInsuranceShare(uint16)": ["restricted", "ADMIN"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  InsurancePool: {
    "compensate(uint256,uint128,uint128,bytes32)": ["restricted", "INSURER"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  RewardPool: {},
  ExitBounties: {},
  Guardian: {
    "pause(uint256)": ["guardian", "the guardian"],
    "lift()": ["canCallWithDelay, guardian", "the guardian, or ADMIN"],
    "setGuardian(address)": ["restricted", "ADMIN"],
    "setAuthority(address)": ["authority()", "the access manager"],
  },
  Council: {
    "propose(address[],bytes[],bytes32)": ["onlyCouncil", "the council"],
    "cancel(bytes32)": ["onlyCouncil", "the council"],
  },
  EverGovernor: {
    "propose(address[],uint256[],bytes[],string)": [
      "recovered",
      "whom the description names as its proposer, if it does",
    ],
    "proposeWithPools(address[],uint256[],bytes[],string,address[])": [
      "provider, recovered",
      "whom the description names as its proposer, if it does; the provider counts with its whole pool",
    ],
    "cancel(address[],uint256[],bytes[],bytes32)": ["proposalProposer()", "the proposer, before the vote"],
    ...Object.fromEntries(
      [
        "castVote(uint256,uint8)",
        "castVoteWithReason(uint256,uint8,string)",
        "castVoteWithReasonAndParams(uint256,uint8,string,bytes)",
      ].map((signature): [string, readonly [string, string]] => [
        signature,
        [
          "ballots.overrode[][caller], ballots.voted[caller], provider",
          "anybody with votes, once; a provider with its whole pool",
        ],
      ]),
    ),
    "setVotingDelay(uint48)": ["onlyGovernance", "a decision of the voters"],
    "setVotingPeriod(uint32)": ["onlyGovernance", "a decision of the voters"],
    "setProposalThreshold(uint256)": ["onlyGovernance", "a decision of the voters"],
    "setLateQuorumVoteExtension(uint48)": ["onlyGovernance", "a decision of the voters"],
    "updateQuorumNumerator(uint256)": ["onlyGovernance", "a decision of the voters"],
  },
  EverTimelock: {
    "schedule(address,uint256,bytes,bytes32,bytes32,uint256)": ["onlyRole", "PROPOSER_ROLE"],
    "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)": ["onlyRole", "PROPOSER_ROLE"],
    "cancel(bytes32)": ["onlyRole", "CANCELLER_ROLE"],
    "execute(address,uint256,bytes,bytes32,bytes32)": ["onlyRoleOrOpenRole", "EXECUTOR_ROLE"],
    "executeBatch(address[],uint256[],bytes[],bytes32,bytes32)": ["onlyRoleOrOpenRole", "EXECUTOR_ROLE"],
    "grantRole(bytes32,address)": ["onlyRole", "DEFAULT_ADMIN_ROLE"],
    "revokeRole(bytes32,address)": ["onlyRole", "DEFAULT_ADMIN_ROLE"],
    "renounceRole(bytes32,address)": ["callerConfirmation", "each member of its own role"],
    "updateDelay(uint256)": ["this", "the timelock itself"],
  },
  AccessManager: {
    "labelRole(uint64,string)": ["onlyAuthorized", "ADMIN"],
    "grantRole(uint64,address,uint32)": ["onlyAuthorized", "ADMIN"],
    "revokeRole(uint64,address)": ["onlyAuthorized", "ADMIN"],
    "renounceRole(uint64,address)": ["callerConfirmation", "each member of its own role"],
    "setRoleAdmin(uint64,uint64)": ["onlyAuthorized", "ADMIN"],
    "setRoleGuardian(uint64,uint64)": ["onlyAuthorized", "ADMIN"],
    "setGrantDelay(uint64,uint32)": ["onlyAuthorized", "ADMIN"],
    "setTargetFunctionRole(address,bytes4[],uint64)": ["onlyAuthorized", "ADMIN"],
    "setTargetAdminDelay(address,uint32)": ["onlyAuthorized", "ADMIN"],
    "setTargetClosed(address,bool)": ["onlyAuthorized", "ADMIN"],
    "updateAuthority(address,address)": ["onlyAuthorized", "ADMIN"],
    "schedule(address,bytes,uint48)": ["canCall, hasRole, this", "whoever may make the call after a delay"],
    "execute(address,bytes)": ["canCall, hasRole, this", "whoever may make the call"],
    "cancel(address,address,bytes)": ["caller, hasRole", "who scheduled it, ADMIN, and its role's guardian"],
  },
  Ledger: {
    "depositWithPermit(address,uint32,(uint256,uint256,uint8,bytes32,bytes32))": [
      "owner",
      "anybody; a permit is used for its own signer",
    ],
  },
  DealPayments: {
    "addBytes(uint256,uint256,uint64,uint256)": ["_verifierOf()", "the deal's verifier"],
    "removeBytes(uint256,uint64)": ["_verifierOf()", "the deal's verifier"],
  },
  UsageChannels: {
    "onApproval(address,bytes)": ["LEDGER", "the ledger, for the account that called it"],
    "topUp(uint256,uint96,uint40)": ["LEDGER.lockOf().payer", "the channel's payer"],
    "close(uint256)": ["_bindings[].payee, lock.payer", "payer and payee; anybody once it is over"],
  },
  DealMarket: {
    "onApproval(address,bytes)": ["LEDGER", "the ledger, for the account that called it"],
    "accept(uint256,uint32)": ["expected", "the provider's operator"],
    "decline(uint256)": ["expected", "the provider's operator"],
    "cancel(uint256)": ["expected", "the deal's customer"],
    "renew(uint256,uint32)": ["record.customer", "the deal's customer"],
    "changeCapacity(uint256,uint64,uint96)": ["record.customer", "the deal's customer"],
    "setSessionKey(uint256,address)": ["expected", "the deal's customer"],
    "end(uint256)": ["expected", "the deal's customer"],
    "giveNotice(uint256)": ["expected, provider", "the provider or its operator"],
  },
  PossessionProofs: {
    "openSet(address,address)": ["operator", "the provider's operator"],
    "addPieces(uint256,uint256,(bytes32,uint40,bytes32)[],uint256,bytes)": ["operator", "the set's operator"],
    "reuseSlot(uint256,uint256,bytes32,uint256,uint256,(bytes32,uint40,bytes32),uint256,bytes)": [
      "operator",
      "the set's operator",
    ],
    "removePiece(uint256,uint256,bytes32,uint256)": [
      "LEDGER.lockOf().payer, _operatorOf()",
      "the set's operator and the deal's customer; anybody once it is over",
    ],
    "prove(uint256,uint256,bytes)": ["operator", "the set's operator"],
  },
  RandomBeacon: {},
  NetworkLens: {},
  Faucet: {},
  LocalUsd: { "mint(address,uint256)": ["MINTER", "the faucet of a local chain"] },
} as const satisfies Record<string, Record<string, readonly [check: string, who: string]>>;

/** Who has which role after the deployment, by the contracts' names. The zero address: anyone. */
export const ROLE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  ADMIN: ["EverTimelock"],
  EMISSION: ["RewardPool"],
  SLASHER: [],
  INSURER: [],
  GUARDIAN: ["Guardian"],
  DEFAULT_ADMIN_ROLE: ["EverTimelock"],
  PROPOSER_ROLE: ["Council", "EverGovernor"],
  CANCELLER_ROLE: ["Council", "EverGovernor"],
  EXECUTOR_ROLE: ["anyone"],
};

/** The contract behind each name of the deployment. */
export const CONTRACT_OF: Readonly<Record<string, keyof typeof AUTHORITY>> = {
  timelock: "EverTimelock",
  manager: "AccessManager",
  ever: "EverToken",
  beacon: "RandomBeacon",
  ledger: "Ledger",
  payments: "DealPayments",
  catalog: "ServiceCatalog",
  invites: "InviteRegistry",
  registry: "ProviderRegistry",
  vault: "StakeVault",
  proofs: "PossessionProofs",
  market: "DealMarket",
  lens: "NetworkLens",
  channels: "UsageChannels",
  router: "FeeRouter",
  insurance: "InsurancePool",
  rewards: "RewardPool",
  governor: "EverGovernor",
  guardian: "Guardian",
  council: "Council",
  exits: "ExitBounties",
  faucet: "Faucet",
  usd: "LocalUsd",
};
