// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";
import { ICouncil } from "../interfaces/governance/ICouncil.sol";

/// @title Council
/// @notice A proposer of the timelock with a narrow say and an end.
/// @dev Our choice: a role of the timelock itself would let the council grant itself every other role, spend what the timelock owns, and veto
/// the vote that removes it.
contract Council is ICouncil {
    /// @notice Where its proposals wait.
    TimelockController public immutable TIMELOCK;
    /// @inheritdoc ICouncil
    address public immutable COUNCIL;
    /// @inheritdoc ICouncil
    uint256 public immutable ENDS_AT;

    /// @inheritdoc ICouncil
    mapping(address target => bool) public isTarget;
    /// @inheritdoc ICouncil
    mapping(bytes32 operationId => bool) public isOwn;

    modifier onlyCouncil() {
        if (msg.sender != COUNCIL) revert CouncilOnly(msg.sender);
        _;
    }

    /// @param timelock Where its proposals wait.
    /// @param council The multisig.
    /// @param endsAt Unix seconds from which it can propose nothing.
    /// @param targets The contracts that it has a say over; neither the timelock nor who gives roles.
    constructor(TimelockController timelock, address council, uint256 endsAt, address[] memory targets) {
        TIMELOCK = timelock;
        COUNCIL = council;
        ENDS_AT = endsAt;
        for (uint256 i; i < targets.length; ++i) isTarget[targets[i]] = true;
    }

    /// @inheritdoc ICouncil
    function propose(
        address[] calldata targets,
        bytes[] calldata payloads,
        bytes32 salt
    ) external onlyCouncil returns (bytes32 operationId) {
        if (block.timestamp >= ENDS_AT) revert CouncilTermEnded(ENDS_AT);
        for (uint256 i; i < targets.length; ++i) {
            if (!isTarget[targets[i]]) revert CouncilTargetForbidden(targets[i]);
        }
        uint256[] memory values = new uint256[](targets.length);
        // Never the salt of a governor's proposal, which the council could otherwise schedule before it is queued, and cancel.
        bytes32 ownSalt = keccak256(abi.encode(address(this), salt));
        operationId = TIMELOCK.hashOperationBatch(targets, values, payloads, 0, ownSalt);
        isOwn[operationId] = true;
        emit CouncilProposed(operationId);
        TIMELOCK.scheduleBatch(targets, values, payloads, 0, ownSalt, TIMELOCK.getMinDelay());
    }

    /// @inheritdoc ICouncil
    function cancel(bytes32 operationId) external onlyCouncil {
        if (!isOwn[operationId]) revert CouncilOperationForeign(operationId);
        TIMELOCK.cancel(operationId);
    }
}
