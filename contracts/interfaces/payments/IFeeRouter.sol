// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEpochClock } from "./IEpochClock.sol";
import { ILedger } from "./ILedger.sol";

/// @title IFeeRouter
/// @notice The ledger's fee recipient. A bounded share of what comes in insures customers; the rest is sold for EVER, which is burned.
/// @dev Nobody is paid for starting anything: whoever wants to buy collects first. Fees stay in the ledger, as this contract's balance,
/// until they are sold, so that one token that fails cannot touch another.
/// An auction sells one *lot* of one token, whole. Its price falls by half in each `HALF_LIFE_SECONDS`, in a straight line in between,
/// down to `FLOOR_PRICE`. It starts at `START_MULTIPLE` times what the last sale paid for as much, or at the greatest supply of EVER when
/// there was none. A lot is fixed when it opens: fees that come later wait for the next one, so nobody makes a lot worth more than the
/// price that has already fallen. Only a lot that found no buyer above the floor is opened again, from the top, with what waited. A sale
/// at the floor tells no price to later lots, so dust cannot move them. A lot that is worth less than the floor and a buyer's gas can be
/// had by whoever waits, and tells too low a price: with a floor of at least a third of that gas the next lot still starts above its worth.
/// There is no share for keepers. Sweeping and recording fees earns their provider rewards, collecting is for whoever buys, settling
/// is in its payee's interest, and rounds for draws will be prepaid: a bounty from fees would pay for what is done anyway, or could be
/// earned by making fees for it.
interface IFeeRouter is IEpochClock {
    /// @notice What of a token is for sale.
    /// @param lotId Counted per token from 1 on; 0 before the first lot.
    /// @param amount Token base units; 0 when nothing is for sale.
    /// @param startPrice EVER base units for the whole lot when it opened.
    /// @param startedAt Unix seconds.
    /// @param waiting Token base units that were collected for the next lot.
    struct Lot {
        uint64 lotId;
        uint128 amount;
        uint128 startPrice;
        uint40 startedAt;
        uint128 waiting;
    }

    /// @notice What auctions did with a token in an epoch.
    /// @param sold Token base units.
    /// @param burned EVER base units that were paid for them and burned.
    struct Sale {
        uint128 sold;
        uint128 burned;
    }

    /// @notice The router already belongs to a ledger.
    error FeesConnected(address ledger);
    /// @notice The router does not belong to a ledger yet, or this one pays its fees to somebody else.
    error FeesUnconnected(address ledger);
    /// @notice The share is above the hard bound. Basis points.
    error FeesShareTooHigh(uint256 shareBps, uint256 maxBps);
    /// @notice This lot is not for sale: it was sold, or opened anew under another number. `lotId` is the latest one.
    error FeesLotUnavailable(uint32 tokenId, uint256 lotId);
    /// @notice The price is above what the buyer gives. EVER base units.
    error FeesPriceTooHigh(uint32 tokenId, uint256 maxPrice, uint256 price);
    /// @notice A parameter of the auctions cannot be deployed.
    error FeesParameterInvalid(bytes32 parameter, uint256 value);

    /// @notice The router belongs to this ledger, and insures by this pool, for ever.
    event RouterConnected(address indexed ledger, address indexed insurance);
    /// @notice What is collected from `validFrom` on, in Unix seconds, is shared like this. Basis points.
    event InsuranceShareChanged(uint16 shareBps, uint40 validFrom);
    /// @notice Fees were shared out. Token base units.
    /// @param insured The part of `amount` that went to the insurance.
    event FeesCollected(uint32 indexed tokenId, uint128 amount, uint128 insured);
    /// @notice A lot is for sale. `amount` in token base units, `startPrice` in EVER base units for all of it.
    event LotOpened(uint32 indexed tokenId, uint64 indexed lotId, uint128 amount, uint128 startPrice);
    /// @notice A lot was sold. `amount` in token base units; `price` in EVER base units, all of it burned and counted for `epoch`.
    event LotSold(
        uint32 indexed tokenId,
        uint64 indexed lotId,
        address indexed buyer,
        address to,
        uint128 amount,
        uint128 price,
        uint64 epoch
    );
    /// @notice Fees in EVER need no auction. EVER base units, burned and counted for `epoch`.
    event EverFeesBurned(uint32 indexed tokenId, uint128 amount, uint64 epoch);

    /// @notice Highest insurance share. Basis points.
    function MAX_INSURANCE_BPS() external view returns (uint16);
    /// @notice How many times the last sale's price an auction starts at.
    function START_MULTIPLE() external view returns (uint256);
    /// @notice Span in which a price falls by half. Seconds.
    function HALF_LIFE_SECONDS() external view returns (uint256);
    /// @notice Least price of a lot. EVER base units.
    function FLOOR_PRICE() external view returns (uint128);
    /// @notice Span between a change of the insurance share and its effect, in which anybody collects under the old one. Seconds.
    function SHARE_DELAY_SECONDS() external view returns (uint256);
    /// @notice Where insured money goes; zero before the router is connected.
    function insurance() external view returns (address);
    /// @notice The ledger whose fees come here; zero before the router is connected.
    function ledger() external view returns (ILedger);
    /// @notice Share of what is collected now that goes to the insurance. Basis points.
    function insuranceBps() external view returns (uint16);
    /// @notice What of a token is for sale.
    function lotOf(uint32 tokenId) external view returns (Lot memory);
    /// @notice Price of the lot now. EVER base units, rounded up; 0 when there is none.
    function priceOf(uint32 tokenId) external view returns (uint256);
    /// @notice The last sale that told a price: token base units and EVER base units. Zeros when there was none.
    function lastSaleOf(uint32 tokenId) external view returns (uint128 amount, uint128 price);
    /// @notice What auctions did with a token in an epoch.
    function saleOf(uint64 epoch, uint32 tokenId) external view returns (Sale memory);
    /// @notice EVER that was burned for all tokens in an epoch. Base units.
    function burnedIn(uint64 epoch) external view returns (uint256);

    /// @notice Anyone: shares out what came in of a token since the last time, and opens a lot when none is for sale.
    /// @return collected Token base units that came in.
    function collect(uint32 tokenId) external returns (uint256 collected);
    /// @notice Anyone: buys a lot. The caller's EVER, by its allowance, is burned; the tokens leave the ledger to `to`.
    /// @dev A token that takes a fee on transfers delivers less than `amount`. Any token can be here, worthless ones too: look first.
    /// @param lotId What the caller saw. Another lot is not bought in its place.
    /// @param maxPrice EVER base units.
    /// @return amount Token base units that leave the ledger.
    /// @return price EVER base units.
    function buy(
        uint32 tokenId,
        uint64 lotId,
        uint256 maxPrice,
        address to
    ) external returns (uint256 amount, uint256 price);
    /// @notice Governance: changes the insurance share `SHARE_DELAY_SECONDS` from now. Basis points. Replaces a change that still waits.
    function setInsuranceShare(uint16 shareBps) external;
    /// @notice Deployment, once: names the ledger that pays its fees here, and the pool. It cannot be changed.
    function connect(ILedger ledger, address insurance) external;
}
