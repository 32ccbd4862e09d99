// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { LowLevelCall } from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IStakeVault } from "../interfaces/staking/IStakeVault.sol";
import { SlashParts, StakePool, StakePools } from "../libraries/StakePool.sol";
import { ThawQueue, ThawQueues, ThawTranche } from "../libraries/ThawQueue.sol";
import { StakeBacking } from "./StakeBacking.sol";
import { StakeFreezes } from "./StakeFreezes.sol";
import { StakeVotes } from "./StakeVotes.sol";

/// @title StakeVault
/// @notice Holds what providers pledge and others delegate to them, and gives it back after the unbonding.
/// @dev Source: announcement of 2024-08-19, "Overview of 4EVER Network" (providers pledge, dishonest ones are penalised).
/// It is bound to EVER, which neither takes a fee on transfers nor calls its receivers, so no reentrancy guard is needed. EVER's cap is
/// below 2⁹⁰, which is why amounts of it fit into 96 bits and nothing here overflows.
contract StakeVault is StakeBacking, StakeFreezes {
    using SafeERC20 for IERC20;
    using StakePools for StakePool;
    using ThawQueues for ThawQueue;

    /// @dev A provider's cut of its delegators' rewards: `bps` until `changesAt`, `nextBps` from then on.
    struct Cut {
        uint16 bps;
        uint16 nextBps;
        uint40 changesAt;
    }

    /// @inheritdoc IStakeVault
    uint256 public constant CUT_NOTICE_SECONDS = 21 days;
    /// @inheritdoc IStakeVault
    uint16 public constant MAX_CUT_BPS = 3_000;
    uint256 private constant _BPS = 10_000;

    /// @inheritdoc IStakeVault
    address public immutable EVER;
    /// @inheritdoc IStakeVault
    uint256 public immutable UNBONDING_SECONDS;

    mapping(address provider => Cut) private _cuts;
    mapping(address provider => StakePool) private _ownThawing;
    mapping(address provider => StakePool) private _poolThawing;
    mapping(address provider => mapping(address account => ThawQueue)) private _queues;

    /// @param ever The staked token.
    /// @param unbondingSeconds Longer than everything that may lead to a slash; the deployment asserts it.
    /// @param votesStepSeconds Span in which changes of all votes are told together.
    /// @param authority AccessManager that says who may list markets, freeze and slash.
    constructor(
        address ever,
        uint256 unbondingSeconds,
        uint256 votesStepSeconds,
        address authority
    ) AccessManaged(authority) StakeVotes(votesStepSeconds) {
        EVER = ever;
        UNBONDING_SECONDS = unbondingSeconds;
    }

    /// @inheritdoc IStakeVault
    function totalStake() external view returns (uint256) {
        return _held();
    }

    /// @inheritdoc IStakeVault
    function stakeOf(address provider) external view returns (Stake memory found) {
        (uint256 own, uint256 delegated) = _activeOf(provider);
        (found.capacity, found.allocated) = (uint128(_capacityOf(own, delegated)), _standings[provider].allocated);
        (found.active, found.delegated) = (uint128(own), uint128(delegated));
        (found.thawing, found.delegatedThawing) = (_ownThawing[provider].tokens, _poolThawing[provider].tokens);
        found.free = uint128(_freeOf(provider, own, delegated));
        found.frozen = uint128(_frozenOf(provider));
    }

    /// @inheritdoc IStakeVault
    function delegationOf(
        address provider,
        address delegator
    ) external view returns (uint128 shares, uint128 amount, uint32 epoch) {
        Standing storage standing = _standings[provider];
        epoch = standing.epoch;
        shares = uint128(_sharesOf(provider, delegator, epoch));
        amount = uint128(StakePools.worthOf(shares, StakePools.indexOf(standing.index)));
    }

    /// @inheritdoc IStakeVault
    function tranchesOf(address provider, address account) external view returns (Tranche[] memory found) {
        ThawQueue storage queue = _queues[provider][account];
        StakePool memory pool = _thawingPool(provider, account);
        (uint32 first, uint32 next) = (queue.first, queue.next);
        found = new Tranche[](next - first);
        for (uint32 number = first; number < next; ++number) {
            ThawTranche memory tranche = queue.trancheAt(number);
            uint256 worth = _worthOf(tranche, pool);
            found[number - first] = Tranche(number, tranche.shares, uint128(worth), tranche.thawsAt);
        }
    }

    /// @inheritdoc IStakeVault
    function cutOf(address provider) external view returns (uint16 cutBps, uint16 nextCutBps, uint40 changesAt) {
        Cut memory cut = _cuts[provider];
        cutBps = _bpsOf(cut);
        if (block.timestamp < cut.changesAt) (nextCutBps, changesAt) = (cut.nextBps, cut.changesAt);
    }

    /// @inheritdoc IStakeVault
    function stake(uint128 amount) external {
        _stake(amount);
    }

    /// @inheritdoc IStakeVault
    function stakeWithPermit(uint128 amount, StakePermit calldata permit) external {
        _permit(amount, permit);
        _stake(amount);
    }

    /// @inheritdoc IStakeVault
    function delegate(address provider, uint128 amount) external {
        _delegate(provider, amount);
    }

    /// @inheritdoc IStakeVault
    function delegateWithPermit(address provider, uint128 amount, StakePermit calldata permit) external {
        _permit(amount, permit);
        _delegate(provider, amount);
    }

    /// @inheritdoc IStakeVault
    function thaw(uint128 amount) external returns (uint40 thawsAt) {
        if (amount == 0) revert StakeAmountInvalid(amount);
        (uint256 own, uint256 delegated) = _activeOf(msg.sender);
        uint256 free = _freeOf(msg.sender, own, delegated);
        if (amount > free) revert StakeInsufficient(msg.sender, free, amount);

        _setActive(msg.sender, own - amount, delegated);
        return _startThaw(msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function undelegate(address provider, uint128 shares) external returns (uint40 thawsAt) {
        Standing memory standing = _standings[provider];
        uint256 held = _sharesOf(provider, msg.sender, standing.epoch);
        if (shares > held) revert StakeSharesInsufficient(provider, held, shares);
        uint256 amount = StakePools.worthOf(shares, StakePools.indexOf(standing.index));
        if (amount == 0) revert StakeAmountInvalid(amount);

        held -= shares;
        _checkpointShares(provider, msg.sender, standing.epoch, held);
        (uint256 own, uint256 delegated) = _activeOf(provider);
        _setActive(provider, own, delegated - amount);
        emit Undelegated(provider, msg.sender, uint128(amount), shares, uint128(held));
        return _startThaw(provider, amount);
    }

    /// @inheritdoc IStakeVault
    function withdraw(address provider, address account) external returns (uint128 amount) {
        StakePool storage pool = _thawingPool(provider, account);
        StakePool memory before = pool;
        amount = _takeMatured(provider, account, before);

        pool.tokens = uint96(before.tokens - amount);
        if (amount == 0) return 0;
        _moveTotals(0, -int256(uint256(amount)));
        IERC20(EVER).safeTransfer(account, amount);
    }

    /// @inheritdoc IStakeVault
    function reward(address provider, uint128 amount) external {
        _requirePayable(amount);
        (uint256 own, uint256 delegated) = _activeOf(provider);
        if (own + delegated == 0) revert StakeInsufficient(provider, 0, 1);
        uint256 toPool = (uint256(amount) * delegated) / (own + delegated);
        uint256 cut = (toPool * _bpsOf(_cuts[provider])) / _BPS;
        toPool -= cut;
        uint256 toOwn = amount - toPool;

        _setActive(provider, own + toOwn, delegated + toPool);
        _moveTotals(int256(uint256(amount)), int256(uint256(amount)));
        emit StakeRewarded(provider, msg.sender, uint128(toOwn), uint128(toPool), uint128(cut));
        if (toPool != 0) {
            Standing memory standing = _standings[provider];
            uint256 index = StakePools.indexAfterReward(StakePools.indexOf(standing.index), delegated, toPool);
            if (index > StakePools.MOST_INDEX) revert StakeIndexExceeded(provider, StakePools.MOST_INDEX, index);
            _setIndex(provider, standing.epoch, index);
        }
        _pull(amount);
    }

    /// @inheritdoc IStakeVault
    function setCut(uint16 cutBps) external {
        if (cutBps > MAX_CUT_BPS) revert StakeCutInvalid(cutBps, MAX_CUT_BPS);
        uint16 current = _bpsOf(_cuts[msg.sender]);
        uint40 changesAt = uint40(block.timestamp);
        if (cutBps > current) changesAt += uint40(CUT_NOTICE_SECONDS);
        else current = cutBps;

        _cuts[msg.sender] = Cut(current, cutBps, changesAt);
        emit CutChanged(msg.sender, cutBps, changesAt);
    }

    /// @inheritdoc IStakeVault
    function slash(
        address provider,
        bytes32 serviceId,
        uint128 amount,
        bytes32 reason,
        address recipient
    ) external restricted returns (uint128 taken) {
        SlashParts memory held;
        (held.active, held.delegated) = _activeOf(provider);
        (held.thawing, held.delegatedThawing) = (_ownThawing[provider].tokens, _poolThawing[provider].tokens);
        SlashParts memory parts = StakePools.split(amount, held);
        uint256 active = parts.active + parts.delegated;
        taken = uint128(active + parts.thawing + parts.delegatedThawing);

        if (active != 0) {
            _shrinkAllocation(provider, serviceId, active);
            _setActive(provider, held.active - parts.active, held.delegated - parts.delegated);
        }
        if (taken != 0) _moveTotals(-int256(active), -int256(uint256(taken)));
        _lowerFreeze(provider, reason, taken);
        emit Slashed(
            provider,
            serviceId,
            reason,
            uint128(parts.active),
            uint128(parts.thawing),
            uint128(parts.delegated),
            uint128(parts.delegatedThawing),
            recipient
        );
        _slashPools(provider, held.delegated, parts);
        if (taken != 0) IERC20(EVER).safeTransfer(recipient, taken);
    }

    function _stake(uint128 amount) private {
        _requirePayable(amount);
        (uint256 own, uint256 delegated) = _activeOf(msg.sender);
        own += amount;
        _setActive(msg.sender, own, delegated);
        _moveTotals(int256(uint256(amount)), int256(uint256(amount)));
        emit Staked(msg.sender, msg.sender, amount, uint128(own));
        _pull(amount);
    }

    function _delegate(address provider, uint128 amount) private {
        if (provider == msg.sender) revert StakeDelegationOwn(provider);
        _requirePayable(amount);
        (uint256 own, uint256 delegated) = _activeOf(provider);
        delegated += amount;
        if (delegated > own * MAX_DELEGATION_RATIO) {
            revert StakeDelegationExceeded(provider, own * MAX_DELEGATION_RATIO, delegated);
        }
        Standing memory standing = _standings[provider];
        uint256 shares = StakePools.sharesFor(amount, StakePools.indexOf(standing.index));
        if (shares == 0) revert StakeAmountInvalid(amount);

        uint256 held = _sharesOf(provider, msg.sender, standing.epoch) + shares;
        _checkpointShares(provider, msg.sender, standing.epoch, held);
        _setActive(provider, own, delegated);
        _moveTotals(int256(uint256(amount)), int256(uint256(amount)));
        emit Delegated(provider, msg.sender, amount, uint128(shares), uint128(held));
        _pull(amount);
    }

    /// @dev What the caller thaws at a provider is not active any more. EVER base units.
    function _startThaw(address provider, uint256 amount) private returns (uint40 thawsAt) {
        thawsAt = uint40(block.timestamp + UNBONDING_SECONDS);
        _moveTotals(-int256(amount), 0);
        (uint256 bought, uint32 epoch) = _thawingPool(provider, msg.sender).add(amount);
        (uint32 number, uint128 shares) = _queues[provider][msg.sender].push(bought, epoch, thawsAt);
        emit ThawStarted(provider, msg.sender, number, uint128(amount), shares, thawsAt);
    }

    /// @dev Takes out of the queue what has matured and no freeze holds back.
    /// @return amount What it is worth. EVER base units.
    function _takeMatured(address provider, address account, StakePool memory pool) private returns (uint128 amount) {
        ThawQueue storage queue = _queues[provider][account];
        (uint32 first, uint32 next) = (queue.first, queue.next);
        if (first == next) revert StakeNothingThawing(account);
        uint40 thawsAt = queue.trancheAt(first).thawsAt;
        if (block.timestamp < thawsAt) revert StakeStillThawing(account, thawsAt);

        uint256 left = _withdrawable(provider, account, pool.tokens);
        uint32 number = first;
        for (; number < next; ++number) {
            ThawTranche memory tranche = queue.trancheAt(number);
            uint256 worth = _worthOf(tranche, pool);
            if (block.timestamp < tranche.thawsAt || (worth > left && left == 0)) break;
            if (worth <= left) {
                queue.remove(number);
                (amount, left) = (amount + uint128(worth), left - worth);
                emit StakeWithdrawn(provider, account, number, tranche.shares, uint128(worth));
                continue;
            }
            // A freeze holds the rest of this one back.
            uint128 shares = uint128(StakePools.sharesOut(left, StakePools.indexOf(pool.index)));
            queue.trancheAt(number).shares = tranche.shares - shares;
            amount += uint128(left);
            emit StakeWithdrawn(provider, account, number, shares, uint128(left));
            break;
        }
        if (amount == 0 && number == first) revert StakeFrozen(provider, _frozenOf(provider));
        queue.first = number;
    }

    /// @dev What of a thawing pool may leave: the provider's own stake answers for open cases first, its delegators' for the rest.
    /// EVER base units.
    function _withdrawable(address provider, address account, uint256 thawing) private view returns (uint256) {
        uint256 frozen = _frozenOf(provider);
        if (frozen == 0) return thawing;
        (uint256 own, uint256 delegated) = _activeOf(provider);
        own += _ownThawing[provider].tokens;
        if (account == provider) return Math.min(thawing, Math.saturatingSub(own, frozen));
        uint256 rest = Math.saturatingSub(frozen, own);
        return Math.min(thawing, Math.saturatingSub(delegated + thawing, rest));
    }

    function _slashPools(address provider, uint256 delegated, SlashParts memory parts) private {
        if (parts.delegated != 0) {
            Standing memory standing = _standings[provider];
            (uint256 index, uint32 epoch) = StakePools.afterSlash(
                StakePools.indexOf(standing.index),
                standing.epoch,
                delegated,
                parts.delegated
            );
            _setIndex(provider, epoch, index);
        }
        if (parts.thawing != 0) {
            (uint128 index, uint32 epoch) = _ownThawing[provider].slash(parts.thawing);
            emit PoolIndexChanged(provider, PoolKind.OwnThawing, epoch, index);
        }
        if (parts.delegatedThawing != 0) {
            (uint128 index, uint32 epoch) = _poolThawing[provider].slash(parts.delegatedThawing);
            emit PoolIndexChanged(provider, PoolKind.DelegatedThawing, epoch, index);
        }
    }

    function _setIndex(address provider, uint32 epoch, uint256 index) private {
        (_standings[provider].index, _standings[provider].epoch) = (uint104(index), epoch);
        _checkpointIndex(provider, epoch, index);
        emit PoolIndexChanged(provider, PoolKind.Delegated, epoch, uint128(index));
    }

    /// @dev Whoever saw the permit may have used it first; the allowance that it left decides.
    function _permit(uint128 amount, StakePermit calldata permit) private {
        try
            IERC20Permit(EVER).permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s)
        {} catch {}
    }

    function _requirePayable(uint128 amount) private pure {
        if (amount == 0 || amount > StakePools.MOST_TOKENS) revert StakeAmountInvalid(amount);
    }

    /// @dev The allowance is read only to say what was wrong: reading it before each payment would cost 1,000 gas.
    function _pull(uint128 amount) private {
        try IERC20(EVER).transferFrom(msg.sender, address(this), amount) {} catch (bytes memory reason) {
            uint256 allowance = IERC20(EVER).allowance(msg.sender, address(this));
            if (allowance < amount) revert StakeAllowanceInsufficient(msg.sender, allowance, amount);
            LowLevelCall.bubbleRevert(reason);
        }
    }

    function _thawingPool(address provider, address account) private view returns (StakePool storage) {
        return account == provider ? _ownThawing[provider] : _poolThawing[provider];
    }

    function _worthOf(ThawTranche memory tranche, StakePool memory pool) private pure returns (uint256) {
        return tranche.epoch == pool.epoch ? StakePools.worthOf(tranche.shares, StakePools.indexOf(pool.index)) : 0;
    }

    function _bpsOf(Cut memory cut) private view returns (uint16) {
        return block.timestamp < cut.changesAt ? cut.bps : cut.nextBps;
    }
}
