// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IFeeRouter } from "../interfaces/payments/IFeeRouter.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { IEverToken } from "../interfaces/token/IEverToken.sol";
import { EpochClock } from "../libraries/EpochClock.sol";

/// @title FeeRouter
/// @notice Insures a share of the protocol's fees, sells the rest for EVER and burns that.
/// @dev Needs no reentrancy guard. EVER calls nobody. The only strangers that are called are tokens, by the ledger and under its guard,
/// after all of this contract's state is written and the ledger has taken the amount from this contract's balance.
contract FeeRouter is AccessManaged, EpochClock, IFeeRouter {
    using SafeERC20 for IERC20;

    /// @dev `amount` + `waiting` is at most what the ledger holds for this contract, and a uint128.
    struct Auction {
        uint128 amount;
        uint128 startPrice;
        uint128 waiting;
        uint40 startedAt;
        uint64 lotId;
        uint128 lastAmount;
        uint128 lastPrice;
    }

    /// @dev `next` counts from `nextFrom` on, in Unix seconds. Basis points.
    struct Share {
        uint16 current;
        uint16 next;
        uint40 nextFrom;
    }

    /// @inheritdoc IFeeRouter
    /// @dev Our choice: at least 70 % of all fees is burned, whatever governance does.
    uint16 public constant MAX_INSURANCE_BPS = 3_000;
    /// @inheritdoc IFeeRouter
    /// @dev Our choice: after the market doubled twice a lot still starts above it, and otherwise two half-lives lead back to it.
    uint256 public constant START_MULTIPLE = 4;
    uint256 private constant _MAX_BPS = 10_000;

    /// @notice What is burned.
    address public immutable EVER;
    /// @inheritdoc IFeeRouter
    uint256 public immutable HALF_LIFE_SECONDS;
    /// @inheritdoc IFeeRouter
    uint128 public immutable FLOOR_PRICE;
    /// @inheritdoc IFeeRouter
    uint256 public immutable SHARE_DELAY_SECONDS;
    /// @dev No lot can be worth more than all the EVER that can exist. Base units.
    uint128 private immutable _MAX_PRICE;

    /// @inheritdoc IFeeRouter
    ILedger public ledger;
    /// @inheritdoc IFeeRouter
    address public insurance;
    Share private _insuranceShare;
    mapping(uint32 tokenId => Auction) private _auctions;
    mapping(uint64 epoch => mapping(uint32 tokenId => Sale)) private _sales;
    /// @inheritdoc IFeeRouter
    mapping(uint64 epoch => uint256) public burnedIn;

    /// @param ever What is burned.
    /// @param origin Unix seconds at which epoch 0 began.
    /// @param epochSeconds Length of an epoch. Seconds.
    /// @param halfLifeSeconds Span in which a price falls by half. Seconds.
    /// @param floorPrice Least price of a lot. EVER base units.
    /// @param shareDelaySeconds Span between a change of the insurance share and its effect. Seconds.
    /// @param shareBps First insurance share. Basis points.
    /// @param authority AccessManager that says who may change the share.
    constructor(
        address ever,
        uint256 origin,
        uint256 epochSeconds,
        uint256 halfLifeSeconds,
        uint128 floorPrice,
        uint256 shareDelaySeconds,
        uint16 shareBps,
        address authority
    ) AccessManaged(authority) EpochClock(origin, epochSeconds) {
        uint256 cap = IEverToken(ever).CAP();
        if (halfLifeSeconds == 0) revert FeesParameterInvalid("halfLifeSeconds", halfLifeSeconds);
        if (floorPrice == 0 || floorPrice > cap) revert FeesParameterInvalid("floorPrice", floorPrice);
        _requireShare(shareBps);
        EVER = ever;
        HALF_LIFE_SECONDS = halfLifeSeconds;
        FLOOR_PRICE = floorPrice;
        SHARE_DELAY_SECONDS = shareDelaySeconds;
        _MAX_PRICE = uint128(cap);
        _insuranceShare = Share(shareBps, shareBps, 0);
        emit InsuranceShareChanged(shareBps, uint40(block.timestamp));
    }

    /// @inheritdoc IFeeRouter
    function connect(ILedger ledger_, address insurance_) external restricted {
        if (address(ledger) != address(0)) revert FeesConnected(address(ledger));
        if (insurance_ == address(0) || ledger_.FEE_RECIPIENT() != address(this)) {
            revert FeesUnconnected(address(ledger_));
        }
        (ledger, insurance) = (ledger_, insurance_);
        emit RouterConnected(address(ledger_), insurance_);
    }

    /// @inheritdoc IFeeRouter
    function setInsuranceShare(uint16 shareBps) external restricted {
        _requireShare(shareBps);
        uint40 validFrom = uint40(block.timestamp + SHARE_DELAY_SECONDS);
        _insuranceShare = Share(insuranceBps(), shareBps, validFrom);
        emit InsuranceShareChanged(shareBps, validFrom);
    }

    /// @inheritdoc IFeeRouter
    function collect(uint32 tokenId) external returns (uint256 collected) {
        ILedger from = ledger;
        if (address(from) == address(0)) revert FeesUnconnected(address(0));
        Auction storage auction = _auctions[tokenId];
        (uint256 amount, uint256 waiting) = (auction.amount, auction.waiting);
        uint256 held = amount + waiting;
        collected = Math.min(from.balanceOf(address(this), tokenId), type(uint128).max) - held;
        uint256 insured = (collected * insuranceBps()) / _MAX_BPS;
        waiting += collected - insured;
        if (waiting == 0) return 0;

        if (collected != 0) emit FeesCollected(tokenId, uint128(collected), uint128(insured));
        if (from.tokenOf(tokenId) == EVER) {
            _countSale(tokenId, waiting, waiting);
            emit EverFeesBurned(tokenId, uint128(waiting), currentEpoch());
            from.withdraw(address(this), tokenId, waiting);
            IEverToken(EVER).burn(waiting);
        } else if (amount == 0 || _priceOf(auction) == FLOOR_PRICE) {
            _open(tokenId, auction, amount + waiting);
        } else {
            auction.waiting = uint128(waiting);
        }
        if (insured != 0) from.withdraw(insurance, tokenId, insured);
    }

    /// @inheritdoc IFeeRouter
    function buy(
        uint32 tokenId,
        uint64 lotId,
        uint256 maxPrice,
        address to
    ) external returns (uint256 amount, uint256 price) {
        Auction storage auction = _auctions[tokenId];
        amount = auction.amount;
        if (amount == 0 || lotId != auction.lotId) revert FeesLotUnavailable(tokenId, auction.lotId);
        price = _priceOf(auction);
        if (price > maxPrice) revert FeesPriceTooHigh(tokenId, maxPrice, price);

        // The floor is no price that somebody chose: a lot of dust costs as much.
        if (price > FLOOR_PRICE) (auction.lastAmount, auction.lastPrice) = (uint128(amount), uint128(price));
        _countSale(tokenId, amount, price);
        emit LotSold(tokenId, lotId, msg.sender, to, uint128(amount), uint128(price), currentEpoch());
        uint256 waiting = auction.waiting;
        if (waiting == 0) auction.amount = 0;
        else _open(tokenId, auction, waiting);

        IERC20(EVER).safeTransferFrom(msg.sender, address(this), price);
        IEverToken(EVER).burn(price);
        ledger.withdraw(to, tokenId, amount);
    }

    /// @inheritdoc IFeeRouter
    function lotOf(uint32 tokenId) external view returns (Lot memory) {
        Auction storage auction = _auctions[tokenId];
        return
            Lot({
                lotId: auction.lotId,
                amount: auction.amount,
                startPrice: auction.startPrice,
                startedAt: auction.startedAt,
                waiting: auction.waiting
            });
    }

    /// @inheritdoc IFeeRouter
    function priceOf(uint32 tokenId) external view returns (uint256) {
        Auction storage auction = _auctions[tokenId];
        return auction.amount == 0 ? 0 : _priceOf(auction);
    }

    /// @inheritdoc IFeeRouter
    function lastSaleOf(uint32 tokenId) external view returns (uint128 amount, uint128 price) {
        Auction storage auction = _auctions[tokenId];
        return (auction.lastAmount, auction.lastPrice);
    }

    /// @inheritdoc IFeeRouter
    function saleOf(uint64 epoch, uint32 tokenId) external view returns (Sale memory) {
        return _sales[epoch][tokenId];
    }

    /// @inheritdoc IFeeRouter
    function insuranceBps() public view returns (uint16) {
        Share storage share = _insuranceShare;
        return block.timestamp < share.nextFrom ? share.current : share.next;
    }

    /// @dev Everything that waited is for sale now.
    function _open(uint32 tokenId, Auction storage auction, uint256 amount) private {
        uint256 lastAmount = auction.lastAmount;
        uint256 price = _MAX_PRICE;
        // 128, 90 and 3 bits.
        if (lastAmount != 0) price = Math.ceilDiv(amount * auction.lastPrice * START_MULTIPLE, lastAmount);
        uint128 startPrice = uint128(Math.min(Math.max(price, FLOOR_PRICE), _MAX_PRICE));

        uint64 lotId = auction.lotId + 1;
        (auction.amount, auction.startPrice) = (uint128(amount), startPrice);
        (auction.waiting, auction.startedAt, auction.lotId) = (0, uint40(block.timestamp), lotId);
        emit LotOpened(tokenId, lotId, uint128(amount), startPrice);
    }

    function _countSale(uint32 tokenId, uint256 amount, uint256 burned) private {
        uint64 epoch = currentEpoch();
        Sale storage sale = _sales[epoch][tokenId];
        (uint128 sold, uint128 burnedBefore) = (sale.sold, sale.burned);
        (sale.sold, sale.burned) = (sold + uint128(amount), burnedBefore + uint128(burned));
        burnedIn[epoch] += burned;
    }

    /// @dev Half after each half-life, and a straight line in between: continuous, and never rising.
    function _priceOf(Auction storage auction) private view returns (uint256 price) {
        uint256 elapsed = block.timestamp - auction.startedAt;
        price = uint256(auction.startPrice) >> Math.min(elapsed / HALF_LIFE_SECONDS, type(uint8).max);
        price -= (price * (elapsed % HALF_LIFE_SECONDS)) / (2 * HALF_LIFE_SECONDS);
        return Math.max(price, FLOOR_PRICE);
    }

    function _requireShare(uint16 shareBps) private pure {
        if (shareBps > MAX_INSURANCE_BPS) revert FeesShareTooHigh(shareBps, MAX_INSURANCE_BPS);
    }
}
