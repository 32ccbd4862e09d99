// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IEntryGate } from "../interfaces/governance/IEntryGate.sol";
import { IGuardian } from "../interfaces/governance/IGuardian.sol";
import { EntryPause } from "../libraries/EntryPause.sol";

/// @title Guardian
/// @notice Pauses new entries, and nothing that lives.
/// @dev Each gate keeps the moment of the end by itself and bounds it once more: without this contract a pause ends all the same.
contract Guardian is AccessManaged, IGuardian {
    /// @notice Longest pause. Seconds.
    uint256 public constant MAX_PAUSE_SECONDS = EntryPause.MAX_SECONDS;
    /// @notice Least span between the beginnings of two pauses. Seconds.
    uint256 public constant PAUSE_INTERVAL_SECONDS = 60 days;

    /// @notice Gate of new deals and channels.
    IEntryGate public immutable CATALOG;
    /// @notice Gate of new providers.
    IEntryGate public immutable INVITES;

    /// @inheritdoc IGuardian
    address public guardian;
    /// @inheritdoc IGuardian
    uint40 public pausedAt;
    /// @inheritdoc IGuardian
    uint40 public pausedUntil;

    /// @param catalog Gate of new deals and channels.
    /// @param invites Gate of new providers.
    /// @param guardian_ Account that may pause; zero: nobody, until a vote names one.
    /// @param authority AccessManager that says who may replace the guardian.
    constructor(IEntryGate catalog, IEntryGate invites, address guardian_, address authority) AccessManaged(authority) {
        CATALOG = catalog;
        INVITES = invites;
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    /// @inheritdoc IGuardian
    function isPaused() public view returns (bool) {
        return block.timestamp < pausedUntil;
    }

    /// @inheritdoc IGuardian
    function pause(uint256 spanSeconds) external returns (uint40 until) {
        if (msg.sender != guardian) revert GuardianOnly(msg.sender);
        if (spanSeconds == 0 || spanSeconds > MAX_PAUSE_SECONDS) {
            revert GuardianSpanInvalid(spanSeconds, MAX_PAUSE_SECONDS);
        }
        uint256 earliestAt = pausedAt == 0 ? 0 : pausedAt + PAUSE_INTERVAL_SECONDS;
        if (block.timestamp < earliestAt) revert GuardianTooSoon(earliestAt, block.timestamp);

        until = uint40(block.timestamp + spanSeconds);
        (pausedAt, pausedUntil) = (uint40(block.timestamp), until);
        emit Paused(msg.sender, until);
        _tell(until);
    }

    /// @inheritdoc IGuardian
    function lift() external {
        if (msg.sender != guardian) _checkCanCall(msg.sender, msg.data);
        if (!isPaused()) revert GuardianNotPaused();

        pausedUntil = uint40(block.timestamp);
        emit PauseLifted(msg.sender);
        _tell(0);
    }

    /// @inheritdoc IGuardian
    function setGuardian(address guardian_) external restricted {
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    function _tell(uint40 until) private {
        CATALOG.pauseEntries(until);
        INVITES.pauseEntries(until);
    }
}
