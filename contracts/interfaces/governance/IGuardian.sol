// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IGuardian
/// @notice Pauses new entries in an emergency: new deals and channels, and new providers. For at most 14 days, once in 60 days.
/// @dev It reaches two gates and nothing else. Acceptance, proofs, payments, vouchers, renewals, top-ups, changes of running deals,
/// challenges, exits and votes do not pass those gates and cannot be paused. The pause ends by itself.
interface IGuardian {
    /// @notice Only the guardian may do this.
    error GuardianOnly(address caller);
    /// @notice A pause is between one second and `max`. Seconds.
    error GuardianSpanInvalid(uint256 spanSeconds, uint256 max);
    /// @notice The last pause began less than 60 days ago. Unix seconds.
    error GuardianTooSoon(uint256 earliestAt, uint256 now_);
    /// @notice New entries are not paused.
    error GuardianNotPaused();

    /// @notice The guardian paused new entries. Unix seconds.
    event Paused(address indexed guardian, uint40 until);
    /// @notice The pause was ended early.
    event PauseLifted(address indexed by);
    /// @notice Governance named another guardian; the zero address: none.
    event GuardianChanged(address indexed guardian);

    /// @notice Account that may pause; zero when there is none.
    function guardian() external view returns (address);
    /// @notice When the last pause began. Unix seconds; 0 when there never was one.
    function pausedAt() external view returns (uint40);
    /// @notice When the last pause ends, or ended. Unix seconds.
    function pausedUntil() external view returns (uint40);
    /// @notice Whether new entries are paused now.
    function isPaused() external view returns (bool);
    /// @notice Guardian: pauses new entries.
    /// @param spanSeconds At most `MAX_PAUSE_SECONDS`.
    /// @return until Unix seconds at which the pause ends by itself.
    function pause(uint256 spanSeconds) external returns (uint40 until);
    /// @notice Guardian or governance: ends the pause. The next one can still begin 60 days after this one began, at the earliest.
    function lift() external;
    /// @notice Governance: names the guardian. A pause that is running goes on.
    function setGuardian(address guardian_) external;
}
