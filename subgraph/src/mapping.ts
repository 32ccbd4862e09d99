// The one file that is compiled: all handlers in one module, nine times faster than a module per contract.
export * from "./deal-market";
export * from "./deal-payments";
export * from "./ever-governor";
export * from "./exit-bounties";
export * from "./fee-router";
export * from "./guardian";
export * from "./insurance-pool";
export * from "./invite-registry";
export * from "./ledger";
export * from "./possession-proofs";
export * from "./provider-registry";
export * from "./random-beacon";
export * from "./reward-pool";
export * from "./service-catalog";
export * from "./stake-vault";
export * from "./timelock-controller";
export * from "./usage-channels";
