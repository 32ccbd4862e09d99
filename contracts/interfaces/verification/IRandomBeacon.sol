// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IPeriodClock } from "./IPeriodClock.sol";

/// @title IRandomBeacon
/// @notice One random seed per period, taken once for all from a block that nobody chose.
/// @dev Block mode, for chains with L1 consensus: the seed of period p is the `mixHash` of the first block at or after a fixed
/// boundary in time. The first boundary is the end of p; should nobody record it within `RETRY_SECONDS`, the next boundary is that
/// much later. A round must leave a whole proof window before the next period ends: afterwards the period stays without a seed,
/// nobody can prove it, nobody is paid for it and nobody is at fault.
interface IRandomBeacon is IPeriodClock {
    /// @notice The header is not a canonical block that this chain still knows.
    error BeaconBlockUnknown(uint256 number, bytes32 headerHash);
    /// @notice The header cannot be decoded as an RLP block header.
    error BeaconHeaderInvalid();
    /// @notice The two headers do not enclose the boundary: parent time < boundary ≤ time. Unix seconds.
    error BeaconBoundaryMissed(uint256 boundaryAt, uint256 parentAt, uint256 headerAt);
    /// @notice The period has its seed.
    error BeaconRoundKnown(uint256 period);
    /// @notice The period has not ended yet. Unix seconds.
    error BeaconTooEarly(uint256 period, uint256 endsAt);
    /// @notice No whole proof window is left for this period. Unix seconds.
    error BeaconTooLate(uint256 period, uint256 latestAt);
    /// @notice The beacon has no seed for this period.
    error BeaconRoundUnknown(uint256 period);
    /// @notice A span is zero, or no proof window fits into a period. Seconds.
    error BeaconSpansInvalid(uint256 periodSeconds, uint256 proofWindowSeconds, uint256 retrySeconds);

    /// @notice A period got its seed.
    /// @param blockNumber Height of the block that gave it.
    /// @param dueAt Unix seconds until which proofs of the period are taken, itself excluded.
    event RoundRecorded(uint256 indexed period, bytes32 seed, uint64 blockNumber, uint40 dueAt, address indexed by);

    /// @notice Time for a proof after its seed was recorded. Seconds, less than a period.
    function PROOF_WINDOW_SECONDS() external view returns (uint256);
    /// @notice Distance between the fixed boundaries of one period. Seconds.
    function RETRY_SECONDS() external view returns (uint256);
    /// @notice Seed of a period, 27 random bytes followed by zeros, and the time until which its proofs are taken. Zeros when unknown.
    function roundOf(uint256 period) external view returns (bytes32 seed, uint40 dueAt);
    /// @notice The boundary that a record of this period made now must enclose. Unix seconds.
    function boundaryOf(uint256 period) external view returns (uint256 boundaryAt);
    /// @notice Records the seed of an ended period from the first block at or after the boundary and that block's parent.
    /// @param period The period that has ended.
    /// @param parentHeader RLP of the parent block's header.
    /// @param header RLP of the block's header.
    function record(uint256 period, bytes calldata parentHeader, bytes calldata header) external;
}
