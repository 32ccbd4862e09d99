// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IUsageChannels } from "../../contracts/interfaces/payments/IUsageChannels.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { ChannelsHandler } from "./ChannelsHandler.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice Ledger and channels under any sequence of calls, good and bad vouchers mixed.
contract ChannelsTest {
    ChannelsHandler private _handler;

    function setUp() public {
        _handler = new ChannelsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_channelsPayWhatIsSignedAndNoMore() public view {
        uint256 total = _checkBalances();
        for (uint256 i; i < _handler.count(); ++i) total += _checkChannel(i);
        requireEqual("tokens = balances + locks", total, _handler.token().balanceOf(address(_handler.ledger())));
    }

    /// @notice However a run ends: every channel can be closed by anybody, and every account empties the ledger.
    function afterInvariant() public {
        VM.warp(block.timestamp + 100 * _handler.CLOSE_WINDOW());
        for (uint256 i; i < _handler.count(); ++i) {
            if (!_handler.bookOf(i).closed) _handler.channels().close(i + 1);
            requireEqual("nothing stays locked", 0, _lockLeft(i));
        }
        Ledger ledger = _handler.ledger();
        for (uint256 i; i < 7; ++i) {
            address account = _handler.accounts(i);
            uint256 balance = ledger.balanceOf(account, 1);
            VM.prank(account);
            ledger.withdraw(account, 1, balance);
        }
        requireEqual("the ledger is empty", 0, _handler.token().balanceOf(address(_handler.ledger())));
    }

    function _checkBalances() private view returns (uint256 total) {
        for (uint256 i; i < 7; ++i) {
            address account = _handler.accounts(i);
            uint256 balance = _handler.ledger().balanceOf(account, 1);
            requireEqual("balance = naive", _handler.balanceOf(account), balance);
            total += balance;
        }
    }

    function _checkChannel(uint256 i) private view returns (uint256 left) {
        ChannelsHandler.Book memory book = _handler.bookOf(i);
        IUsageChannels.Channel memory channel = _handler.channels().channelOf(i + 1);
        left = _lockLeft(i);
        requireEqual("lock = naive", _handler.leftOf(i), left);
        requireEqual("locked = naive", book.locked, channel.locked);
        requireEqual("redeemed = naive", book.redeemed, channel.redeemed);
        requireAtMost("the payer loses what it signed at most", book.signed, book.paid + book.fees);
        requireAtMost("redeemed <= locked", book.locked, book.redeemed);
        if (!book.closed && !book.refunded) {
            requireAtMost("what was not redeemed is in the lock", left, book.locked - book.redeemed);
        }
    }

    function _lockLeft(uint256 i) private view returns (uint256) {
        return _handler.ledger().lockOf(address(_handler.channels()), i + 1).left;
    }
}
