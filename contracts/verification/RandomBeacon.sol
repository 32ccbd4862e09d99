// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";
import { BlockHeader } from "../libraries/BlockHeader.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";

/// @title RandomBeacon
/// @notice One random seed per period, from the first block at or after a fixed boundary.
/// @dev Source: EIP-4399 (`mixHash` is the RANDAO), EIP-2935 (block hashes beyond the last 256). Whoever records has no choice to make:
/// period and time fix the boundary, the boundary fixes the block. A proposer who withholds the boundary's block, at the price of its
/// reward, makes the next block the first one.
/// Warning: who is alone in recording could wait for a later boundary, and so choose among seeds. One honest recorder in time suffices.
contract RandomBeacon is IRandomBeacon, PeriodClock {
    /// @notice Where EIP-2935 keeps the hashes of the last 8,191 blocks.
    address private constant _HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @inheritdoc IRandomBeacon
    uint256 public immutable PROOF_WINDOW_SECONDS;
    /// @inheritdoc IRandomBeacon
    uint256 public immutable RETRY_SECONDS;

    /// @dev seed 216 | dueAt 40; 0 while unknown.
    mapping(uint256 period => uint256) private _rounds;

    /// @param origin Unix seconds at which period 0 begins.
    /// @param periodSeconds Length of a period. Seconds.
    /// @param proofWindowSeconds Time for a proof, less than a period. Seconds.
    /// @param retrySeconds Distance between boundaries. Seconds. Our choice: short enough that the hash of a boundary's block is still
    /// known at the next one even where EIP-2935 is missing, 256 blocks.
    constructor(
        uint256 origin,
        uint256 periodSeconds,
        uint256 proofWindowSeconds,
        uint256 retrySeconds
    ) PeriodClock(origin, periodSeconds) {
        if (proofWindowSeconds == 0 || proofWindowSeconds >= periodSeconds || retrySeconds == 0) {
            revert BeaconSpansInvalid(periodSeconds, proofWindowSeconds, retrySeconds);
        }
        PROOF_WINDOW_SECONDS = proofWindowSeconds;
        RETRY_SECONDS = retrySeconds;
    }

    /// @inheritdoc IRandomBeacon
    function record(uint256 period, bytes calldata parentHeader, bytes calldata header) external {
        if (_rounds[period] != 0) revert BeaconRoundKnown(period);
        uint256 boundaryAt = boundaryOf(period);
        BlockHeader.Fields memory first = BlockHeader.decode(header);
        BlockHeader.Fields memory parent = BlockHeader.decode(parentHeader);
        bytes32 headerHash = keccak256(header);
        if (headerHash != _hashOf(first.number)) revert BeaconBlockUnknown(first.number, headerHash);
        headerHash = keccak256(parentHeader);
        if (headerHash != first.parentHash) revert BeaconBlockUnknown(parent.number, headerHash);
        if (parent.timestamp >= boundaryAt || first.timestamp < boundaryAt) {
            revert BeaconBoundaryMissed(boundaryAt, parent.timestamp, first.timestamp);
        }

        uint40 dueAt = uint40(block.timestamp + PROOF_WINDOW_SECONDS);
        bytes32 seed = _seedOf(uint256(first.mixHash));
        _rounds[period] = uint256(seed) | dueAt;
        emit RoundRecorded(period, seed, uint64(first.number), dueAt, msg.sender);
    }

    /// @inheritdoc IRandomBeacon
    function roundOf(uint256 period) external view returns (bytes32 seed, uint40 dueAt) {
        uint256 round = _rounds[period];
        return (_seedOf(round), uint40(round));
    }

    /// @inheritdoc IRandomBeacon
    function boundaryOf(uint256 period) public view returns (uint256 boundaryAt) {
        boundaryAt = endOf(period);
        if (block.timestamp < boundaryAt) revert BeaconTooEarly(period, boundaryAt);
        uint256 latestAt = boundaryAt + PERIOD_SECONDS - PROOF_WINDOW_SECONDS;
        if (block.timestamp > latestAt) revert BeaconTooLate(period, latestAt);
        uint256 sinceEnd = block.timestamp - boundaryAt;
        return boundaryAt + sinceEnd - (sinceEnd % RETRY_SECONDS);
    }

    /// @dev Hash of a block of this chain; 0 when it is not known here, be it too old, not there yet, or for lack of EIP-2935.
    function _hashOf(uint256 height) private view returns (bytes32 hash) {
        hash = blockhash(height);
        if (hash != 0) return hash;
        assembly ("memory-safe") {
            mstore(0, height)
            // Without code there the call succeeds and returns nothing; a stub may revert. Neither is an answer.
            let answered := staticcall(gas(), _HISTORY, 0, 32, 0, 32)
            if and(answered, eq(returndatasize(), 32)) {
                hash := mload(0)
            }
        }
    }

    function _seedOf(uint256 word) private pure returns (bytes32) {
        return bytes32((word >> 40) << 40);
    }
}
