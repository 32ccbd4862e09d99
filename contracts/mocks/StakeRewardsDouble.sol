// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IStakeRewards } from "../interfaces/staking/IStakeRewards.sol";

/// @title StakeRewardsDouble
/// @notice Takes rewards as the vault does, and keeps them.
contract StakeRewardsDouble is IStakeRewards {
    /// @notice This provider has no stake that a reward could be shared by.
    error StakeRewardRefused(address provider);

    IERC20 private immutable _EVER;
    /// @notice What a provider was rewarded. EVER base units.
    mapping(address provider => uint256) public rewardedOf;
    mapping(address provider => bool) private _refused;

    constructor(IERC20 ever) {
        _EVER = ever;
    }

    /// @notice Refuses rewards of a provider from now on.
    function refuse(address provider, bool refused) external {
        _refused[provider] = refused;
    }

    /// @inheritdoc IStakeRewards
    function reward(address provider, uint128 amount) external {
        if (_refused[provider]) revert StakeRewardRefused(provider);
        rewardedOf[provider] += amount;
        _EVER.transferFrom(msg.sender, address(this), amount);
    }
}
