// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IProofVerifier
/// @notice What a payment needs from whoever judges proofs.
interface IProofVerifier {
    /// @notice Number of periods in [`fromPeriod`, `toPeriod`) in which the set was proven.
    function provenPeriods(uint256 setId, uint256 fromPeriod, uint256 toPeriod) external view returns (uint256);
}

/// @title IDealPayments
/// @notice Releases a deal's prepaid money by proven time: earned = unit price × live bytes × proven periods. No administrator.
/// @dev A deal is known here by its *deal key*: `uint256(uint160(market)) << 96 | dealId`, so every key belongs to the market that
/// made it and no table of markets is needed. The key is also the lock id in the `Ledger`, where this contract is the operator and
/// the market is the agent. Money is gross until the fee is taken from what is released.
/// A price is for one GiB (2^30 bytes) and 30 periods: a month where a period is a day, ten minutes on a local chain of 20-second periods.
/// Period p is closed, so that its verdict can no longer change, when period p + 1 has ended.
interface IDealPayments {
    /// @notice What a request fixes for the life of the deal.
    /// @param payer Customer; must have approved this contract for the calling market.
    /// @param payee Provider.
    /// @param tokenId Token of the `Ledger`.
    /// @param most Token base units to lock: all that the deal can cost.
    /// @param signer Key whose signature adds pieces: the session key, or the customer.
    /// @param capacityBytes Most bytes that may be live at a time.
    /// @param unitPrice Token base units per GiB and 30 periods, gross.
    /// @param feeBps Protocol fee in basis points of what the provider earns, at most `MAX_FEE_BPS`.
    /// @param expiresAt Unix seconds; the lock's expiry.
    struct Reservation {
        address payer;
        address payee;
        uint32 tokenId;
        uint96 most;
        address signer;
        uint64 capacityBytes;
        uint96 unitPrice;
        uint16 feeBps;
        uint40 expiresAt;
    }

    /// @notice The live state of a deal's money.
    /// @dev Warning: `earned` and `released` are as of the last settlement; `earnedOf` tells them as of now. `liveBytes` and `unitPrice`
    /// are those of the next boundary on: what the running period earns may differ.
    /// @param verifier Judge of the proofs; fixed at the start.
    /// @param setId Proving set of the provider that holds the deal's pieces.
    /// @param endPeriod First period that is not paid any more.
    /// @param feeBps Basis points.
    /// @param signer Key whose signature adds pieces.
    /// @param nonce Last nonce that was used to add pieces; 0 before the first piece, which the request itself carries.
    /// @param capacityBytes Most bytes that may be live.
    /// @param liveBytes Bytes under proof from the next boundary on.
    /// @param unitPrice Token base units per GiB and 30 periods from the next boundary on.
    /// @param settledPeriod First period that is not settled yet.
    /// @param earned Token base units, gross, of all settled periods.
    /// @param released Token base units, gross, of `earned` that is not held back.
    /// @param feeSwept Token base units of fee that were paid out.
    /// @param closed Whether everything is shared out, or went back before the start.
    struct Stream {
        address verifier;
        uint32 setId;
        uint32 endPeriod;
        uint16 feeBps;
        address signer;
        uint32 nonce;
        uint64 capacityBytes;
        uint64 liveBytes;
        uint96 unitPrice;
        uint32 settledPeriod;
        uint96 earned;
        uint96 released;
        uint96 feeSwept;
        bool closed;
    }

    /// @notice The stream was never reserved, or not started, or is closed.
    error PaymentsStreamInactive(uint256 dealKey);
    /// @notice The stream has been started or closed before.
    error PaymentsStreamExists(uint256 dealKey);
    /// @notice Only the market that is part of the key may do this.
    error PaymentsCallerInvalid(uint256 dealKey, address caller);
    /// @notice More bytes than the customer's capacity allows.
    error PaymentsCapacityExceeded(uint256 dealKey, uint256 capacityBytes, uint256 requiredBytes);
    /// @notice The nonce does not rise.
    error PaymentsNonceUsed(uint256 dealKey, uint256 lastNonce, uint256 nonce);
    /// @notice The pieces belong to another proving set.
    error PaymentsSetMismatch(uint256 dealKey, uint256 expectedSetId, uint256 setId);
    /// @notice The fee is above the hard bound. Basis points.
    error PaymentsFeeTooHigh(uint256 feeBps, uint256 maxFeeBps);
    /// @notice An amount, price or size does not fit its field.
    error PaymentsValueTooLarge(uint256 value, uint256 max);
    /// @notice The verifier is not a contract.
    error PaymentsVerifierInvalid(address verifier);
    /// @notice A deal must have a price and a capacity.
    error PaymentsRateInvalid(uint256 unitPrice, uint256 capacityBytes);
    /// @notice The stream still runs, or its last periods are not closed yet. Periods.
    error PaymentsNotOver(uint256 dealKey, uint256 closedPeriods, uint256 endPeriod);
    /// @notice The end is before the next boundary, or behind what the locked money pays for. `boundPeriod` is what it may be at most
    /// or at least.
    error PaymentsEndInvalid(uint256 dealKey, uint256 boundPeriod, uint256 endPeriod);
    /// @notice The lock does not hold what the deal may still cost. Token base units.
    error PaymentsUnderfunded(uint256 dealKey, uint256 missing);
    /// @notice Too little gas is left to settle one more deal of the batch. Gas.
    error PaymentsGasInsufficient(uint256 available, uint256 required);

    /// @notice Money was locked for a deal.
    event StreamReserved(uint256 indexed dealKey, Reservation terms);
    /// @notice A deal began to earn, from `fromPeriod` on, for what is proven.
    event StreamStarted(
        uint256 indexed dealKey,
        address indexed verifier,
        uint32 indexed setId,
        uint32 fromPeriod,
        uint32 endPeriod
    );
    /// @notice From `fromPeriod` on, these bytes earn this price. Bytes; token base units per GiB and 30 periods.
    event RateChanged(uint256 indexed dealKey, uint32 fromPeriod, uint64 liveBytes, uint96 unitPrice);
    /// @notice Capacity changed. Bytes.
    event CapacityChanged(uint256 indexed dealKey, uint64 capacityBytes);
    /// @notice The key that adds pieces changed.
    event SignerChanged(uint256 indexed dealKey, address indexed signer);
    /// @notice The first period that is not paid any more moved.
    event EndChanged(uint256 indexed dealKey, uint32 endPeriod);
    /// @notice All periods before `settledPeriod` are settled.
    /// @param provenPeriods Proven periods among those settled by this call.
    /// @param earned Token base units, gross, since the start.
    /// @param released Token base units, gross, since the start, that are not held back.
    /// @param paid Token base units, net of the fee, that this call paid to the provider.
    event Settled(
        uint256 indexed dealKey,
        uint32 settledPeriod,
        uint32 provenPeriods,
        uint96 earned,
        uint96 released,
        uint96 paid
    );
    /// @notice A batch left this deal out and nothing of it changed: it never started, its lock went back to the payer long after its
    /// expiry, or its own market or verifier makes it fail or too dear. `settle` says which.
    event SettlementSkipped(uint256 indexed dealKey);
    /// @notice The stream is over: everything earned is paid, everything else went back.
    /// @param earned Token base units, gross, since the start.
    /// @param fee Token base units of it that are the protocol's, since the start.
    /// @param refunded Token base units that went back to the payer.
    event StreamClosed(uint256 indexed dealKey, uint96 earned, uint96 fee, uint96 refunded);

    /// @notice Highest protocol fee, in basis points.
    function MAX_FEE_BPS() external view returns (uint16);
    /// @notice Earned time that stays in the deal until it ends. Periods.
    function HOLDBACK_PERIODS() external view returns (uint256);
    /// @notice Most that the settlement of one deal in a batch may use. Gas.
    function MAX_SETTLE_GAS() external view returns (uint256);
    /// @notice Key of a deal of a market.
    function dealKeyOf(address market, uint256 dealId) external pure returns (uint256);
    /// @notice State of a stream.
    function streamOf(uint256 dealKey) external view returns (Stream memory);
    /// @notice What `settle` would find now. Token base units, gross.
    /// @dev Warning: reads the verifier as of now; later proofs of open periods are not in it.
    function earnedOf(uint256 dealKey) external view returns (uint256 earned, uint256 released);
    /// @notice Most bytes of a deal that may be live; as it was at the end for a closed one.
    function capacityOf(uint256 dealKey) external view returns (uint64);
    /// @notice The period from which on the deal has had the bytes that it has now; the greatest number when it has none.
    function liveSince(uint256 dealKey) external view returns (uint256 fromPeriod);
    /// @notice What must be added to the lock before these terms, from the next boundary on, can be set. Token base units, rounded up.
    /// Money of periods that went unproven counts as there.
    function missingFor(
        uint256 dealKey,
        uint256 capacityBytes,
        uint256 unitPrice,
        uint256 endPeriod
    ) external view returns (uint256 missing);
    /// @notice Most that a deal can cost. Token base units, rounded up, so that a lock never falls short of what is earned.
    /// @param unitPrice Token base units per GiB and 30 periods.
    function costOf(uint256 unitPrice, uint256 amountBytes, uint256 periods) external view returns (uint256);

    /// @notice Market only: locks the money of a new deal. The caller is part of the key.
    function reserve(uint256 dealId, Reservation calldata terms) external returns (uint256 dealKey);
    /// @notice Market only: returns everything of a deal that never started.
    function cancel(uint256 dealId) external;
    /// @notice Market only: the provider accepted; proofs earn from the next boundary until `endPeriod`.
    function start(uint256 dealId, address verifier, uint32 setId, uint32 endPeriod) external;
    /// @notice Market only: locks more money and may move the lock's expiry later.
    function addFunds(uint256 dealId, uint96 amount, uint40 expiresAt) external;
    /// @notice Market only: changes the capacity at once and the price from the next boundary on. The lock must hold what that can cost.
    /// @dev Counts what closed periods earned where needed, but pays nothing: the ledger may be handing over.
    function changeTerms(uint256 dealId, uint64 capacityBytes, uint96 unitPrice) external;
    /// @notice Market only: moves the end of a deal that is not over. Never before the next boundary; later only with the money for it.
    function setEnd(uint256 dealId, uint32 endPeriod) external;
    /// @notice Market only: changes the key that adds pieces.
    function setSigner(uint256 dealId, address signer) external;

    /// @notice The stream's verifier only: bytes enter from the next boundary on.
    /// @param nonce Must rise, by at most 65,536 above the least free one; 0 is for the first piece only, which the request carried and
    /// needs no signature.
    /// @return signer Key that must have signed.
    function addBytes(
        uint256 dealKey,
        uint256 setId,
        uint64 amountBytes,
        uint256 nonce
    ) external returns (address signer);
    /// @notice The stream's verifier only: bytes leave at the next boundary. Also after the end, when nothing is left to earn.
    /// @return endPeriod First period that is not paid any more.
    function removeBytes(uint256 dealKey, uint64 amountBytes) external returns (uint32 endPeriod);

    /// @notice Anyone: settles every closed period, in O(1) whatever the history, and pays the provider.
    function settle(uint256 dealKey) external;
    /// @notice Anyone: settles several deals. One that cannot be settled is skipped and told, and keeps none of the others from its money.
    /// @dev Warning: more gas must be left for each deal than it may use, `MAX_SETTLE_GAS`; what it does not use is not paid for.
    function settleMany(uint256[] calldata dealKeys) external;
    /// @notice Anyone: pays the fee of what was released.
    function sweepFee(uint256 dealKey) external;
    /// @notice Anyone, once the last paid period is closed: pays everything earned, the fee, and refunds the rest.
    function close(uint256 dealKey) external;
}
