// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { IUsageChannels } from "../interfaces/payments/IUsageChannels.sol";
import { StreamEarnings } from "./StreamEarnings.sol";

/// @title PaidFees
/// @notice What a deal or a channel has really paid to the protocol, read from the money contracts.
library PaidFees {
    /// @notice The deal's lock and its fees. Token base units.
    /// @dev A deal's own count of swept fees is exact while it runs, and when it is closed over a full lock. A lock that went back to
    /// its payer long after its expiry is empty, and closing then counts a fee that nobody got. From that moment on the fees of a
    /// closed deal are unknown: 0.
    function ofDeal(
        IDealPayments payments,
        ILedger ledger,
        uint256 dealKey
    ) internal view returns (ILedger.Lock memory lock, IDealPayments.Stream memory stream, uint256 fees) {
        lock = ledger.lockOf(address(payments), dealKey);
        stream = payments.streamOf(dealKey);
        bool isKnown = !stream.closed || block.timestamp < lock.expiresAt + ledger.REFUND_DELAY();
        fees = isKnown ? stream.feeSwept : 0;
    }

    /// @notice The channel's payee and its fees. Token base units.
    /// @dev The fee is what left the lock beyond the payee's part; all of it, when the channel is closed. Neither can be told from a lock
    /// that may have gone back to its payer: from then on the fees are unknown, 0.
    function ofChannel(
        IUsageChannels channels,
        ILedger ledger,
        uint256 channelId
    ) internal view returns (address payee, uint32 tokenId, uint256 fees) {
        ILedger.Lock memory lock = ledger.lockOf(address(channels), channelId);
        if (block.timestamp >= lock.expiresAt + ledger.REFUND_DELAY()) return (lock.payee, lock.tokenId, 0);
        IUsageChannels.Channel memory channel = channels.channelOf(channelId);
        fees =
            channel.status == IUsageChannels.Status.Closed
                ? StreamEarnings.feeOf(channel.redeemed, channel.feeBps)
                : channel.locked - StreamEarnings.netOf(channel.redeemed, channel.feeBps) - lock.left;
        return (channel.payee, lock.tokenId, fees);
    }
}
