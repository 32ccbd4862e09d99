// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IEntryGate
/// @notice A policy contract that new entries pass, and that can be told to let none through for a while.
/// @dev The pause is a moment and not a switch: it ends by itself, whoever set it and whatever became of them.
interface IEntryGate {
    /// @notice The pause would end later than allowed. Unix seconds.
    error EntryPauseTooLong(uint256 latestEnd, uint256 until);
    /// @notice No new entries until then. Unix seconds.
    error EntryPaused(uint256 until);

    /// @notice New entries are paused until then; 0, or a moment that has passed: they are open. Unix seconds.
    event EntriesPaused(uint40 until);

    /// @notice New entries are refused before that moment. Unix seconds; 0 when they never were.
    function entriesPausedUntil() external view returns (uint40);
    /// @notice Guardian: pauses new entries until a moment at most 14 days ahead, or opens them again.
    /// @param until Unix seconds; 0 opens.
    function pauseEntries(uint40 until) external;
}
