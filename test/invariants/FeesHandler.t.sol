// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IFeeRouter } from "../../contracts/interfaces/payments/IFeeRouter.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { FeeRouter } from "../../contracts/payments/FeeRouter.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { EverToken } from "../../contracts/token/EverToken.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { Handler, requireEqual, VM, within } from "./Vm.sol";

/// @notice Pays fees in four tokens, one of which burns a part of each transfer and one of which is EVER, collects, waits and buys, and
/// keeps a naive book of it, beside whoever else pays fees. Everything it does must succeed, so a call that reverts is a finding too.
contract FeesHandler is Handler {
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
    uint32 public constant EVER_ID = 4;
    address public constant BUYER = address(0xB1);

    EverToken public ever;
    FeeRouter public router;
    Ledger public ledger;
    PlainToken[3] public tokens;
    uint256 public everAtFirst;
    address private _administrator;

    mapping(uint32 tokenId => Book) private _books;
    mapping(uint64 epoch => uint256) public burnedIn;
    /// @dev Those in which something was burned.
    uint64[] private _epochs;
    uint256 private _shareBps = 2_000;
    uint256 private _nextBps = 2_000;
    uint256 private _nextFrom;

    constructor() {
        Deployment deployment = Deployed(msg.sender).deployment();
        (ever, router, ledger) = (deployment.ever(), deployment.router(), deployment.ledger());
        _administrator = address(deployment.timelock());
        everAtFirst = ever.totalSupply();
        deployment.fund(address(this), 2e25);
        deployment.fund(BUYER, 3e26);
        for (uint256 i; i < 3; ++i) {
            tokens[i] = deployment.tokens(i);
            tokens[i].mint(address(this), 1e30);
            tokens[i].approve(address(ledger), type(uint256).max);
        }
        ever.approve(address(ledger), type(uint256).max);
        VM.prank(BUYER);
        ever.approve(address(router), type(uint256).max);
    }

    /// @dev Whatever came in meanwhile was paid by somebody; until the end only the router's own doing moves what it holds.
    modifier kept(uint32 tokenId) {
        Book storage book = _books[tokenId];
        book.paid = ledger.balanceOf(address(router), tokenId) + book.insured + book.sold;
        _;
        uint256 held = ledger.balanceOf(address(router), tokenId);
        requireEqual("held = paid - insured - sold", book.paid - book.insured - book.sold, held);
        ++calls;
    }

    /// @notice Fees come in: dust, much, or anything.
    function pay(uint256 seed, uint256 amount) external counted {
        uint32 tokenId = _tokenId(seed);
        uint256 most = tokenId == EVER_ID ? 1e20 : 1e15;
        amount = within(amount, 0, (seed >> 8) % 4 == 0 ? 3 : most);
        ledger.deposit(address(router), tokenId, amount);
    }

    function collect(uint256 seed) external kept(_tokenId(seed)) {
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
    function buy(uint256 seed) external kept(uint32(1 + (seed % 3))) {
        uint32 tokenId = uint32(1 + (seed % 3));
        IFeeRouter.Lot memory lot = router.lotOf(tokenId);
        uint256 price = router.priceOf(tokenId);
        VM.assume(lot.amount != 0 && price <= ever.balanceOf(BUYER) / 4);
        VM.prank(BUYER);
        (uint256 amount, uint256 paid) = router.buy(tokenId, lot.lotId, price, BUYER);
        requireEqual("the price is what was shown", price, paid);
        requireEqual("the lot is what was shown", lot.amount, amount);
        _bookSale(_books[tokenId], amount, price);
    }

    function setShare(uint256 shareBps) external counted {
        shareBps = within(shareBps, 0, 3_000);
        _shareBps = _share();
        (_nextBps, _nextFrom) = (shareBps, block.timestamp + SHARE_DELAY);
        VM.prank(_administrator);
        router.setInsuranceShare(uint16(shareBps));
    }

    /// @notice Tokens that are sent past the ledger are nobody's fees.
    function donate(uint256 seed, uint256 amount) external counted {
        if (seed % 2 == 0) tokens[(seed >> 8) % 3].transfer(address(router), within(amount, 0, 1e12));
        else ever.transfer(address(router), within(amount, 0, 1e18));
    }

    function wait(uint256 span) external counted {
        VM.warp(block.timestamp + within(span, 1, span % 4 == 0 ? 31 * HALF_LIFE : 5 * HALF_LIFE));
    }

    /// @notice Epochs in which something was burned.
    function epochs() external view returns (uint64[] memory) {
        return _epochs;
    }

    function bookOf(uint32 tokenId) external view returns (Book memory) {
        return _books[tokenId];
    }

    function _bookSale(Book storage book, uint256 amount, uint256 burned) private {
        book.sold += amount;
        book.burned += burned;
        uint64 epoch = router.currentEpoch();
        if (burnedIn[epoch] == 0 && burned != 0) _epochs.push(epoch);
        burnedIn[epoch] += burned;
    }

    function _share() private view returns (uint256) {
        return block.timestamp < _nextFrom ? _shareBps : _nextBps;
    }

    function _tokenId(uint256 seed) private pure returns (uint32) {
        return uint32(1 + (seed % 4));
    }
}
