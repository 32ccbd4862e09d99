// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IUsageChannels } from "../../contracts/interfaces/payments/IUsageChannels.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { ChannelsHandler } from "./ChannelsHandler.t.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice What holds of the channels of a `ChannelsHandler`, whatever else happens beside them.
abstract contract ChannelsChecks is Deployed {
    ChannelsHandler internal _usage;

    function _checkBalances() internal view returns (uint256 total) {
        for (uint256 i; i < 6; ++i) {
            address account = _usage.accounts(i);
            uint256 balance = _usage.ledger().balanceOf(account, _usage.TOKEN());
            requireEqual("balance = naive", _usage.balanceOf(account), balance);
            total += balance;
        }
    }

    function _checkChannel(uint256 i) internal view returns (uint256 left) {
        ChannelsHandler.Book memory book = _usage.bookOf(i);
        IUsageChannels.Channel memory channel = _usage.channels().channelOf(i + 1);
        left = _lockLeft(i);
        requireEqual("lock = naive", _usage.leftOf(i), left);
        requireEqual("locked = naive", book.locked, channel.locked);
        requireEqual("redeemed = naive", book.redeemed, channel.redeemed);
        requireAtMost("the payer loses what it signed at most", book.signed, book.paid + book.fees);
        requireAtMost("redeemed <= locked", book.locked, book.redeemed);
        if (!book.closed && !book.refunded) {
            requireAtMost("what was not redeemed is in the lock", left, book.locked - book.redeemed);
        }
    }

    function _lockLeft(uint256 i) internal view returns (uint256) {
        return _usage.ledger().lockOf(address(_usage.channels()), i + 1).left;
    }
}

/// @notice Ledger and channels under any sequence of calls, good and bad vouchers mixed.
contract ChannelsTest is ChannelsChecks {
    function setUp() public {
        deployment = new Deployment();
        _usage = new ChannelsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_usage);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_channelsPayWhatIsSignedAndNoMore() public view {
        uint256 total = _checkBalances() + _usage.fees();
        requireEqual("fees = naive", _usage.fees(), _usage.ledger().balanceOf(_feeRecipient(), _usage.TOKEN()));
        for (uint256 i; i < _usage.count(); ++i) total += _checkChannel(i);
        requireEqual("tokens = balances + locks", total, _usage.token().balanceOf(address(_usage.ledger())));
    }

    /// @notice However a run ends: every channel can be closed by anybody, and every account empties the ledger.
    function afterInvariant() public {
        VM.warp(block.timestamp + 100 * _usage.CLOSE_WINDOW());
        for (uint256 i; i < _usage.count(); ++i) {
            if (!_usage.bookOf(i).closed) _usage.channels().close(i + 1);
            requireEqual("nothing stays locked", 0, _lockLeft(i));
        }
        for (uint256 i; i < 6; ++i) _empty(_usage.accounts(i));
        _empty(_feeRecipient());
        requireEqual("the ledger is empty", 0, _usage.token().balanceOf(address(_usage.ledger())));
    }

    function _empty(address account) private {
        Ledger ledger = _usage.ledger();
        uint32 tokenId = _usage.TOKEN();
        uint256 balance = ledger.balanceOf(account, tokenId);
        VM.prank(account);
        ledger.withdraw(account, tokenId, balance);
    }

    function _feeRecipient() private view returns (address) {
        return _usage.ledger().FEE_RECIPIENT();
    }
}
