// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IStakeVault } from "../../contracts/interfaces/staking/IStakeVault.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { EverToken } from "../../contracts/token/EverToken.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { Handler, requireAtMost, requireEqual, requireRefusal, VM, within } from "./Vm.sol";

/// @notice Providers, delegators, a slasher, a market and strangers who do what they may in any order, and beside them a naive book that
/// changes the worth of every single owner at each slash and reward. Each provider also delegates to itself under another name, so that
/// it gains by its own slash if anybody can. Everything must succeed unless it is refused by one of the vault's own errors.
contract StakeHandler is Handler {
    uint256 public constant UNBONDING = 1_000;
    uint256 public constant STEP = 100;
    /// @dev The book counts parts of a base unit.
    uint256 public constant UNIT = 2 ** 64;
    uint256 public constant VIRTUAL_TOKENS = 1e15;
    bytes32 public constant SERVICE = keccak256("hosting");
    address public constant SINK = address(0x51);
    bytes private constant _NOT_THAWED = bytes.concat(
        IStakeVault.StakeStillThawing.selector,
        IStakeVault.StakeNothingThawing.selector
    );

    // Not immutable: the runner knows a contract by its code, which immutables change.
    EverToken public ever;
    StakeVault public vault;

    address[2] public providers = [address(0xA1), address(0xA2)];
    /// @dev Each provider's second name first.
    address[5] public delegators = [address(0xD1), address(0xD2), address(0xD3), address(0xD4), address(0xD5)];

    /// @dev Worth in the book, in parts of a base unit.
    mapping(address provider => mapping(address account => uint256)) public delegationOf;
    mapping(address provider => mapping(address account => mapping(uint32 tranche => uint256))) public trancheOf;
    /// @dev What was put into a tranche. EVER base units.
    mapping(address provider => mapping(address account => mapping(uint32 tranche => uint256))) public startedWith;
    mapping(address provider => uint32) private _epochOf;
    /// @dev Case ids that were frozen.
    mapping(address provider => bytes32[]) private _cases;
    uint256 private _caseCount;
    /// @dev What was sent to the vault without being staked. EVER base units.
    uint256 public donated;
    uint256 public paidOut;
    uint256 public paidIn;
    /// @dev What targets lost by slashes. EVER base units.
    uint256 public slashed;
    /// @dev Active stake of all when the step of the votes began in which something last happened; that step's number.
    uint256 private _totalAtStep;
    uint256 private _step;
    /// @dev Providers whose stake somebody else moves.
    address[] private _watched;

    /// @dev Votes as they were told once; they must be told alike for ever.
    struct Told {
        address provider;
        address account;
        uint256 timepoint;
        uint256 votes;
    }
    Told[] private _told;

    constructor() {
        Deployment deployment = Deployed(msg.sender).deployment();
        (vault, ever) = (deployment.vault(), deployment.ever());
        deployment.grant(deployment.SLASHER(), address(this));
        VM.prank(address(deployment.timelock()));
        vault.setMarket(address(this), true);
        deployment.fund(address(this), 1e26);
        ever.approve(address(vault), type(uint256).max);
        for (uint256 i; i < 2; ++i) _fund(deployment, providers[i]);
        for (uint256 i; i < 5; ++i) _fund(deployment, delegators[i]);
        _pass(1);
    }

    modifier timed() {
        _bookStep();
        _;
        ++calls;
    }

    function stake(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        uint128 taken = _amount(amount);
        VM.assume(taken <= ever.balanceOf(provider));
        paidIn += taken;
        VM.prank(provider);
        vault.stake(taken);
        _pass(1);
    }

    function delegate(uint256 who, uint256 amount) external timed {
        (address provider, address delegator) = _pair(who);
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        uint256 room = 8 * uint256(held.active);
        VM.assume(room > held.delegated);
        uint256 taken = Math.min(_amount(amount), room - held.delegated);
        VM.assume(taken <= ever.balanceOf(delegator));
        VM.prank(delegator);
        try vault.delegate(provider, uint128(taken)) {
            delegationOf[provider][delegator] += taken * UNIT;
            paidIn += taken;
        } catch (bytes memory reason) {
            // Less than a share, which can only be dust.
            requireRefusal(reason, bytes.concat(IStakeVault.StakeAmountInvalid.selector));
            requireAtMost("only dust buys no share", 2 ** 36, taken);
        }
        _pass(1);
    }

    function undelegate(uint256 who, uint256 part) external timed {
        (address provider, address delegator) = _pair(who);
        (uint128 held, , ) = vault.delegationOf(provider, delegator);
        VM.assume(held != 0);
        uint128 shares = uint128(within(part, 1, held));
        if (part % 3 == 0) shares = held;
        uint256 worth = Math.mulDiv(delegationOf[provider][delegator], shares, held);
        uint256 before = vault.stakeOf(provider).delegatedThawing;
        VM.prank(delegator);
        try vault.undelegate(provider, shares) {
            delegationOf[provider][delegator] -= worth;
            uint256 amount = vault.stakeOf(provider).delegatedThawing - before;
            // What rounding takes here stays in the pool.
            requireAtMost("undelegated <= worth", worth / UNIT + 1, amount);
            _keepTranche(provider, delegator, amount);
        } catch (bytes memory reason) {
            requireRefusal(reason, bytes.concat(IStakeVault.StakeAmountInvalid.selector));
        }
        _pass(1);
    }

    function thaw(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        uint256 free = vault.stakeOf(provider).free;
        VM.assume(free != 0);
        uint128 taken = uint128(within(amount, 1, free));
        VM.prank(provider);
        vault.thaw(taken);
        _keepTranche(provider, provider, taken);
        _pass(1);
    }

    /// @notice More thaws than a queue has places.
    function thawOften(uint256 who) external timed {
        (address provider, address delegator) = _pair(who);
        for (uint256 i; i < 18; ++i) {
            (uint128 held, , ) = vault.delegationOf(provider, delegator);
            if (held < 64) break;
            uint256 before = vault.stakeOf(provider).delegatedThawing;
            VM.prank(delegator);
            try vault.undelegate(provider, held / 64) {} catch (bytes memory reason) {
                requireRefusal(reason, bytes.concat(IStakeVault.StakeAmountInvalid.selector));
                break;
            }
            uint256 worth = Math.mulDiv(delegationOf[provider][delegator], held / 64, held);
            delegationOf[provider][delegator] -= worth;
            _keepTranche(provider, delegator, vault.stakeOf(provider).delegatedThawing - before);
        }
        _pass(1);
    }

    function withdraw(uint256 who, uint256 caller) external timed {
        address provider = providers[who % 2];
        address account = (who >> 1) % 6 == 5 ? provider : delegators[(who >> 1) % 6];
        IStakeVault.Stake memory before = vault.stakeOf(provider);
        IStakeVault.Tranche[] memory tranches = vault.tranchesOf(provider, account);
        uint256 balance = ever.balanceOf(account);
        VM.prank(caller % 2 == 0 ? account : address(0xDEAD));
        try vault.withdraw(provider, account) returns (uint128 amount) {
            requireEqual("withdrawn goes to its owner", amount, ever.balanceOf(account) - balance);
            paidOut += amount;
            _requireFrozenIsLeft(provider, before);
            _bookWithdrawal(provider, account, tranches, amount);
        } catch (bytes memory reason) {
            if (bytes4(reason) == IStakeVault.StakeFrozen.selector) requireAtMost("frozen > 0", before.frozen, 1);
            else requireRefusal(reason, _NOT_THAWED);
        }
        _pass(1);
    }

    function reward(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        uint128 paid = _amount(amount);
        VM.assume(uint256(held.active) + held.delegated != 0 && paid <= ever.balanceOf(address(this)));
        try vault.reward(provider, paid) {
            _bookReward(provider, held.delegated, paid);
        } catch (bytes memory reason) {
            requireRefusal(reason, bytes.concat(IStakeVault.StakeIndexExceeded.selector));
        }
        _pass(1);
    }

    function setCut(uint256 who, uint256 bps) external timed {
        VM.prank(providers[who % 2]);
        vault.setCut(uint16(within(bps, 0, 3_000)));
        _pass(1);
    }

    /// @notice A slash of any size in any state. It must not fail, take more, or take it from somebody else first.
    function slash(uint256 who, uint256 amount, uint256 kind) external timed {
        address provider = providers[who % 2];
        IStakeVault.Stake memory before = vault.stakeOf(provider);
        uint256 total = _sum(before);
        uint128 asked = uint128(kind % 4 == 0 ? amount : within(amount, 0, total + 1));
        bytes32 caseId = _caseOf(provider, kind >> 2);
        uint256 held = ever.balanceOf(address(vault));
        uint256 sink = ever.balanceOf(SINK);
        uint128 taken = vault.slash(provider, SERVICE, asked, caseId, SINK);
        IStakeVault.Stake memory left = vault.stakeOf(provider);
        requireEqual("a slash takes what is there", Math.min(asked, total), taken);
        requireEqual("what is taken is sent", taken, ever.balanceOf(SINK) - sink);
        requireEqual("and leaves the vault", taken, held - ever.balanceOf(address(vault)));
        requireEqual("and the target", taken, total - _sum(left));
        uint256 fromPool = before.delegated + before.delegatedThawing - left.delegated - left.delegatedThawing;
        if (fromPool != 0) requireEqual("own stake falls first", 0, uint256(left.active) + left.thawing);
        uint256 pool = uint256(before.delegated) + before.delegatedThawing;
        if (pool != 0) {
            uint256 share = Math.mulDiv(fromPool, before.delegated, pool);
            requireEqual("thawing helps nobody", share, before.delegated - left.delegated);
        }
        slashed += total - _sum(left);
        paidOut += taken;
        _bookSlash(provider, before, left);
        _pass(1);
    }

    function freeze(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        bytes32 caseId = bytes32(++_caseCount);
        _cases[provider].push(caseId);
        vault.freeze(provider, caseId, _amount(amount));
        _pass(1);
    }

    function endCase(uint256 who, uint256 which) external timed {
        address provider = providers[who % 2];
        bytes32 caseId = _caseOf(provider, which >> 1);
        if (which % 2 == 0) vault.unfreeze(provider, caseId);
        else if (block.timestamp >= vault.freezeOf(provider, caseId).endsAt) vault.endFreeze(provider, caseId);
        _pass(1);
    }

    function allocate(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        IStakeVault.Allocation memory allocation = vault.allocationOf(provider, SERVICE);
        uint256 most = Math.max(held.capacity, allocation.amount);
        VM.assume(allocation.reserved <= most);
        uint128 wanted = uint128(within(amount, allocation.reserved, most));
        VM.assume(wanted <= allocation.amount || wanted <= held.capacity);
        VM.prank(provider);
        vault.allocate(SERVICE, wanted);
        _pass(1);
    }

    /// @notice Reserves exactly when stake covers what is allocated, or releases whatever a hostile market likes.
    function reserve(uint256 who, uint256 amount) external timed {
        address provider = providers[who % 2];
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        IStakeVault.Allocation memory allocation = vault.allocationOf(provider, SERVICE);
        if (amount % 3 == 0) return vault.release(provider, SERVICE, uint128(amount));
        uint256 free = Math.saturatingSub(allocation.amount, allocation.reserved);
        bool isRefused;
        try vault.reserve(provider, SERVICE, uint128(within(amount, 0, free))) {} catch (bytes memory reason) {
            requireRefusal(reason, bytes.concat(IStakeVault.StakeInsufficient.selector));
            isRefused = true;
        }
        requireEqual("reserved while covered", held.capacity < held.allocated ? 1 : 0, isRefused ? 1 : 0);
    }

    function donate(uint256 amount) external timed {
        uint256 given = _amount(amount);
        VM.assume(given <= ever.balanceOf(address(this)));
        donated += given;
        ever.transfer(address(vault), given);
    }

    function wait(uint256 span) external timed {
        _pass(within(span, 1, span % 4 == 0 ? 2 * UNBONDING : UNBONDING / 3));
        if (span % 16 == 0) _pass(20 days);
    }

    /// @notice Ends every case.
    function endAllCases() external {
        for (uint256 i; i < 2; ++i) {
            for (uint256 j; j < _cases[providers[i]].length; ++j) vault.unfreeze(providers[i], _cases[providers[i]][j]);
        }
    }

    /// @notice Active stake of all when the running step of the votes began. EVER base units.
    function totalAtStep() external view returns (uint256) {
        return block.timestamp / STEP == _step ? _totalAtStep : _allActive();
    }

    /// @notice Somebody else moves the stake of this provider from now on.
    function watch(address provider) external {
        _watched.push(provider);
    }

    /// @notice Somebody else is about to move stake.
    function beforeChange() external {
        _bookStep();
    }

    /// @notice Somebody else rewarded a provider of this handler, whose pool had `delegated` before. EVER base units.
    function afterReward(address provider, uint256 delegated, uint256 paid) external {
        _bookReward(provider, delegated, paid);
    }

    /// @notice Somebody else paid an account out, which had these tranches before. EVER base units.
    function afterWithdrawal(
        address provider,
        address account,
        IStakeVault.Tranche[] calldata tranches,
        uint256 amount
    ) external {
        paidOut += amount;
        _bookWithdrawal(provider, account, tranches, amount);
    }

    function told() external view returns (Told[] memory) {
        return _told;
    }

    function _fund(Deployment deployment, address account) private {
        deployment.fund(account, 5e25);
        VM.prank(account);
        ever.approve(address(vault), type(uint256).max);
    }

    /// @dev Time goes on after each call, so that what the call left is the past.
    function _pass(uint256 span) private {
        uint256 next = block.timestamp + span;
        VM.warp(next);
        if (next % 8 != 0 || _told.length >= 64) return;
        (address provider, address account) = _pair(next >> 3);
        if (next % 16 == 0) account = provider;
        uint256 votes = vault.getPastStakeVotes(provider, account, next - 1);
        _told.push(Told(provider, account, next - 1, votes));
    }

    /// @dev Before anything changes: what is active has been so since the running step began, if nothing happened in it yet.
    function _bookStep() private {
        uint256 step = block.timestamp / STEP;
        if (step != _step) (_step, _totalAtStep) = (step, _allActive());
    }

    function _allActive() private view returns (uint256 active) {
        for (uint256 i; i < 2; ++i) active += _activeOf(providers[i]);
        for (uint256 i; i < _watched.length; ++i) active += _activeOf(_watched[i]);
    }

    function _activeOf(address provider) private view returns (uint256) {
        IStakeVault.Stake memory held = vault.stakeOf(provider);
        return uint256(held.active) + held.delegated;
    }

    function _keepTranche(address provider, address account, uint256 amount) private {
        IStakeVault.Tranche[] memory tranches = vault.tranchesOf(provider, account);
        requireAtMost("16 tranches", 16, tranches.length);
        IStakeVault.Tranche memory newest = tranches[tranches.length - 1];
        requireEqual("waits for the whole unbonding", block.timestamp + UNBONDING, newest.thawsAt);
        trancheOf[provider][account][newest.number] += amount * UNIT;
        startedWith[provider][account][newest.number] += amount;
    }

    /// @dev Whole tranches are gone; of the one that a freeze cut, the book keeps what was not paid.
    function _bookWithdrawal(
        address provider,
        address account,
        IStakeVault.Tranche[] memory tranches,
        uint256 amount
    ) private {
        IStakeVault.Tranche[] memory left = vault.tranchesOf(provider, account);
        uint256 gone = tranches.length - left.length;
        for (uint256 i; i < gone; ++i) {
            requireAtMost("only what has thawed leaves", block.timestamp, tranches[i].thawsAt);
            amount -= tranches[i].amount;
            trancheOf[provider][account][tranches[i].number] = 0;
            startedWith[provider][account][tranches[i].number] = 0;
        }
        if (amount != 0) trancheOf[provider][account][left[0].number] -= amount * UNIT;
    }

    function _bookReward(address provider, uint256 delegated, uint256 paid) private {
        paidIn += paid;
        uint256 toPool = vault.stakeOf(provider).delegated - delegated;
        uint256 tokens = delegated + VIRTUAL_TOKENS;
        for (uint256 i; i < 5; ++i) {
            uint256 worth = delegationOf[provider][delegators[i]];
            delegationOf[provider][delegators[i]] = Math.mulDiv(worth, tokens + toPool, tokens);
        }
    }

    function _bookSlash(address provider, IStakeVault.Stake memory before, IStakeVault.Stake memory left) private {
        (, , uint32 epoch) = vault.delegationOf(provider, provider);
        for (uint256 i; i < 5; ++i) {
            address account = delegators[i];
            uint256 worth = delegationOf[provider][account];
            if (epoch != _epochOf[provider]) delegationOf[provider][account] = 0;
            else if (before.delegated != 0) {
                delegationOf[provider][account] = Math.mulDiv(worth, left.delegated, before.delegated);
            }
            _shrinkTranches(provider, account, left.delegatedThawing, before.delegatedThawing);
        }
        _epochOf[provider] = epoch;
        _shrinkTranches(provider, provider, left.thawing, before.thawing);
    }

    function _shrinkTranches(address provider, address account, uint256 left, uint256 before) private {
        if (before == left) return;
        IStakeVault.Tranche[] memory tranches = vault.tranchesOf(provider, account);
        for (uint256 i; i < tranches.length; ++i) {
            uint256 worth = trancheOf[provider][account][tranches[i].number];
            trancheOf[provider][account][tranches[i].number] = Math.mulDiv(worth, left, before);
        }
    }

    function _requireFrozenIsLeft(address provider, IStakeVault.Stake memory before) private view {
        IStakeVault.Stake memory left = vault.stakeOf(provider);
        uint256 frozen = before.frozen;
        if (frozen == 0) return;
        uint256 own = uint256(before.active) + before.thawing;
        requireAtMost("frozen own stake stays", uint256(left.active) + left.thawing, Math.min(frozen, own));
        requireAtMost("frozen stake stays", _sum(left), Math.min(frozen, _sum(before)));
    }

    function _caseOf(address provider, uint256 which) private view returns (bytes32) {
        uint256 count = _cases[provider].length;
        return count == 0 ? bytes32("no case") : _cases[provider][which % count];
    }

    function _pair(uint256 who) private view returns (address provider, address delegator) {
        return (providers[who % 2], delegators[(who >> 1) % 5]);
    }

    /// @dev Dust or real money.
    function _amount(uint256 seed) private pure returns (uint128) {
        uint256 kind = seed % 5;
        if (kind == 0) return uint128(within(seed >> 3, 1, 3));
        return uint128(within(seed >> 3, 1, kind == 1 ? 1e12 : 1e24));
    }

    function _sum(IStakeVault.Stake memory held) private pure returns (uint256) {
        return uint256(held.active) + held.thawing + held.delegated + held.delegatedThawing;
    }
}
