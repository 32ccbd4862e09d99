// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";
import { IEverTimelock } from "../interfaces/governance/IEverTimelock.sol";

/// @title EverTimelock
/// @notice OpenZeppelin's timelock with hard bounds on its delay.
/// @dev Without a lower bound one vote could take from everybody the time to leave; without an upper one a decision of the court could
/// come after the unbonding. Anyone executes what has waited.
contract EverTimelock is TimelockController, IEverTimelock {
    /// @inheritdoc IEverTimelock
    uint256 public immutable MIN_DELAY_SECONDS;
    /// @inheritdoc IEverTimelock
    uint256 public immutable MAX_DELAY_SECONDS;

    /// @param delaySeconds Delay at first.
    /// @param min Shortest delay for ever. Seconds.
    /// @param max Longest delay for ever. Seconds.
    /// @param deployer Administrator until it renounces: it names the proposers.
    constructor(
        uint256 delaySeconds,
        uint256 min,
        uint256 max,
        address deployer
    ) TimelockController(delaySeconds, new address[](0), _anyone(), deployer) {
        (MIN_DELAY_SECONDS, MAX_DELAY_SECONDS) = (min, max);
        if (delaySeconds < min || delaySeconds > max) revert TimelockDelayInvalid(delaySeconds, min, max);
    }

    /// @notice Governance: changes the delay of later decisions.
    /// @param delaySeconds Within the hard bounds.
    function updateDelay(uint256 delaySeconds) public override {
        if (delaySeconds < MIN_DELAY_SECONDS || delaySeconds > MAX_DELAY_SECONDS) {
            revert TimelockDelayInvalid(delaySeconds, MIN_DELAY_SECONDS, MAX_DELAY_SECONDS);
        }
        super.updateDelay(delaySeconds);
    }

    function _anyone() private pure returns (address[] memory executors) {
        executors = new address[](1);
    }
}
