// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IStakeRewards
/// @notice Where rewards go: the vault, which shares them between a provider and its delegators.
interface IStakeRewards {
    /// @notice Takes EVER of the caller, by its allowance, as a reward of a provider. Base units.
    function reward(address provider, uint128 amount) external;
}
