import { formatBytes } from "@/lib/format/bytes";
import { formatAbsolute } from "@/lib/format/time";

interface Sentence {
  what: string;
  next: string;
}

type Args = readonly unknown[];
const bytes = (value: unknown) => formatBytes(BigInt(String(value)));
const time = (value: unknown) => formatAbsolute(Number(value));
const text = (value: unknown) => String(value);

const RELOAD = "Nothing was sent and nothing was paid. Reload to see how things stand now.";
const OWN_ONLY = "Connect the account that it belongs to, then try again.";

/**
 * What each refusal means to the person who met it. Amounts are left to the page, which knows the token's decimals.
 * Arguments are in the order of the contracts' errors.
 */
const SENTENCES: Record<string, (args: Args) => Sentence> = {
  LedgerBalanceInsufficient: () => ({
    what: "Your balance in the ledger is smaller than this costs.",
    next: "Deposit more, or choose less capacity or a shorter term.",
  }),
  LedgerApprovalInsufficient: () => ({
    what: "The ledger has no approval from you for this amount.",
    next: "Start again, so that the approval is part of the transaction.",
  }),
  LedgerAllowanceInsufficient: () => ({
    what: "The token's permit was refused, and its allowance does not cover the amount.",
    next: "The permit may have run out. Sign again; nothing was paid.",
  }),
  LedgerLockNotExpired: ([, , at]) => ({
    what: "The locked money can be taken back by anyone only later.",
    next: `That is possible from ${time(at)}.`,
  }),
  LedgerTokenUnknown: () => ({ what: "The ledger does not know this token.", next: RELOAD }),
  MarketOfferUnavailable: () => ({
    what: "The offer was withdrawn, or its provider takes no new deals.",
    next: "Choose another offer. Nothing was paid.",
  }),
  MarketPriceTooHigh: () => ({
    what: "The provider raised the price since it was shown.",
    next: "Look at the new price, and decide again. Nothing was paid.",
  }),
  MarketTermInvalid: ([min, max]) => ({
    what: "The term is out of the offer's range.",
    next: `Choose between ${text(min)} and ${text(max)} periods.`,
  }),
  MarketStatusInvalid: () => ({ what: "The deal is in a state that does not allow this any more.", next: RELOAD }),
  MarketCallerInvalid: ([, expected]) => ({ what: `Only ${text(expected)} may do this.`, next: OWN_ONLY }),
  MarketDeadline: ([, acceptBy]) => ({
    what: `The time for accepting matters here: it ends at ${time(acceptBy)}.`,
    next: RELOAD,
  }),
  MarketFirstPieceInvalid: ([capacity, piece]) => ({
    what: `The files need ${bytes(piece)}, and the deal has room for ${bytes(capacity)}.`,
    next: "Choose more capacity.",
  }),
  MarketPinMismatch: () => ({
    what: "The dashboard and the market name different contracts.",
    next: "Reload the page: its configuration is out of date.",
  }),
  MarketNotAbandoned: () => ({
    what: "The provider has not missed three periods in a row.",
    next: "As the customer you can end the deal at any boundary.",
  }),
  MarketUnsupported: () => ({
    what: "This version of the market does not serve such a request.",
    next: "Choose one provider and one replica.",
  }),
  RegistryProviderExists: () => ({ what: "This account is registered.", next: "Go on with stake and offers." }),
  RegistryProviderUnknown: () => ({ what: "This account is not registered as a provider.", next: "Register first." }),
  RegistryOperatorInvalid: () => ({
    what: "The operator key is empty.",
    next: "Enter the address that your keeper prints at its start.",
  }),
  RegistryEndpointInvalid: ([length, most]) => ({
    what: `The endpoint has ${text(length)} bytes; 1 to ${text(most)} are possible.`,
    next: "Enter a shorter address.",
  }),
  RegistryOfferForeign: () => ({ what: "The offer belongs to another provider.", next: OWN_ONLY }),
  RegistryOfferUnavailable: () => ({
    what: "The offer does not exist any more, or takes no new deals.",
    next: "Choose another offer. Nothing was paid.",
  }),
  RegistryCapacityInsufficient: ([, free, required]) => ({
    what: `Only ${bytes(free)} are free; ${bytes(required)} are needed.`,
    next: "Choose another offer or less capacity.",
  }),
  RegistryServiceInactive: () => ({ what: "The service takes no new offers.", next: "Choose another service." }),
  RegistryTokenUnlisted: () => ({ what: "Offers cannot be paid in this token.", next: "Choose a listed token." }),
  RegistryPriceInvalid: () => ({ what: "The price is zero.", next: "Enter a price." }),
  InvitePhaseClosed: () => ({
    what: "The network is closed to new providers.",
    next: "Governance opens it; until then you can host as a customer.",
  }),
  InviteRequired: () => ({
    what: "Registering needs an invite while the network grows.",
    next: "Paste the invite that you were given.",
  }),
  InviteIssuerUnknown: () => ({
    what: "Whoever signed this invite may not invite.",
    next: "Ask for an invite from a listed issuer.",
  }),
  InviteForeign: ([invitee]) => ({
    what: `The invite is for ${text(invitee)}.`,
    next: "Connect that account, or ask for an invite of your own.",
  }),
  InviteExpired: ([at]) => ({ what: `The invite ran out at ${time(at)}.`, next: "Ask for a new one." }),
  InviteUsed: () => ({ what: "The invite has been used.", next: "Each works once. Ask for a new one." }),
  InviteSignatureInvalid: () => ({
    what: "The invite's signature is not its issuer's.",
    next: "Paste it again as it was given to you.",
  }),
  StakeInsufficient: () => ({
    what: "Less stake is available than this needs.",
    next: "Add stake, or free some of what is allocated.",
  }),
  StakeStillThawing: ([, at]) => ({
    what: "The stake is still unbonding.",
    next: `It can be withdrawn from ${time(at)}.`,
  }),
  StakeNothingThawing: () => ({ what: "Nothing is thawing.", next: "Start a thaw first." }),
  StakeAmountInvalid: () => ({
    what: "The amount is zero, or cannot be reserved in whole.",
    next: "Enter another amount.",
  }),
  StakeAllowanceInsufficient: () => ({
    what: "The permit was refused, and the token's allowance does not cover the amount.",
    next: "The permit may have run out. Sign again; nothing was paid.",
  }),
  PaymentsStreamInactive: () => ({ what: "The deal's payments are not running.", next: RELOAD }),
  PaymentsNotOver: () => ({
    what: "The deal's last periods are not closed yet.",
    next: "Wait until the last proof window has passed.",
  }),
  PaymentsCapacityExceeded: ([, capacity, required]) => ({
    what: `The deal has room for ${bytes(capacity)}; this needs ${bytes(required)}.`,
    next: "Change the capacity first.",
  }),
  CatalogServiceUnknown: () => ({ what: "The service is not in the catalogue.", next: RELOAD }),
  ERC20InsufficientBalance: () => ({
    what: "The account has fewer tokens than this costs.",
    next: "Get more tokens, or choose less.",
  }),
  ERC20InsufficientAllowance: () => ({
    what: "The token's allowance does not cover the amount.",
    next: "Approve the amount, then try again.",
  }),
  ERC2612ExpiredSignature: () => ({ what: "The permit ran out before it was used.", next: "Sign again." }),
};

/** The sentence for a custom error, by its name; names the error where we have no words for it. */
export function sentenceOf(errorName: string, args: Args): Sentence {
  const known = SENTENCES[errorName];
  if (known) return known(args);
  return { what: `The contract refused with ${errorName}.`, next: RELOAD };
}
