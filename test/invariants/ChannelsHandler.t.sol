// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IUsageChannels } from "../../contracts/interfaces/payments/IUsageChannels.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { UsageChannels } from "../../contracts/payments/UsageChannels.sol";
import { ServiceCatalog } from "../../contracts/registry/ServiceCatalog.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { Handler, requireEqual, VM, within } from "./Vm.sol";

/// @notice An account that money may be for and that nobody can call: it fails, and takes all the gas with it.
contract GriefingPayee {
    fallback() external payable {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @notice Does what payers, payees and strangers may do with channels, good and bad vouchers mixed, and keeps a naive book of every
/// balance beside it. One payout account is a `GriefingPayee`. Everything it does must succeed, so a call that reverts is a finding too.
contract ChannelsHandler is Handler {
    /// @dev A channel as the naive book knows it. Token base units.
    struct Book {
        address payer;
        address payee;
        address payout;
        uint256 key;
        uint256 feeBps;
        uint256 locked;
        uint256 redeemed;
        uint256 paid;
        uint256 fees;
        uint256 signed;
        uint256 expiresAt;
        uint256 closesAt;
        bool closed;
        bool refunded;
    }

    uint256 public constant CLOSE_WINDOW = 1_000;
    uint256 public constant PAYOUT_DELAY = 2_000;
    uint256 public constant REFUND_DELAY = 3_000;
    uint256 public constant MOST_CHANNELS = 12;
    uint32 public constant TOKEN = 3;
    bytes32 private constant _SERVICE = keccak256("rpc");

    // Not immutable: the runner knows a contract by its code, which immutables change.
    PlainToken public token;
    Ledger public ledger;
    UsageChannels public channels;
    ServiceCatalog private _catalog;
    address private _administrator;

    /// @dev Payers, payees, payout accounts.
    address[6] public accounts = [
        address(0xC1),
        address(0xC2),
        address(0xA1),
        address(0xA2),
        address(new GriefingPayee()),
        address(0xB2)
    ];
    mapping(address account => uint256) public balanceOf;
    /// @notice What the channels paid as fees. Token base units.
    uint256 public fees;
    Book[] private _books;

    constructor() {
        Deployment deployment = Deployed(msg.sender).deployment();
        (ledger, channels, token) = (deployment.ledger(), deployment.channels(), deployment.tokens(TOKEN - 1));
        (_catalog, _administrator) = (deployment.catalog(), address(deployment.timelock()));
        for (uint256 i; i < 2; ++i) {
            address payer = accounts[i];
            token.mint(payer, 1e24);
            VM.prank(payer);
            token.approve(address(ledger), type(uint256).max);
            VM.prank(payer);
            ledger.approveOperator(address(channels), address(channels), TOKEN, type(uint128).max, type(uint64).max);
            VM.prank(payer);
            ledger.deposit(payer, TOKEN, 1e12);
            balanceOf[payer] = 1e12;
        }
    }

    function setFee(uint256 feeBps) external counted {
        VM.prank(_administrator);
        _catalog.setService("rpc", 2 ** 30, 1 ether, 2, uint16(within(feeBps, 0, 500)), 1_000, true);
    }

    function open(uint256 seed, uint256 amount, uint256 span) external counted {
        VM.assume(_books.length < MOST_CHANNELS);
        Book memory book;
        book.payer = accounts[seed % 2];
        (uint8 proofClass, uint16 feeBps, ) = _catalog.dealTermsOf(_SERVICE, TOKEN);
        VM.assume(balanceOf[book.payer] != 0 && proofClass != 0);
        // Sometimes somebody opens a channel to itself.
        book.payee = seed % 16 == 0 ? book.payer : accounts[2 + ((seed >> 4) % 2)];
        book.payout = channels.payoutOf(book.payee);
        book.key = within(seed >> 8, 1, 3);
        book.feeBps = feeBps;
        book.locked = within(amount, 1, seed % 4 == 0 ? 50 : balanceOf[book.payer]);
        VM.assume(book.locked <= balanceOf[book.payer]);
        book.expiresAt = block.timestamp + within(span, CLOSE_WINDOW, 20 * CLOSE_WINDOW);
        _books.push(book);
        balanceOf[book.payer] -= book.locked;
        VM.prank(book.payer);
        uint256 channelId = channels.open(
            IUsageChannels.Opening({
                payee: book.payee,
                serviceId: _SERVICE,
                tokenId: TOKEN,
                amount: uint96(book.locked),
                expiresAt: uint40(book.expiresAt),
                sessionKey: VM.addr(book.key),
                keyOwner: address(0),
                keyProof: ""
            })
        );
        requireEqual("ids are counted", _books.length, channelId);
    }

    function topUp(uint256 seed, uint256 amount, uint256 span) external counted {
        VM.assume(_books.length != 0);
        uint256 i = seed % _books.length;
        Book storage book = _books[i];
        VM.assume(book.closesAt == 0 && !_isOver(book));
        uint256 added = within(amount, 0, balanceOf[book.payer] / 4);
        uint256 expiresAt = block.timestamp + within(span, 0, 20 * CLOSE_WINDOW);
        (book.locked, balanceOf[book.payer]) = (book.locked + added, balanceOf[book.payer] - added);
        if (expiresAt > book.expiresAt) book.expiresAt = expiresAt;
        VM.prank(book.payer);
        channels.topUp(i + 1, uint96(added), uint40(expiresAt));
    }

    function redeem(uint256 seed, uint256 amount) external counted {
        VM.assume(_books.length != 0);
        (IUsageChannels.Voucher memory voucher, bool isGood) = _voucher(seed, amount);
        VM.assume(isGood);
        _bookRedeemed(voucher);
        channels.redeem(voucher);
    }

    /// @notice A batch of up to twelve, of which some are good.
    function redeemMany(uint256 seed, uint256 length) external counted {
        VM.assume(_books.length != 0);
        IUsageChannels.Voucher[] memory vouchers = new IUsageChannels.Voucher[](within(length, 0, 12));
        uint256 good;
        for (uint256 i; i < vouchers.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bool isGood;
            (vouchers[i], isGood) = _voucher(seed, seed >> 128);
            if (!isGood) continue;
            ++good;
            _bookRedeemed(vouchers[i]);
        }
        requireEqual("the good ones are paid", good, channels.redeemMany(vouchers));
    }

    function close(uint256 seed) external counted {
        VM.assume(_books.length != 0);
        uint256 i = seed % _books.length;
        Book storage book = _books[i];
        VM.assume(!book.closed);
        bool isOver = _isOver(book);
        bool byPayee = (seed >> 8) % 4 == 0;
        if (!isOver && !byPayee && book.payee != book.payer) {
            VM.assume(book.closesAt == 0);
            uint256 closesAt = block.timestamp + CLOSE_WINDOW;
            book.closesAt = closesAt < book.expiresAt ? closesAt : book.expiresAt;
            VM.prank(book.payer);
        } else {
            book.closed = true;
            if (!book.refunded) {
                _bookFee(book);
                balanceOf[book.payer] += book.locked - book.redeemed;
            }
            VM.prank(isOver ? address(0xDEAD) : book.payee);
        }
        channels.close(i + 1);
    }

    function sweepFee(uint256 seed) external counted {
        VM.assume(_books.length != 0);
        uint256 i = seed % _books.length;
        if (!_books[i].closed && !_books[i].refunded) _bookFee(_books[i]);
        channels.sweepFee(i + 1);
    }

    function refundExpired(uint256 seed) external counted {
        VM.assume(_books.length != 0);
        uint256 i = seed % _books.length;
        Book storage book = _books[i];
        VM.assume(block.timestamp >= book.expiresAt + REFUND_DELAY);
        balanceOf[book.payer] += leftOf(i);
        book.refunded = true;
        ledger.refundExpired(address(channels), i + 1);
    }

    function setPayout(uint256 who, uint256 payout) external counted {
        VM.prank(accounts[2 + (who % 2)]);
        channels.setPayout(payout % 3 == 2 ? address(0) : accounts[4 + (payout % 3)]);
    }

    function withdraw(uint256 who, uint256 amount) external counted {
        address account = accounts[who % 6];
        uint256 taken = within(amount, 0, balanceOf[account]) / (who % 6 < 2 ? 10 : 1);
        balanceOf[account] -= taken;
        VM.prank(account);
        ledger.withdraw(account, TOKEN, taken);
    }

    function wait(uint256 span) external counted {
        VM.warp(block.timestamp + within(span, 1, span % 8 == 0 ? 5 * CLOSE_WINDOW : CLOSE_WINDOW / 2));
    }

    function count() external view returns (uint256) {
        return _books.length;
    }

    function bookOf(uint256 i) external view returns (Book memory) {
        return _books[i];
    }

    /// @notice What the naive book says that a lock holds.
    function leftOf(uint256 i) public view returns (uint256) {
        Book storage book = _books[i];
        return book.closed || book.refunded ? 0 : book.locked - book.paid - book.fees;
    }

    function _bookRedeemed(IUsageChannels.Voucher memory voucher) private {
        Book storage book = _books[voucher.channelId - 1];
        book.redeemed = voucher.cumulative;
        uint256 net = book.redeemed - (book.redeemed * book.feeBps) / 10_000;
        balanceOf[book.payout] += net - book.paid;
        book.paid = net;
    }

    function _bookFee(Book storage book) private {
        uint256 fee = (book.redeemed * book.feeBps) / 10_000;
        fees += fee - book.fees;
        book.fees = fee;
    }

    /// @dev A voucher of some kind, and whether it must be paid now.
    function _voucher(
        uint256 seed,
        uint256 amount
    ) private returns (IUsageChannels.Voucher memory voucher, bool isGood) {
        uint256 i = seed % _books.length;
        Book storage book = _books[i];
        voucher.channelId = i + 1;
        // A little more than before, anything up to the cap, or more than that.
        uint256 kind = (seed >> 8) % 8;
        if (kind < 4) voucher.cumulative = book.redeemed + within(amount, 0, 100);
        else voucher.cumulative = within(amount, 0, kind < 7 ? book.locked : 2 * book.locked);
        voucher.usageRoot = bytes32(seed);
        bool isForged = (seed >> 16) % 5 == 0;
        bytes32 digest = channels.voucherDigestOf(i + 1, voucher.cumulative, voucher.usageRoot);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(isForged ? (book.key % 3) + 1 : book.key, digest);
        (voucher.r, voucher.vs) = (r, bytes32((uint256(v - 27) << 255) | uint256(s)));
        if ((seed >> 24) % 16 == 0) (isForged, voucher.usageRoot) = (true, ~voucher.usageRoot);
        if ((seed >> 32) % 32 == 0) (isForged, voucher.channelId) = (true, _books.length + 1);
        isGood = !isForged && !_isOver(book) && voucher.cumulative > book.redeemed && voucher.cumulative <= book.locked;
        if (!isForged && voucher.cumulative > book.signed) book.signed = voucher.cumulative;
    }

    function _isOver(Book storage book) private view returns (bool) {
        return book.closed || block.timestamp >= (book.closesAt == 0 ? book.expiresAt : book.closesAt);
    }
}
