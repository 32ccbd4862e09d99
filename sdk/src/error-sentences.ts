import { formatEther } from "viem";
import { REFUSALS, refusalWords } from "./channels/words.ts";
import { DEAL_STATUSES } from "./deal-status.ts";
import type { ClientErrorName, ContractErrorArgs, ContractErrorName } from "./errors.ts";
import { formatTime } from "./periods.ts";
import { formatBytes, formatEver } from "./units.ts";

/** What happened, and what to do. Whole sentences. */
export interface Sentence {
  message: string;
  hint: string;
}

/** A fragment as logs have it ("the part is late"), as a sentence that stands alone. */
export function asSentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** What wallets, nodes and software do wrong, in words. Who knows more than the reason says it with the values. */
export const clientSentences: { readonly [name in ClientErrorName]: Sentence } = {
  WalletRejected: {
    message: "The wallet was told not to sign.",
    hint: "Nothing was sent or paid. Start again when you want to.",
  },
  WalletMissing: { message: "No account is connected.", hint: "Connect a wallet, or log in, and try again." },
  ChainMismatch: {
    message: "The wallet is on another network.",
    hint: "Switch it to this network, and try again. Nothing was sent.",
  },
  ChainUnreachable: {
    message: "The chain's node does not answer.",
    hint: "Check its address and your connection. If a transaction was sent, it may still be mined.",
  },
  GasMissing: {
    message: "The account cannot pay for the transaction's gas.",
    hint: "Send it some of the chain's own coin, and try again.",
  },
  TransactionPending: {
    message: "The transaction is out, but the chain has not taken it yet.",
    hint: "Wait for it: it is not sent again. Your wallet may offer to speed it up.",
  },
  TransactionReverted: {
    message: "The contract refused without a reason that this version knows.",
    hint: "Nothing was paid but gas. Check that this software fits the deployed contracts.",
  },
  EventMissing: {
    message: "The transaction did not do what was expected.",
    hint: "This software may not fit the deployed contracts: update it.",
  },
  InviteMalformed: { message: "This is not an invitation.", hint: "Copy it again, whole, as it was given to you." },
};

type Explain<name extends ContractErrorName> = (
  args: ContractErrorArgs<name>,
  money: (amount: bigint) => string,
) => Sentence;

const UNPAID = "Nothing was paid.";
const OTHER_OFFER = `Choose another offer. ${UNPAID}`;
const OWN_ACCOUNT = "Use the account that it belongs to.";
const AGAIN = "Look at its state and try again.";

/** A sentence for every error that a person can meet. What only contracts and keepers meet is not here. */
export const explanations: { readonly [name in ContractErrorName]?: Explain<name> } = {
  LedgerBalanceInsufficient: ({ available, required }, money) => ({
    message: `The balance in the ledger is ${money(available)}; this needs ${money(required)}.`,
    hint: "Deposit more, or ask for less capacity or a shorter term.",
  }),
  LedgerApprovalInsufficient: ({ available, required }, money) => ({
    message: `The approval for this market covers ${money(available)}; this needs ${money(required)}.`,
    hint: "Start again, so that the approval is part of the transaction.",
  }),
  LedgerAllowanceInsufficient: ({ available, required }, money) => ({
    message: `The token lets the ledger take ${money(available)}; this needs ${money(required)}.`,
    hint: `The signature may have run out or been used: sign again. ${UNPAID}`,
  }),
  LedgerLockInsufficient: ({ available, required }, money) => ({
    message: `The deal still holds ${money(available)}; this needs ${money(required)}.`,
    hint: "Nothing is left to pay out of it.",
  }),
  LedgerLockNotExpired: ({ refundableAt }) => ({
    message: "The money is still locked for its purpose.",
    hint: `From ${formatTime(refundableAt)} on, anybody can send back what is left.`,
  }),
  LedgerLockUnknown: () => ({ message: "There is no such lock.", hint: "Check the number of the deal." }),
  LedgerTokenUnknown: ({ tokenId }) => ({
    message: `The ledger does not know token ${tokenId}.`,
    hint: "Register the token first, or choose another one.",
  }),
  LedgerTokenInvalid: ({ token }) => ({
    message: `${token} is not a token.`,
    hint: "Check the address, and the chain that it is on.",
  }),
  LedgerAmountTooLarge: ({ amount, max }, money) => ({
    message: `${money(amount)} is too much for one lock: ${money(max)} more would fit.`,
    hint: "Ask for less capacity or a shorter term.",
  }),
  LedgerAccountInvalid: () => ({ message: "The zero address cannot hold money.", hint: "Name a real account." }),

  MarketStatusInvalid: ({ dealId, status }) => ({
    message: `Deal ${dealId} is ${status === 0 ? "unknown" : (DEAL_STATUSES[status] ?? "in a state of its own")}, which does not allow this.`,
    hint: status === 0 ? "Check the number of the deal." : AGAIN,
  }),
  MarketCallerInvalid: ({ dealId, expected }) => ({
    message: `Only ${expected} may do this to deal ${dealId}.`,
    hint: OWN_ACCOUNT,
  }),
  MarketUnsupported: () => ({
    message: "This version of the market does not serve such a request.",
    hint: "Ask for one replica from an offer that you pick.",
  }),
  MarketOfferUnavailable: ({ offerId }) => ({
    message: `Offer ${offerId} was withdrawn, or its provider takes no new deals.`,
    hint: OTHER_OFFER,
  }),
  MarketPriceTooHigh: ({ maxUnitPrice, unitPrice }, money) => ({
    message: `The price is now ${money(unitPrice)} per GiB and 30 periods; at most ${money(maxUnitPrice)} was agreed to.`,
    hint: `Decide again with the new price, or choose another offer. ${UNPAID}`,
  }),
  MarketTermInvalid: ({ minPeriods, maxPeriods, termPeriods }) => ({
    message: `A term of ${termPeriods} periods is out of range: ${minPeriods} to ${maxPeriods} are possible.`,
    hint: "Choose a term in that range.",
  }),
  MarketPinMismatch: ({ expected, actual }) => ({
    message: `The market works with ${expected}, the request named ${actual}.`,
    hint: `The list of contracts is out of date: load it again. ${UNPAID}`,
  }),
  MarketFirstPieceInvalid: ({ capacityBytes, pieceBytes }) => ({
    message: `The content has ${formatBytes(pieceBytes)}, the capacity is ${formatBytes(capacityBytes)}.`,
    hint: `Ask for more capacity. ${UNPAID}`,
  }),
  MarketDeadline: ({ acceptBy, nowAt }) =>
    nowAt < acceptBy
      ? {
          message: `The provider may still accept until ${formatTime(acceptBy)}.`,
          hint: "Wait until then, or cancel the request as its customer.",
        }
      : {
          message: `The time for accepting ended at ${formatTime(acceptBy)}.`,
          hint: "Expire the request: everything goes back to the customer.",
        },
  MarketNotAbandoned: ({ dealId }) => ({
    message: `Deal ${dealId} did not miss three periods in a row.`,
    hint: "Its customer can end it at any boundary.",
  }),
  MarketHandoverInvalid: () => ({
    message: "The market did not understand the request.",
    hint: `This software may not fit the deployed contracts: update it. ${UNPAID}`,
  }),

  PaymentsCapacityExceeded: ({ capacityBytes, requiredBytes }) => ({
    message: `The deal has room for ${formatBytes(capacityBytes)}; this needs ${formatBytes(requiredBytes)}.`,
    hint: "Raise the deal's capacity, or remove a piece first.",
  }),
  PaymentsStreamInactive: () => ({
    message: "The deal's money has not started to flow, or is shared out.",
    hint: AGAIN,
  }),
  PaymentsRateInvalid: () => ({
    message: "A deal needs a capacity, and an offer a price.",
    hint: `Ask for more than zero bytes. ${UNPAID}`,
  }),
  PaymentsUnderfunded: ({ missing }, money) => ({
    message: `The deal's money does not cover what was asked for: ${money(missing)} are missing.`,
    hint: `Ask for more capacity or a longer term, or lock more. ${UNPAID}`,
  }),
  PaymentsGasInsufficient: ({ available, required }) => ({
    message: `The transaction has ${available} gas left, and one more deal may need ${required}.`,
    hint: "Send it with more gas, or settle fewer deals at once. Nothing was settled.",
  }),
  PaymentsNotOver: ({ closedPeriods, endPeriod }) => ({
    message: `The deal is paid until period ${endPeriod}; periods before ${closedPeriods} are closed.`,
    hint: "Wait until its last period and the one after it have ended.",
  }),
  PaymentsEndInvalid: ({ boundPeriod, endPeriod }) => ({
    message: `The deal cannot end in period ${endPeriod}; the bound is period ${boundPeriod}.`,
    hint: "Choose a period on the other side of it.",
  }),
  PaymentsValueTooLarge: ({ value, max }) => ({
    message: `${value} is too much: at most ${max} fits.`,
    hint: "Ask for less capacity or a shorter term.",
  }),
  PaymentsNonceUsed: ({ lastNonce }) => ({
    message: "These pieces were signed with a number that has been used.",
    hint: `Sign them again with a number above ${lastNonce}.`,
  }),

  ChannelsVoucherRefused: ({ channelId, reason }) => {
    const refusal = REFUSALS[reason];
    return {
      message: `The voucher of channel ${channelId} is not paid${refusal ? `: ${refusalWords[refusal]}` : ""}.`,
      hint: "Redeem the highest voucher that the channel's session key signed, while the channel is open.",
    };
  },
  ChannelsUnknown: ({ channelId }) => ({
    message: `There is no channel ${channelId}.`,
    hint: "Check the number of the channel.",
  }),
  ChannelsOver: ({ channelId }) => ({
    message: `Channel ${channelId} is over.`,
    hint: "Open another one; what is left of this one goes back to its payer when anybody closes it.",
  }),
  ChannelsClosing: ({ channelId, closesAt }) => ({
    message: `Channel ${channelId} is being closed: vouchers are paid until ${formatTime(closesAt)}.`,
    hint: "Close it again then, and the rest comes back.",
  }),
  ChannelsCallerInvalid: ({ channelId }) => ({
    message: `Channel ${channelId} is not this account's.`,
    hint: OWN_ACCOUNT,
  }),
  ChannelsPayeeInvalid: () => ({
    message: "The zero address cannot be paid.",
    hint: `Name the provider's account. ${UNPAID}`,
  }),
  ChannelsAmountInvalid: ({ amount, max }, money) => ({
    message: `A channel cannot take ${money(amount)}: it must be more than nothing and at most ${money(max)}.`,
    hint: `Choose another cap. ${UNPAID}`,
  }),
  ChannelsExpiryTooSoon: ({ earliestAt }) => ({
    message: `A channel cannot expire before ${formatTime(earliestAt)}, so that its payee has time to redeem.`,
    hint: `Choose a later expiry. ${UNPAID}`,
  }),
  ChannelsKeyInvalid: ({ sessionKey }) => ({
    message: `${sessionKey} cannot sign vouchers: it is no key.`,
    hint: "Make a session key; for a contract wallet name the wallet as the key's owner.",
  }),
  ChannelsKeyProofInvalid: ({ keyOwner, sessionKey }) => ({
    message: `${keyOwner} does not say that the key ${sessionKey} speaks for it.`,
    hint: "Let that wallet sign the session key for these very terms.",
  }),
  ChannelsServiceUnavailable: ({ tokenId }) => ({
    message: `The catalogue does not list this service, or token ${tokenId}, for new channels.`,
    hint: `Choose another service or token. ${UNPAID}`,
  }),
  ChannelsHandoverInvalid: () => ({
    message: "The channels did not understand the request.",
    hint: `This software may not fit the deployed contracts: update it. ${UNPAID}`,
  }),

  FeesLotUnavailable: ({ tokenId, lotId }) => ({
    message: `This lot of token ${tokenId} is not for sale; the latest one is lot ${lotId}.`,
    hint: `Look at what is for sale now. ${UNPAID}`,
  }),
  FeesPriceTooHigh: ({ maxPrice, price }) => ({
    message: `The lot costs ${formatEver(price)}, more than the ${formatEver(maxPrice)} that you gave.`,
    hint: `Wait until the price has fallen, or give more. ${UNPAID}`,
  }),

  BountyAmountInvalid: () => ({
    message: "A bounty is some of the chain's own coin.",
    hint: "Send along more than zero.",
  }),
  BountyTrancheUnknown: ({ tranche }) => ({
    message: `Nothing thaws under number ${tranche} here.`,
    hint: "It was paid out, or never was. A bounty for it can be taken back.",
  }),
  BountyUnknown: () => ({
    message: "There is no bounty for this exit.",
    hint: "It was earned or taken back, or none was offered.",
  }),
  BountyTooLow: ({ availableWei, requiredWei }) => ({
    message: `The bounty is ${formatEther(availableWei)} coin now, less than the ${formatEther(requiredWei)} asked for.`,
    hint: "Its owner changed it. Look again whether it is worth the gas.",
  }),
  BountyTrancheLeft: ({ tranche }) => ({
    message: `What thaws under number ${tranche} cannot be paid out wholly yet.`,
    hint: "It still thaws, or a case holds back some of it. The bounty stays until then.",
  }),
  BountyNothingPaid: () => ({
    message: "A slash took all that would be paid out.",
    hint: "Nobody earns a bounty for it; its owner can take it back.",
  }),
  RewardsEpochRunning: ({ epoch, currentEpoch }) => ({
    message: `Epoch ${epoch} has not ended: the running one is ${currentEpoch}.`,
    hint: "Claim its rewards when it has ended.",
  }),
  RewardsNothingDue: ({ epoch, tokenId }) => ({
    message: `Nothing is due for epoch ${epoch} and token ${tokenId}.`,
    hint: "It was claimed before, or no fees were recorded or sold in that epoch.",
  }),

  ProofsSetUnknown: ({ setId }) => ({
    message: `There is no proving set ${setId}.`,
    hint: "Check its number, and the chain that it is on.",
  }),
  ProofsSignatureInvalid: ({ expected }) => ({
    message: `The pieces were not signed by ${expected}.`,
    hint: "Sign them with the deal's session key.",
  }),
  ProofsRemoverInvalid: () => ({
    message: "Only the customer or the provider may remove this piece while the deal runs.",
    hint: OWN_ACCOUNT,
  }),
  ProofsPieceRemoved: ({ period }) => ({
    message: `The piece was removed; it leaves after period ${period}.`,
    hint: "Nothing more is needed.",
  }),

  RegistryProviderExists: () => ({
    message: "This account is registered as a provider.",
    hint: "Go on with stake and offers.",
  }),
  RegistryProviderUnknown: ({ provider }) => ({
    message: `${provider} is not registered as a provider.`,
    hint: "Register first.",
  }),
  RegistryOperatorInvalid: () => ({
    message: "The operator key is empty.",
    hint: "Name the address that your keeper prints at its start.",
  }),
  RegistryEndpointInvalid: ({ length, maxLength }) => ({
    message: `The endpoint has ${length} bytes; 1 to ${maxLength} are possible.`,
    hint: "Give a URL of that length.",
  }),
  RegistryTextTooLong: ({ length, maxLength }) => ({
    message: `The text has ${length} bytes; at most ${maxLength} are possible.`,
    hint: "Shorten the name or the region.",
  }),
  RegistryOfferForeign: ({ offerId, provider }) => ({
    message: `Offer ${offerId} belongs to ${provider}.`,
    hint: OWN_ACCOUNT,
  }),
  RegistryOfferUnavailable: ({ offerId }) => ({
    message: `Offer ${offerId} does not exist, was withdrawn, or its provider takes no new deals.`,
    hint: OTHER_OFFER,
  }),
  RegistryCapacityInsufficient: ({ offerId, freeBytes, requiredBytes }) => ({
    message: `Offer ${offerId} has ${formatBytes(freeBytes)}; ${formatBytes(requiredBytes)} are needed.`,
    hint: "Choose another offer, or less capacity.",
  }),
  RegistryServiceInactive: () => ({
    message: "The service takes no new offers.",
    hint: "Choose another service.",
  }),
  RegistryTokenUnlisted: ({ tokenId }) => ({
    message: `Offers cannot be paid in token ${tokenId}.`,
    hint: "Choose a token that the catalogue lists.",
  }),
  RegistryPriceInvalid: () => ({ message: "The price is zero.", hint: "Name a price." }),

  InvitePhaseClosed: () => ({
    message: "The network is closed to new providers.",
    hint: "Governance opens it; until then you can host as a customer.",
  }),
  InviteRequired: () => ({
    message: "Registering needs an invitation while the network grows.",
    hint: "Ask an issuer for one, and give it with the registration.",
  }),
  InviteIssuerUnknown: ({ issuer }) => ({
    message: `${issuer}, who signed the invitation, may let nobody in, or nobody more.`,
    hint: "Ask for one of another issuer.",
  }),
  InviteForeign: ({ invitee }) => ({
    message: `The invitation is for ${invitee}.`,
    hint: "Use that account, or ask for an invitation of your own.",
  }),
  InviteExpired: ({ expiresAt }) => ({
    message: `The invitation ran out at ${formatTime(expiresAt)}.`,
    hint: "Ask for a new one.",
  }),
  InviteIndexInvalid: ({ index, count }) => ({
    message: `There is no invitation ${index} in a batch of ${count}.`,
    hint: "Copy it again, whole, as it was given to you.",
  }),
  InviteRevoked: ({ issuer }) => ({
    message: `The invitation was revoked by ${issuer}, who issued it.`,
    hint: "Ask for a new one.",
  }),
  InviteRevokedBackward: ({ current }) => ({
    message: `All batches below ${current} are revoked already.`,
    hint: "What was revoked stays revoked.",
  }),
  InviteUsed: () => ({ message: "The invitation has been used.", hint: "Each works once. Ask for a new one." }),
  InviteSignatureInvalid: () => ({
    message: "The invitation is neither signed nor sent by its issuer.",
    hint: "Copy it again, whole, as it was given to you; an issuer that is a contract may have yet to send it.",
  }),
  InviteBatchExists: ({ nonce }) => ({
    message: `The issuer has sent batch ${nonce} already.`,
    hint: "Make a new batch, which has a number of its own.",
  }),
  InvitePhaseBackward: () => ({
    message: "The network only opens further, never back.",
    hint: "Choose a later phase.",
  }),

  StakeInsufficient: ({ available, required }) => ({
    message: `${formatEver(available)} of stake is available; this needs ${formatEver(required)}.`,
    hint: "Stake more or allocate more to the service; as a customer, choose another offer.",
  }),
  StakeStillThawing: ({ thawsAt }) => ({
    message: "The stake is still in its unbonding.",
    hint: `Withdraw it from ${formatTime(thawsAt)} on.`,
  }),
  StakeNothingThawing: () => ({ message: "No stake is thawing.", hint: "Thaw some first." }),
  StakeFrozen: ({ frozen }) => ({
    message: `Open cases hold ${formatEver(frozen)} of this provider's stake back.`,
    hint: "Withdraw it when they are over: each holds stake for 20 days at most.",
  }),
  StakeAmountInvalid: () => ({ message: "The amount cannot be staked or thawed.", hint: "Name more than zero." }),
  StakeSharesInsufficient: ({ available, required }) => ({
    message: `${available} shares of the pool are held; this needs ${required}.`,
    hint: "Read the delegation again: a slash of the whole pool ends all its shares.",
  }),
  StakeDelegationOwn: () => ({
    message: "A provider cannot delegate to itself.",
    hint: "Stake it instead: own stake carries delegations.",
  }),
  StakeDelegationExceeded: ({ most, delegated }) => ({
    message: `The provider's own stake carries ${formatEver(most)} of delegations; this would make ${formatEver(delegated)}.`,
    hint: "Delegate less, or to another provider.",
  }),
  StakeCutInvalid: ({ most }) => ({
    message: `A provider keeps at most ${Number(most) / 100} % of its delegators' rewards.`,
    hint: "Name a smaller cut.",
  }),
  StakeIndexExceeded: () => ({
    message: "The provider's pool takes no more rewards.",
    hint: "Its shares have become too dear: delegate to another provider.",
  }),
  StakeCaseKnown: () => ({ message: "The case has frozen this stake before.", hint: "Each case freezes it once." }),
  StakeCaseOpen: ({ endsAt }) => ({
    message: "The case may still hold the stake back.",
    hint: `Anybody can end it from ${formatTime(endsAt)} on.`,
  }),
  StakeVotesNotPast: ({ timepoint }) => ({
    message: "Votes are told of the past only.",
    hint: `Ask after ${formatTime(timepoint)}.`,
  }),
  StakeVotesStepInvalid: () => ({ message: "The step of the votes is zero.", hint: "Deploy with a longer one." }),
  StakeAllowanceInsufficient: ({ available, required }) => ({
    message: `The token lets the vault take ${formatEver(available)}; this needs ${formatEver(required)}.`,
    hint: `The signature may have run out or been used: sign again. ${UNPAID}`,
  }),

  LensListTooLong: ({ length, maxLength }) => ({
    message: `${length} items were asked for at once; a call answers at most ${maxLength}.`,
    hint: "Ask in several calls.",
  }),
  LensSpanInvalid: ({ fromPeriod, toPeriod }) => ({
    message: `The span ends in period ${toPeriod}, before it begins in period ${fromPeriod}.`,
    hint: "Ask for periods in their order.",
  }),

  GovernorInsufficientProposerVotes: ({ votes, threshold }) => ({
    message: `The account has the votes of ${formatEver(votes)}; to propose takes ${formatEver(threshold)}.`,
    hint: "Delegate your EVER to yourself, name your stake pools, or find others who delegate to you.",
  }),
  GovernorRestrictedProposer: () => ({
    message: "The description names somebody else as its proposer.",
    hint: "Propose from that account, or change the description.",
  }),
  GovernorUnexpectedProposalState: () => ({
    message: "The proposal is not in the state that this needs.",
    hint: AGAIN,
  }),
  GovernorNonexistentProposal: () => ({ message: "There is no such proposal.", hint: "Check its number." }),
  GovernorUnableToCancel: () => ({
    message: "Only its proposer can withdraw a proposal, and only before the vote.",
    hint: "Vote against it instead.",
  }),
  GovernorAlreadyCastVote: () => ({
    message: "This account has voted on the proposal.",
    hint: "A ballot cannot be changed. Another one can only name further stake pools.",
  }),
  GovernorPoolVoted: ({ provider }) => ({
    message: `This account has voted with the stake pool of ${provider}.`,
    hint: "Leave it out of the ballot.",
  }),
  GovernorVotesNone: () => ({
    message: "The account had no votes when the proposal's votes were taken.",
    hint: "EVER votes once it is delegated, to oneself too, before that moment. Name the stake pools that you have a part in.",
  }),
  GovernorPoolsInvalid: ({ max }) => ({
    message: `A ballot names between one and ${max} stake pools.`,
    hint: "Vote with the others in a second ballot.",
  }),
  GovernorPoolsUnsorted: () => ({
    message: "The stake pools of a ballot are named in rising order, each once.",
    hint: "Sort their addresses, and try again.",
  }),
  GovernorInvalidVoteType: () => ({
    message: "A ballot is against, for, or abstains.",
    hint: "Choose one of them.",
  }),
  GovernorInvalidSignature: ({ voter }) => ({
    message: `The ballot is not signed by ${voter}, or was used.`,
    hint: "Sign it again.",
  }),
  GovernorSettingInvalid: ({ value, min, max }) => ({
    message: `The setting would be ${value}; it is between ${min} and ${max} for ever.`,
    hint: "Propose a value within the bounds.",
  }),
  GovernorPreventLateQuorumVoteExtensionTooLarge: ({ maxVoteExtension }) => ({
    message: `The extension is at most the voting period of ${maxVoteExtension} seconds.`,
    hint: "Propose a shorter one.",
  }),
  GovernorCallsTooMany: ({ max }) => ({
    message: `A proposal makes at most ${max} calls.`,
    hint: "Divide it into several.",
  }),
  GovernorInvalidProposalLength: () => ({
    message: "A proposal has at least one call, and a target, a value and data for each.",
    hint: "Check the calls.",
  }),
  GovernorTargetInvalid: ({ target }) => ({
    message: `There is no contract at ${target}.`,
    hint: "Check the address: the call would do nothing.",
  }),
  GovernorCallInvalid: ({ target }) => ({
    message: `The call of ${target} can never succeed.`,
    hint: "Encode it again from the contract's ABI.",
  }),
  GovernorValueRefused: () => ({
    message: "Proposals move no native coin.",
    hint: "Set the value of each call to zero.",
  }),
  GuardianOnly: ({ caller }) => ({
    message: `${caller} is not the guardian.`,
    hint: "Ask the guardian, or propose another one.",
  }),
  GuardianSpanInvalid: ({ max }) => ({
    message: `A pause lasts at least a second and at most ${max} seconds.`,
    hint: "Choose a span in between.",
  }),
  GuardianTooSoon: ({ earliestAt }) => ({
    message: "The last pause began less than 60 days ago.",
    hint: `The next one can begin at ${formatTime(earliestAt)}.`,
  }),
  GuardianNotPaused: () => ({ message: "New entries are not paused.", hint: "There is nothing to lift." }),
  EntryPaused: ({ until }) => ({
    message: "New entries are paused by the guardian.",
    hint: `The pause ends by itself at ${formatTime(until)}, at the latest.`,
  }),
  CouncilOnly: ({ caller }) => ({
    message: `${caller} is not the council.`,
    hint: "Propose it to the voters.",
  }),
  CouncilTermEnded: ({ endedAt }) => ({
    message: `The council's term ended at ${formatTime(endedAt)}.`,
    hint: "Propose it to the voters.",
  }),
  CouncilTargetForbidden: ({ target }) => ({
    message: `The council has no say over ${target}.`,
    hint: "Propose it to the voters.",
  }),
  CouncilOperationForeign: () => ({
    message: "The council did not propose this.",
    hint: "It can withdraw only its own proposals.",
  }),

  CatalogServiceUnknown: () => ({ message: "There is no such service.", hint: "Choose one of the catalogue." }),
  FaucetTooSoon: ({ availableAt }) => ({
    message: "The faucet gave to this account a moment ago.",
    hint: `It gives again from ${formatTime(availableAt)} on.`,
  }),
  FaucetEmpty: () => ({ message: "The faucet is empty.", hint: "Start the local network afresh." }),

  ERC20InsufficientBalance: ({ balance, needed }, money) => ({
    message: `The account has ${money(balance)}; this needs ${money(needed)}.`,
    hint: "Get more of the token first.",
  }),
  ERC20InsufficientAllowance: ({ allowance, needed }, money) => ({
    message: `The token lets the contract take ${money(allowance)}; this needs ${money(needed)}.`,
    hint: "Approve the amount first.",
  }),
  ERC2612ExpiredSignature: ({ deadline }) => ({
    message: `The signature ran out at ${formatTime(deadline)}.`,
    hint: `Sign again. ${UNPAID}`,
  }),
  ERC2612InvalidSigner: ({ owner }) => ({
    message: `The permit was not signed by ${owner}, or has been used.`,
    hint: `Sign again. ${UNPAID}`,
  }),
  SafeERC20FailedOperation: ({ token }) => ({
    message: `The token ${token} refused the transfer.`,
    hint: "Check its balance and whether it is paused.",
  }),
  AccessManagedUnauthorized: ({ caller }) => ({
    message: `${caller} may not do this: it is up to governance.`,
    hint: "Use an account with the role, or propose it.",
  }),
};
