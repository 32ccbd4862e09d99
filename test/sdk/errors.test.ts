import {
  BaseError,
  ChainMismatchError,
  ContractFunctionRevertedError,
  encodeErrorResult,
  HttpRequestError,
  parseEther,
  RawContractError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
  zeroAddress,
  zeroHash,
} from "viem";
import { describe, expect, it } from "vitest";
import { asSentence, clientSentences, explanations, type Sentence } from "../../sdk/src/error-sentences.ts";
import {
  type ContractErrorName,
  contractError,
  decodeProtocolError,
  decodeRevert,
  ProtocolError,
} from "../../sdk/src/errors.ts";
import { ledgerAbi, protocolErrorsAbi, stakeVaultAbi } from "../../sdk/src/generated/abis.ts";

const ACCOUNT = "0xBcd4042DE499D14e55001CcbB24a551F3b954096";

/** Errors that only contracts, keepers, governors and OpenZeppelin's internals meet; a person gets the general sentence. */
const INTERNAL =
  /^(Access|Address|Beacon|CatalogChange|CatalogParameter|ChannelsFeeTooHigh|Checkpoint|Clock|ECDSA|EntryPauseTooLong|ERC20(Exceeded|Invalid)|EpochClock|ERC5805|Ever|FailedCall|Fees(Connected|ParameterInvalid|ShareTooHigh|Unconnected)|Governor(AlreadyQueued|Disabled|InvalidQuorum|InvalidVoteParams|InvalidVotingPeriod|OnlyExecutor|ProposalQueueing|Relay|Timelock)|InsufficientBalance|Insurance|InvalidAccountNonce|InvalidShortString|InviteGate|LedgerLockExists|LedgerPayeeFixed|LedgerReentered|LedgerPermitInvalid|LocalUsd|MarketSetInvalid|Payments(CallerInvalid|FeeTooHigh|SetMismatch|StreamExists|VerifierInvalid)|Proofs(DealInvalid|FirstPiece|MissUnproven|OperatorOnly|PeriodProven|PieceInvalid|ProofInvalid|Set(Empty|Over)|Slot|Window)|ReentrancyGuard|RegistryMarketOnly|RewardsSchedule|SafeCast|StakeMarketOnly|StringTooLong|Timelock|VotesExpired)/;

describe("explanations", () => {
  it("has a sentence for every error that a person can meet", () => {
    const missing = protocolErrorsAbi
      .map(({ name }) => name)
      .filter((name) => !explanations[name] && !INTERNAL.test(name));
    expect(missing).toEqual([]);
  });

  it("speaks in whole sentences", () => {
    for (const [name, explain] of Object.entries(explanations)) {
      const { inputs } = protocolErrorsAbi.find((item) => item.name === name) ?? { inputs: [] };
      const args = Object.fromEntries(
        inputs.map((input) => [input.name, input.type.startsWith("uint") ? 1n : zeroHash]),
      );
      const { message, hint } = (explain as (args: object, money: (amount: bigint) => string) => Sentence)(
        args,
        (amount) => `${amount} USD`,
      );
      for (const text of [message, hint]) expect(text, name).toMatch(/^[A-Z0-9].*\.$/);
      expect(message + hint, name).not.toContain("undefined");
    }
  });
});
describe("clientSentences", () => {
  it("speaks in whole sentences", () => {
    for (const [name, { message, hint }] of Object.entries(clientSentences))
      for (const text of [message, hint]) expect(text, name).toMatch(/^[A-Z].*\.$/);
  });
});

describe("asSentence", () => {
  it.each([
    ["the part is late", "The part is late."],
    ["Is it?", "Is it?"],
  ])("makes %j stand alone", (text, sentence) => {
    expect(asSentence(text)).toBe(sentence);
  });
});

describe("decodeRevert", () => {
  it("gives the arguments by their names", () => {
    const data = encodeErrorResult({
      abi: stakeVaultAbi,
      errorName: "StakeInsufficient",
      args: [ACCOUNT, parseEther("1"), parseEther("2.5")],
    });
    expect(decodeRevert(data)).toEqual({
      name: "StakeInsufficient",
      args: { provider: ACCOUNT, available: parseEther("1"), required: parseEther("2.5") },
    });
  });

  it("does not know foreign errors, reasons and panics", () => {
    expect(decodeRevert("0xdeadbeef")).toBeUndefined();
    expect(decodeRevert("0x")).toBeUndefined();
    const panic = `0x4e487b71${"11".padStart(64, "0")}` as const;
    expect(decodeRevert(panic)).toBeUndefined();
  });
});

describe("decodeProtocolError", () => {
  const data = encodeErrorResult({
    abi: ledgerAbi,
    errorName: "LedgerBalanceInsufficient",
    args: [ACCOUNT, 1, 1_000_000n, 2_500_000n],
  });

  it("leaves alone what is not about chain, wallet or contract", () => {
    expect(decodeProtocolError(new Error("disk full"))).toBeUndefined();
    expect(decodeProtocolError("text")).toBeUndefined();
    expect(decodeProtocolError(new BaseError("something else"))).toBeUndefined();
  });

  it("finds a contract's error wherever a transport put it, and speaks of money as it is told to", () => {
    const money = (amount: bigint) => `${amount / 1_000_000n} USD`;
    const places = [
      new ContractFunctionRevertedError({ abi: ledgerAbi, data, functionName: "lock" }),
      new BaseError("outer", { cause: new RawContractError({ data }) }),
      new BaseError("outer", { cause: Object.assign(new Error("rpc"), { data: { data } }) }),
    ];
    for (const cause of places) {
      const error = decodeProtocolError(cause, { money });
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error?.code).toBe("LedgerBalanceInsufficient");
      expect(error?.message).toBe("The balance in the ledger is 1 USD; this needs 2 USD.");
      expect(error?.hint).toBe("Deposit more, or ask for less capacity or a shorter term.");
      expect(error?.args).toMatchObject({ account: ACCOUNT, available: 1_000_000n });
      expect(error?.cause).toBe(cause);
    }
  });

  it("decodes an error that a called contract's own ABI does not have", () => {
    const cause = new ContractFunctionRevertedError({ abi: stakeVaultAbi, data, functionName: "stake" });
    expect(decodeProtocolError(cause)?.code).toBe("LedgerBalanceInsufficient");
  });

  it.each([
    [new UserRejectedRequestError(new Error("no")), "WalletRejected"],
    [
      new ChainMismatchError({
        chain: {
          id: 1,
          name: "one",
          nativeCurrency: { name: "", symbol: "", decimals: 18 },
          rpcUrls: { default: { http: [] } },
        },
        currentChainId: 2,
      }),
      "ChainMismatch",
    ],
    [new HttpRequestError({ url: "http://127.0.0.1:1" }), "ChainUnreachable"],
    [new WaitForTransactionReceiptTimeoutError({ hash: zeroHash }), "TransactionPending"],
    [
      new ContractFunctionRevertedError({ abi: ledgerAbi, data: "0xdeadbeef", functionName: "lock" }),
      "TransactionReverted",
    ],
    [
      new ContractFunctionRevertedError({ abi: ledgerAbi, functionName: "lock", message: "paused" }),
      "TransactionReverted",
    ],
  ])("tells %o", (cause, code) => {
    const error = decodeProtocolError(new BaseError("outer", { cause }));
    expect(error?.code).toBe(code);
    expect(error?.hint).toMatch(/\.$/);
  });

  it("knows a wallet's own refusal, which viem never saw", () => {
    const refused = Object.assign(new Error("User rejected the request."), { code: 4001 });
    expect(decodeProtocolError(refused)).toMatchObject({ code: "WalletRejected", cause: refused });
    expect(decodeProtocolError(Object.assign(new Error("busy"), { code: -32002 }))).toBeUndefined();
  });

  it("does not wrap twice", () => {
    const error = contractError("InviteRequired", {});
    expect(decodeProtocolError(error)).toBe(error);
  });
});

describe("contractError", () => {
  it("has a general sentence for what only contracts meet", () => {
    const name: ContractErrorName = "LedgerPayeeFixed";
    const error = contractError(name, { operator: zeroAddress, lockId: 7n, payee: ACCOUNT });
    expect(error.message).toBe(
      `The contract refused: LedgerPayeeFixed (operator ${zeroAddress}, lockId 7, payee ${ACCOUNT}).`,
    );
  });
});
