// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { StakePools } from "../libraries/StakePool.sol";

/// @title StakeFreezes
/// @notice What open cases hold back, so that no unbonding outruns a dispute.
abstract contract StakeFreezes is AccessManaged, IStakeVault {
    /// @inheritdoc IStakeVault
    uint256 public constant MAX_FREEZE_SECONDS = 20 days;

    mapping(address provider => mapping(bytes32 caseId => CaseFreeze)) private _freezes;
    /// @dev Sum of a provider's cases. EVER base units.
    mapping(address provider => uint256) private _frozen;

    /// @inheritdoc IStakeVault
    function freezeOf(address provider, bytes32 caseId) external view returns (CaseFreeze memory) {
        return _freezes[provider][caseId];
    }

    /// @inheritdoc IStakeVault
    function freeze(address provider, bytes32 caseId, uint128 amount) external restricted {
        if (amount == 0 || amount > StakePools.MOST_TOKENS) revert StakeAmountInvalid(amount);
        if (_freezes[provider][caseId].endsAt != 0) revert StakeCaseKnown(provider, caseId);
        uint40 endsAt = uint40(block.timestamp + MAX_FREEZE_SECONDS);
        _freezes[provider][caseId] = CaseFreeze(amount, endsAt);
        _frozen[provider] += amount;
        emit StakeFreezeChanged(provider, caseId, amount, endsAt);
    }

    /// @inheritdoc IStakeVault
    function unfreeze(address provider, bytes32 caseId) external restricted {
        _lowerFreeze(provider, caseId, type(uint128).max);
    }

    /// @inheritdoc IStakeVault
    function endFreeze(address provider, bytes32 caseId) external {
        uint40 endsAt = _freezes[provider][caseId].endsAt;
        if (block.timestamp < endsAt) revert StakeCaseOpen(provider, caseId, endsAt);
        _lowerFreeze(provider, caseId, type(uint128).max);
    }

    /// @dev What cases hold back of everything behind a provider. EVER base units.
    function _frozenOf(address provider) internal view returns (uint256) {
        return _frozen[provider];
    }

    /// @dev Never reverts; nothing happens when the case holds nothing. EVER base units.
    function _lowerFreeze(address provider, bytes32 caseId, uint128 amount) internal {
        CaseFreeze memory held = _freezes[provider][caseId];
        if (held.amount == 0) return;
        uint128 left = amount < held.amount ? held.amount - amount : 0;
        _freezes[provider][caseId].amount = left;
        _frozen[provider] -= held.amount - left;
        emit StakeFreezeChanged(provider, caseId, left, held.endsAt);
    }
}
