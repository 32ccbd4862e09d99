// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IInsurancePool
/// @notice Compensates customers of a deal whose provider was finally slashed, in the token that they paid in.
/// @dev Only who and how much damage was made good elsewhere is the caller's word. Whom to pay, in which token, what was paid for proven
/// time and what the deal brought in fees are read from the money contracts, so that the caller, whoever it becomes, can never pay
/// anybody but a deal's payer, and never more than these facts allow.
/// The bucket of a token holds `BUCKET_BPS` of what the pool has of it and empties within `WINDOW_SECONDS`. What flows in within a
/// window is a bucket at most, and so is what it held before: in any window the pool pays at most twice that, 5 % of the most that it had.
interface IInsurancePool {
    /// @notice A claim is for nothing, or for more than the deal's limits, or than the bucket has room for. Token base units.
    error InsuranceLimitExceeded(uint256 dealKey, uint256 available, uint256 required);

    /// @notice A deal's payer was compensated. Token base units.
    /// @param damages What the claim says was made good elsewhere.
    /// @param caseId The case that led to it; its meaning is the caller's.
    event Compensated(
        uint256 indexed dealKey,
        bytes32 indexed caseId,
        address indexed payer,
        uint32 tokenId,
        uint128 amount,
        uint128 damages
    );

    /// @notice How many times a deal's fees it can be paid in all.
    function MAX_FEE_MULTIPLE() external view returns (uint256);
    /// @notice What a bucket holds of what the pool has. Basis points.
    function BUCKET_BPS() external view returns (uint256);
    /// @notice Span in which a full bucket empties. Seconds.
    function WINDOW_SECONDS() external view returns (uint256);
    /// @notice What the pool paid for a deal so far. Token base units.
    function paidOf(uint256 dealKey) external view returns (uint256);
    /// @notice Most that `compensate` would pay now. Token base units.
    /// @param damages What was made good elsewhere. Token base units.
    function payableFor(uint256 dealKey, uint256 damages) external view returns (uint256);
    /// @notice Justice only, granted to nobody yet: pays a deal's payer after a final slash.
    /// @param amount Token base units, at most `payableFor`.
    /// @param damages What was made good elsewhere. Token base units.
    function compensate(uint256 dealKey, uint128 amount, uint128 damages, bytes32 caseId) external;
}
