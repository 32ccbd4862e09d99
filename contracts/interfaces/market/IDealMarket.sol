// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IPossessionProofs } from "../verification/IPossessionProofs.sol";
import { IApprovalReceiver } from "../payments/ILedger.sol";

/// @title IDealMarket
/// @notice Rented capacity for a term: request → accept → active → renew / grace / end → finished, with a deadline and an exit that
/// anyone can trigger in every state.
/// @dev This version serves mode *pick* with one replica; a request for more is refused with a typed error. It has no administrator:
/// its addresses and parameters are fixed at deployment, a new version serves new deals only.
interface IDealMarket is IApprovalReceiver {
    /// @notice How the provider is found: the customer names an offer, or the protocol draws one.
    enum Mode {
        Pick,
        Draw
    }

    /// @notice Where a deal stands. Grace is `Active` after the term: see `termsOf`. `Ending`: its end was set by `end`, `giveNotice` or
    /// `endAbandoned`.
    enum Status {
        None,
        Requested,
        Active,
        Ending,
        Finished,
        Declined,
        Cancelled,
        Expired
    }

    /// @notice What a customer's call through the ledger asks for: the first word of `onApproval`'s data, followed by the abi-encoded
    /// arguments of the function of the same name.
    enum Action {
        Request,
        Renew,
        ChangeCapacity
    }

    /// @notice What a customer asks for.
    /// @param mode Pick or draw.
    /// @param replicas Number of providers that hold the bytes.
    /// @param proofClass How possession is judged; 1 is `PossessionProofs`.
    /// @param offerId Offer of the registry, in mode pick.
    /// @param tokenId Payment token; the offer's.
    /// @param capacityBytes Most bytes live at a time.
    /// @param termPeriods Length of the term, from the period after the acceptance on.
    /// @param maxUnitPrice Highest price the customer takes. Token base units per GiB and 30 periods.
    /// @param bounty Token base units for whoever draws; 0 in mode pick.
    /// @param payments `DealPayments` that the customer means; must be the market's.
    /// @param verifier Judge of the proofs that the customer means; must be the market's.
    /// @param sessionKey Key that signs upload tokens and later pieces within the capacity; zero for the customer's own key.
    /// @param firstPiece First piece; its content is uploaded to the provider before it accepts.
    struct Request {
        Mode mode;
        uint8 replicas;
        uint8 proofClass;
        uint32 offerId;
        uint32 tokenId;
        uint64 capacityBytes;
        uint32 termPeriods;
        uint96 maxUnitPrice;
        uint96 bounty;
        address payments;
        address verifier;
        address sessionKey;
        IPossessionProofs.Piece firstPiece;
    }

    /// @notice A deal.
    /// @dev Warning: money, bytes and the end are not in it: `IDealPayments.streamOf` has them. `status` stays `Active` or `Ending` after
    /// the last paid period until somebody calls `finish`.
    /// @param provider The offer's.
    /// @param acceptBy Unix seconds until which the provider may accept; 0 once it did.
    /// @param termPeriods Term that was asked for; 0 once accepted, when `termsOf` tells the end.
    /// @param stakeReserved EVER base units reserved for the deal while it is active or ending.
    /// @param firstPieceHash As `firstPieceHashOf`.
    struct Deal {
        address customer;
        address provider;
        Status status;
        uint32 offerId;
        uint40 acceptBy;
        uint32 termPeriods;
        uint128 stakeReserved;
        bytes32 firstPieceHash;
    }

    /// @notice The deal is not in a state that allows this.
    error MarketStatusInvalid(uint256 dealId, Status status);
    /// @notice Only this account may do this.
    error MarketCallerInvalid(uint256 dealId, address expected, address caller);
    /// @notice This version of the market does not serve such a request; `field` names it.
    error MarketUnsupported(bytes32 field, uint256 value);
    /// @notice The offer was withdrawn, its service is inactive or judged otherwise, or its token is not listed. Whether its provider is
    /// jailed, the registry asks when it accepts.
    error MarketOfferUnavailable(uint256 offerId);
    /// @notice The price is above what the customer takes. Token base units per GiB and 30 periods.
    error MarketPriceTooHigh(uint256 maxUnitPrice, uint256 unitPrice);
    /// @notice The term is out of range. Periods.
    error MarketTermInvalid(uint256 minPeriods, uint256 maxPeriods, uint256 termPeriods);
    /// @notice The pinned address is not this market's.
    error MarketPinMismatch(bytes32 field, address expected, address actual);
    /// @notice The first piece is empty or larger than the capacity. Bytes.
    error MarketFirstPieceInvalid(uint256 capacityBytes, uint256 pieceBytes);
    /// @notice The deadline for accepting has passed, or has not passed yet. Unix seconds.
    error MarketDeadline(uint256 dealId, uint256 acceptBy, uint256 nowAt);
    /// @notice The deal did not miss three live periods in a row.
    error MarketNotAbandoned(uint256 dealId);
    /// @notice The proving set belongs to another provider or market.
    error MarketSetInvalid(uint256 setId, address provider, address market);
    /// @notice The ledger handed over something else than a known action, or somebody else than the ledger called.
    error MarketHandoverInvalid();

    /// @notice A customer asked for a deal; its money is locked. Token base units per GiB and 30 periods; token base units; Unix seconds.
    event DealRequested(
        uint256 indexed dealId,
        address indexed customer,
        address indexed provider,
        uint256 dealKey,
        Request request,
        uint96 unitPrice,
        uint96 locked,
        uint40 acceptBy
    );
    /// @notice The provider accepted. The deal earns from `fromPeriod` until `termEndPeriod`, then through grace until `endPeriod`.
    /// Periods, the ends excluded; EVER base units.
    event DealAccepted(
        uint256 indexed dealId,
        address indexed provider,
        uint32 setId,
        uint32 fromPeriod,
        uint32 termEndPeriod,
        uint32 endPeriod,
        uint128 stakeReserved
    );
    /// @notice The provider declined, or the customer withdrew the request, or it expired; everything went back.
    event DealClosedUnaccepted(uint256 indexed dealId, Status status, address indexed by);
    /// @notice The customer added money and time. Periods; token base units.
    event DealRenewed(uint256 indexed dealId, uint32 termEndPeriod, uint32 endPeriod, uint96 locked);
    /// @notice Capacity at once, price from the next boundary on; `locked` was added. Bytes; token base units per GiB and 30 periods; token
    /// base units; EVER base units.
    event DealCapacityChanged(
        uint256 indexed dealId,
        uint64 capacityBytes,
        uint96 unitPrice,
        uint96 locked,
        uint128 stakeReserved
    );
    /// @notice The end was set. `reason`: 1 customer, 2 provider's notice, 3 abandoned.
    event DealEnding(uint256 indexed dealId, uint32 endPeriod, uint8 reason, address indexed by);
    /// @notice All is settled and given back; stake and capacity are free again.
    event DealFinished(uint256 indexed dealId, address indexed by);

    /// @notice Time to accept. Seconds.
    function ACCEPT_SECONDS() external view returns (uint256);
    /// @notice Prepaid periods after the term, in which reads and proofs go on.
    function GRACE_PERIODS() external view returns (uint256);
    /// @notice Periods between a provider's notice and the end.
    function NOTICE_PERIODS() external view returns (uint256);
    /// @notice A deal.
    function dealOf(uint256 dealId) external view returns (Deal memory);
    /// @notice Number of deals so far; ids start at 1.
    function dealCount() external view returns (uint256);
    /// @notice Term of an active deal: end of the term and end of the grace. Periods; 0 when not active.
    function termsOf(uint256 dealId) external view returns (uint32 termEndPeriod, uint32 endPeriod);
    /// @notice Hash of the first piece of a deal, as `PossessionProofs` checks it: keccak256(abi.encode(piece)).
    function firstPieceHashOf(uint256 dealId) external view returns (bytes32);
    /// @notice What `request` would lock, grace included. Token base units, rounded up; token base units per GiB and 30 periods.
    /// @dev Warning: asks the offer's price only. Whether it takes such a deal, `INetworkLens.offersOf` tells.
    function quote(
        uint256 offerId,
        uint64 capacityBytes,
        uint32 termPeriods
    ) external view returns (uint96 locked, uint96 unitPrice);

    /// @notice Asks for a deal with money from the ledger, within a lasting approval of (DealPayments, this market).
    function request(Request calldata request_) external returns (uint256 dealId);
    /// @notice The provider's operator, until the deadline: the first piece is there and checked.
    /// @param setId Proving set of the provider for this market, which the deal's pieces will be in.
    function accept(uint256 dealId, uint32 setId) external;
    /// @notice The provider's operator, before accepting: no. Everything goes back.
    function decline(uint256 dealId) external;
    /// @notice The customer, before the acceptance: withdraws the request. Everything goes back.
    function cancel(uint256 dealId) external;
    /// @notice Anyone, after the deadline: everything goes back.
    function expire(uint256 dealId) external;
    /// @notice The customer: adds time at the deal's price, within a lasting approval.
    /// @param addedPeriods At least 1.
    function renew(uint256 dealId, uint32 addedPeriods) external;
    /// @notice The customer: changes the capacity at the offer's present price, within a lasting approval.
    /// @dev Warning: that price then holds for the whole deal, not only for what is added.
    /// @param maxUnitPrice Highest price the customer takes. Token base units per GiB and 30 periods.
    function changeCapacity(uint256 dealId, uint64 capacityBytes, uint96 maxUnitPrice) external;
    /// @notice The customer: changes the session key.
    function setSessionKey(uint256 dealId, address sessionKey) external;
    /// @notice The customer: ends the deal at the next boundary.
    function end(uint256 dealId) external;
    /// @notice The provider or its operator: ends the deal `NOTICE_PERIODS` later.
    function giveNotice(uint256 dealId) external;
    /// @notice Anyone, after three closed periods in a row with live bytes and a known seed, all unproven: ends the deal.
    function endAbandoned(uint256 dealId) external;
    /// @notice Anyone, once the last paid period is closed: settles, pays, refunds, frees stake and capacity.
    function finish(uint256 dealId) external;
}
