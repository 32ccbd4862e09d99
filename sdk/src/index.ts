// Everything that clients share. Pieces, their proofs and what needs Node have entrances of their own: `@4ever/sdk/pieces`,
// `@4ever/sdk/proofs/…`, `@4ever/sdk/node/…`.
export { type BatchCall, canBatch, findBatch, sendBatch } from "./batches.ts";
export {
  type Acceptance,
  createVoucherAccumulator,
  shouldRedeem,
  type VoucherAccumulator,
} from "./channels/accumulator.ts";
export { createBrowserStore } from "./channels/browser-store.ts";
export {
  type Channel,
  ChannelsMissing,
  closeChannel,
  getChannel,
  type OpenChannelOptions,
  openChannel,
  type Redemption,
  redeemVouchers,
  setPayout,
  termsOf,
  topUpChannel,
} from "./channels/channels.ts";
export {
  type DeliveryOptions,
  deliverVoucher,
  receiptOf,
  type VoucherErrorCode,
  VoucherNotTaken,
  type VoucherProblem,
  type VoucherReceipt,
} from "./channels/delivery.ts";
export { ChannelStoreDamaged, type EntryCodec, receivedVouchers, signedSums } from "./channels/entries.ts";
export { type ChannelStore, channelKey } from "./channels/store.ts";
export { createVoucherBook, type SignedSum, type Signing, type VoucherBook } from "./channels/voucher-book.ts";
export {
  type ChannelTerms,
  type Claim,
  decodeVoucher,
  encodeVoucher,
  sessionKeyTypedData,
  signVoucher,
  type Voucher,
  voucherDigest,
  voucherSigner,
} from "./channels/vouchers.ts";
export type { ChannelStatus, Refusal } from "./channels/words.ts";
export {
  type ActionOptions,
  assertChain,
  type BatchName,
  type ProtocolClient,
  type SendStep,
  type Sent,
  send,
} from "./client.ts";
export {
  type CapacityQuote,
  changeCapacity,
  encodeHandover,
  quoteCapacity,
  type RequestDealOptions,
  renew,
  requestDeal,
} from "./deal-actions.ts";
export { cancel, decline, end, endAbandoned, expire, finish, giveNotice, setSessionKey, settle } from "./deal-ends.ts";
export { type PiecePlace, type PiecesSigner, removePiece, signPieces } from "./deal-pieces.ts";
export type { DealStatus } from "./deal-status.ts";
export { type Deal, dealKeyOf, getDeal, getEarned, listDealIds } from "./deals.ts";
export {
  type ContractName,
  type Contracts,
  type Deployment,
  DeploymentError,
  type Parameters,
  parseDeployment,
} from "./deployments.ts";
export { asSentence, clientSentences, type Sentence } from "./error-sentences.ts";
export {
  type ClientErrorName,
  type ContractErrorArgs,
  type ContractErrorName,
  clientError,
  contractError,
  decodeProtocolError,
  decodeRevert,
  type ErrorContext,
  ProtocolError,
} from "./errors.ts";
export {
  ExitBountiesMissing,
  type ExitBounty,
  executeExit,
  getExitBounty,
  offerExitBounty,
  suggestExitBounty,
  suggestedBounty,
  takeBackExitBounty,
} from "./exit-bounties.ts";
export { claimFaucet, claimFaucetByNode } from "./faucet.ts";
export {
  AuctionsMissing,
  type BuyLotOptions,
  buyLot,
  collectFees,
  type FeeLot,
  getBurned,
  getFeeLot,
  lotPriceAt,
} from "./fees.ts";
export * from "./generated/abis.ts";
export { type CallChange, getCallChanges } from "./governance/call-changes.ts";
export { type DecodedCall, decodeCall, type ProposalCall } from "./governance/call-sentences.ts";
export { type Bounds, type Composed, composeCall, getBounds, getServiceValues } from "./governance/compose.ts";
export { GovernorMissing } from "./governance/contracts.ts";
export {
  type Council,
  CouncilMissing,
  cancelAsCouncil,
  executeForCouncil,
  executeOperation,
  getCouncil,
  OperationUnknown,
  proposeAsCouncil,
} from "./governance/council.ts";
export { getPause, liftPause, type Pause, pauseEntries } from "./governance/pauses.ts";
export { encodePools, MAX_POOLS, PoolsTooMany, sortPools } from "./governance/pools.ts";
export { type CallField, PROPOSABLE, type Proposable, proposablesOf } from "./governance/proposable.ts";
export {
  cancelProposal,
  castVote,
  executeProposal,
  getProposal,
  getProposalId,
  type Proposal,
  type ProposalState,
  type ProposalText,
  propose,
  queueProposal,
  type Support,
} from "./governance/proposals.ts";
export { listProposalTexts } from "./governance/texts.ts";
export {
  delegateVotes,
  type GovernorSettings,
  getCast,
  getGovernorSettings,
  getVoteDelegation,
  getVotes,
  getVotingPower,
  openBallot,
  type PoolVotes,
  type VoteDelegation,
  type VotingPower,
} from "./governance/votes.ts";
export { decodeInvite, encodeInvite, inviteLink, parseInvite } from "./invites/code.ts";
export { admissionOf, type BatchTerms, batchTypedData, claimTypedData, type Invite } from "./invites/invite.ts";
export {
  type CreateInviteOptions,
  createInvite,
  createInvites,
  getInviteState,
  getIssuer,
  type Invitee,
  type InviteState,
  type IssuerCall,
  MAX_BATCH,
  nonceAt,
  prepareInvites,
  prepareRevocation,
  revokeInvites,
  revokeInvitesBelow,
} from "./invites/issuing.ts";
export {
  type ApproveMarketOptions,
  approveMarket,
  type DepositOptions,
  deposit,
  refundExpired,
  type WithdrawOptions,
  withdraw,
} from "./ledger.ts";
export {
  type ChooseOfferOptions,
  type ChosenOffer,
  chooseOffer,
  type OfferWish,
  type PassedOffer,
} from "./offer-choice.ts";
export {
  getEndpoint,
  getOffer,
  listOffers,
  type Offer,
  type OfferObstacle,
  type OfferTerms,
  obstacleOf,
  publishOffer,
  type Quote,
  quote,
  updateOffer,
  withdrawOffer,
} from "./offers.ts";
export {
  type Clock,
  endOf,
  firstOpenPeriod,
  formatSpan,
  formatTime,
  periodAt,
  periodsIn,
  startOf,
} from "./periods.ts";
export { allow, PERMIT_TYPES, type Permit, permitDomainOf, signPermit, unsignedPermit } from "./permits.ts";
export {
  type Cut,
  cutAt,
  type DelegatedTranche,
  type Delegation,
  delegatedWorth,
  gainOf,
  growthBps,
  type Pool,
  provenShare,
  roomOf,
  sharesFor,
  withdrawableOf,
  worthOf,
} from "./pools.ts";
export {
  getPhase,
  getProvider,
  type Phase,
  type RegisterOptions,
  register,
  setEndpoint,
  setGroup,
  setOperator,
  syncOperator,
} from "./providers.ts";
export {
  claimReward,
  type DueReward,
  type FeeSource,
  getEpoch,
  getReward,
  listDueRewards,
  type Reward,
  type RewardOptions,
  RewardsMissing,
  recordFees,
} from "./rewards.ts";
export {
  allocate,
  delegate,
  getCut,
  getDelegation,
  getStake,
  listTranches,
  type StakeOptions,
  setCut,
  stake,
  thaw,
  undelegate,
  withdrawStake,
} from "./stakes.ts";
export { listExitBounties, type OfferedBounty } from "./subgraph/bounties.ts";
export { createSubgraph, type Query, type Subgraph, SubgraphError } from "./subgraph/client.ts";
export {
  balanceIdOf,
  dealIdOf,
  NETWORK_ID,
  offerIdOf,
  provingSetIdOf,
  roundIdOf,
  tokenIdOf,
} from "./subgraph/ids.ts";
export {
  getPoolHistory,
  type IndexedReward,
  listDelegations,
  listPools,
  listRewards,
  type PoolEvent,
  type PoolHistory,
} from "./subgraph/pools.ts";
export {
  getIndexedGuard,
  getIndexedProposal,
  type IndexedBallot,
  type IndexedGuard,
  type IndexedOperation,
  type IndexedPoolBallot,
  type IndexedProposal,
  listBallotsOf,
  listPoolsOf,
  listProposals,
  type ProposalStatus,
} from "./subgraph/proposals.ts";
export {
  findOffers,
  getIndexedBlock,
  getIndexedDeal,
  getNetwork,
  type IndexedDeal,
  type IndexedNetwork,
  type IndexedOffer,
  listDealsOf,
  type OfferNeed,
} from "./subgraph/queries.ts";
export { getBalance, getToken, moneyOf, type TokenInfo } from "./tokens.ts";
export {
  costOf,
  EVER_DECIMALS,
  earnedOf,
  formatBytes,
  formatEver,
  formatMoney,
  GIB,
  LEAF_BYTES,
  netOf,
  PRICE_PERIODS,
  parseBytes,
  parseMoney,
  stakeFor,
  UnitError,
} from "./units.ts";
export * from "./upload-client.ts";
export * from "./uploads.ts";
