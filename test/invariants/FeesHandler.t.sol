// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IFeeRouter } from "../../contracts/interfaces/payments/IFeeRouter.sol";
import { FeeToken } from "../../contracts/mocks/FeeToken.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { FeeRouter } from "../../contracts/payments/FeeRouter.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { EverToken } from "../../contracts/token/EverToken.sol";
import { requireEqual, VM, within } from "./Vm.sol";

/// @notice Lets everybody do everything, in place of an access manager.
contract Authority {
    function canCall(address, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (true, 0);
    }
}

/// @notice Pays fees in three tokens, one of which burns a part of each transfer and one of which is EVER, collects, waits and buys, and
/// keeps a naive book of it. Everything it does must succeed, so a call that reverts is a finding too.
contract FeesHandler {
    /// @dev What the naive book knows of a token. Token base units; `burned` in EVER base units.
    struct Book {
        uint256 paid;
        uint256 collected;
        uint256 insured;
        uint256 sold;
        uint256 burned;
    }

    uint256 public constant HALF_LIFE = 100;
    uint256 public constant EPOCH = 5_000;
    uint128 public constant FLOOR = 1e18;
    uint256 public constant SHARE_DELAY = 1_000;
    uint32 public constant EVER_ID = 3;
    address public constant BUYER = address(0xB1);
    address public constant INSURANCE = address(0x1515);

    EverToken public ever;
    FeeRouter public router;
    Ledger public ledger;
    PlainToken[2] public tokens;
    uint256 public everAtFirst;

    mapping(uint32 tokenId => Book) private _books;
    mapping(uint64 epoch => uint256) public burnedIn;
    uint256 private _shareBps = 2_000;
    uint256 private _nextBps = 2_000;
    uint256 private _nextFrom;

    constructor() {
        VM.warp(1_800_000_000);
        Authority manager = new Authority();
        address[] memory holders = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (holders[0], holders[1]) = (address(this), BUYER);
        (amounts[0], amounts[1]) = (4e26, 6e26);
        ever = new EverToken(holders, amounts, address(manager));
        everAtFirst = 1e27;
        router = new FeeRouter(
            address(ever),
            block.timestamp,
            EPOCH,
            HALF_LIFE,
            FLOOR,
            SHARE_DELAY,
            2_000,
            address(manager)
        );
        ledger = new Ledger(address(router), 1);
        tokens[0] = new PlainToken();
        tokens[1] = new FeeToken();
        for (uint256 i; i < 2; ++i) {
            ledger.registerToken(address(tokens[i]));
            tokens[i].mint(address(this), 1e30);
            tokens[i].approve(address(ledger), type(uint256).max);
        }
        ledger.registerToken(address(ever));
        ever.approve(address(ledger), type(uint256).max);
        VM.prank(BUYER);
        ever.approve(address(router), type(uint256).max);
        router.connect(ledger, INSURANCE);
    }

    /// @notice Fees come in: dust, much, or anything.
    function pay(uint256 seed, uint256 amount) external {
        uint32 tokenId = _tokenId(seed);
        uint256 most = tokenId == EVER_ID ? 1e20 : 1e15;
        amount = within(amount, 0, (seed >> 8) % 4 == 0 ? 3 : most);
        uint256 before = ledger.balanceOf(address(router), tokenId);
        ledger.deposit(address(router), tokenId, amount);
        _books[tokenId].paid += ledger.balanceOf(address(router), tokenId) - before;
    }

    function collect(uint256 seed) external {
        uint32 tokenId = _tokenId(seed);
        Book storage book = _books[tokenId];
        uint256 fresh = book.paid - book.collected;
        uint256 insured = (fresh * _share()) / 10_000;
        requireEqual("what came in is collected", fresh, router.collect(tokenId));
        book.collected += fresh;
        book.insured += insured;
        if (tokenId != EVER_ID) return;
        uint256 burned = book.collected - book.insured - book.sold;
        _bookSale(book, burned, burned);
    }

    /// @notice Buys what is for sale, for whatever it costs as long as the buyer has it.
    function buy(uint256 seed) external {
        uint32 tokenId = uint32(1 + (seed % 2));
        IFeeRouter.Lot memory lot = router.lotOf(tokenId);
        if (lot.amount == 0) return;
        uint256 price = router.priceOf(tokenId);
        if (price > ever.balanceOf(BUYER) / 4) return;
        VM.prank(BUYER);
        (uint256 amount, uint256 paid) = router.buy(tokenId, lot.lotId, price, BUYER);
        requireEqual("the price is what was shown", price, paid);
        requireEqual("the lot is what was shown", lot.amount, amount);
        _bookSale(_books[tokenId], amount, price);
    }

    function setShare(uint256 shareBps) external {
        shareBps = within(shareBps, 0, 3_000);
        _shareBps = _share();
        (_nextBps, _nextFrom) = (shareBps, block.timestamp + SHARE_DELAY);
        router.setInsuranceShare(uint16(shareBps));
    }

    /// @notice Tokens that are sent past the ledger are nobody's fees.
    function donate(uint256 seed, uint256 amount) external {
        if (seed % 2 == 0) tokens[(seed >> 8) % 2].transfer(address(router), within(amount, 0, 1e12));
        else ever.transfer(address(router), within(amount, 0, 1e18));
    }

    function wait(uint256 span) external {
        VM.warp(block.timestamp + within(span, 1, span % 4 == 0 ? 31 * HALF_LIFE : 5 * HALF_LIFE));
    }

    function bookOf(uint32 tokenId) external view returns (Book memory) {
        return _books[tokenId];
    }

    function _bookSale(Book storage book, uint256 amount, uint256 burned) private {
        book.sold += amount;
        book.burned += burned;
        burnedIn[uint64((block.timestamp - 1_800_000_000) / EPOCH)] += burned;
    }

    function _share() private view returns (uint256) {
        return block.timestamp < _nextFrom ? _shareBps : _nextBps;
    }

    function _tokenId(uint256 seed) private pure returns (uint32) {
        return uint32(1 + (seed % 3));
    }
}
