// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One start of an unbonding, in shares of a thawing pool. One word of storage.
/// @param thawsAt Unix seconds from which it can be withdrawn.
/// @param epoch Of the pool when it was started.
struct ThawTranche {
    uint128 shares;
    uint40 thawsAt;
    uint32 epoch;
}

/// @notice What one account thaws at one provider, oldest first.
/// @param first Number of the oldest tranche.
/// @param next Number that the next tranche gets.
struct ThawQueue {
    uint32 first;
    uint32 next;
    ThawTranche[16] ring;
}

/// @title ThawQueues
/// @notice A queue of at most 16 tranches, each in the place of its number modulo 16. Since each thaw waits for the same span, the oldest
/// is always the first that may leave.
library ThawQueues {
    uint256 internal constant MOST_TRANCHES = 16;

    /// @notice Appends a tranche. In a full queue it merges into the newest one, which begins to wait anew; no other is touched.
    /// @return number Of the tranche.
    /// @return total Its shares.
    function push(
        ThawQueue storage queue,
        uint256 shares,
        uint32 epoch,
        uint40 thawsAt
    ) internal returns (uint32 number, uint128 total) {
        // Casting is safe: what a pool sells fits into 128 bits.
        total = uint128(shares);
        number = queue.next;
        if (number - queue.first == MOST_TRANCHES) {
            --number;
            ThawTranche memory newest = trancheAt(queue, number);
            if (newest.epoch == epoch) total += newest.shares;
        } else {
            queue.next = number + 1;
        }
        queue.ring[number % MOST_TRANCHES] = ThawTranche(total, thawsAt, epoch);
    }

    /// @notice Empties the place of a tranche; the caller moves `first` on.
    function remove(ThawQueue storage queue, uint32 number) internal {
        delete queue.ring[number % MOST_TRANCHES];
    }

    /// @notice The tranche of a number, which the queue must hold.
    function trancheAt(ThawQueue storage queue, uint32 number) internal view returns (ThawTranche storage) {
        return queue.ring[number % MOST_TRANCHES];
    }
}
