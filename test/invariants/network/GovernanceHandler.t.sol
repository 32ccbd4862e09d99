// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGovernor } from "@openzeppelin/contracts/governance/IGovernor.sol";
import { IGovernorPools } from "../../../contracts/interfaces/governance/IGovernorPools.sol";
import { IGuardian } from "../../../contracts/interfaces/governance/IGuardian.sol";
import { Guardian } from "../../../contracts/governance/Guardian.sol";
import { EverGovernor } from "../../../contracts/governance/EverGovernor.sol";
import { ServiceCatalog } from "../../../contracts/registry/ServiceCatalog.sol";
import { EverToken } from "../../../contracts/token/EverToken.sol";
import { Handler, requireAtMost, requireEqual, requireRefusal, VM, within } from "../Vm.sol";
import { Ballots } from "./Ballots.t.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Everything that governance can do, by votes and at once, and every time a look at the deals that live: they must not notice.
/// Beside the governor's count it keeps the ballots, of which it knows each time whether they count.
contract GovernanceHandler is Handler, LiveDeals, Ballots {
    uint256 private constant _MOST_PROPOSALS = 12;

    struct Proposal {
        uint256 id;
        bool isQueued;
        bool isExecuted;
    }

    /// @notice How often a live deal changed while governance acted.
    uint256 public noticed;
    address[2] private _holders = [address(0xF1), address(0xF2)];
    Proposal[] private _proposals;

    constructor() {
        for (uint256 i; i < 2; ++i) {
            _deployment.fund(_holders[i], 4e25);
            EverToken ever = _deployment.ever();
            VM.prank(_holders[i]);
            ever.delegate(_holders[i]);
        }
    }

    /// @notice The only administrator changes something for whoever comes later.
    function administer(uint256 seed, uint256 value) external counted {
        (address target, bytes memory data) = _call(seed, value);
        bytes32 before = _digest();
        VM.prank(address(_deployment.timelock()));
        (bool isDone, bytes memory reason) = target.call(data);
        if (!isDone) requireRefusal(reason, ""); // nothing of it may be refused
        _look(before);
    }

    /// @notice The guardian pauses new entries, or goes on.
    function pause(uint256 seed, uint256 span) external counted {
        Guardian guardian = _deployment.guardian();
        bytes memory data = abi.encodeCall(Guardian.pause, (within(span, 1, 500)));
        if (guardian.isPaused() && seed % 2 == 0) data = abi.encodeCall(Guardian.lift, ());
        bytes32 before = _digest();
        VM.prank(_deployment.PAUSER());
        (bool isDone, bytes memory reason) = address(guardian).call(data);
        if (!isDone) requireRefusal(reason, bytes.concat(IGuardian.GuardianTooSoon.selector));
        VM.assume(isDone);
        _look(before);
    }

    function propose(uint256 seed) external counted {
        VM.assume(_proposals.length < _MOST_PROPOSALS);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _batch(_proposals.length);
        EverGovernor governor = _deployment.governor();
        string memory text = string(abi.encode(_proposals.length));
        VM.prank(_holders[seed % 2]);
        uint256 id = governor.propose(targets, values, datas, text);
        _proposals.push(Proposal(id, false, false));
        if (seed % 4 == 0) return; // mostly its proposer votes as soon as it may, and others at once
        VM.warp(governor.proposalSnapshot(id) + 1);
        _cast(id, _holders[seed % 2], new address[](0), 1);
        _castMany(id, seed, (seed >> 2) % 4);
    }

    /// @notice Up to four times a holder, a provider or a delegator votes, with its pools or without.
    function vote(uint256 seed) external counted {
        uint256 id = _proposals[_pick(seed)].id;
        EverGovernor governor = _deployment.governor();
        uint256 snapshot = governor.proposalSnapshot(id);
        if (block.timestamp <= snapshot) VM.warp(snapshot + 1);
        VM.assume(governor.state(id) == IGovernor.ProposalState.Active);
        VM.assume(_castMany(id, seed, 1 + ((seed >> 2) % 4)) != 0);
    }

    function queue(uint256 seed) external counted {
        uint256 i = _pick(seed);
        EverGovernor governor = _deployment.governor();
        uint256 deadline = governor.proposalDeadline(_proposals[i].id);
        if (_ballotCount(_proposals[i].id) != 0 && block.timestamp <= deadline) VM.warp(deadline + 1);
        VM.assume(governor.state(_proposals[i].id) == IGovernor.ProposalState.Succeeded);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _batch(i);
        governor.queue(targets, values, datas, keccak256(abi.encode(i)));
        _proposals[i].isQueued = true;
    }

    function execute(uint256 seed) external counted {
        uint256 i = _pick(seed);
        EverGovernor governor = _deployment.governor();
        VM.assume(_proposals[i].isQueued && !_proposals[i].isExecuted);
        uint256 readyAt = governor.proposalEta(_proposals[i].id);
        if (block.timestamp < readyAt) VM.warp(readyAt);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _batch(i);
        bytes32 before = _digest();
        governor.execute(targets, values, datas, keccak256(abi.encode(i)));
        _look(before);
        _proposals[i].isExecuted = true;
    }

    /// @notice Fails when a proposal has other votes than its ballots carry, or more than there are.
    function check() external view {
        for (uint256 i; i < _proposals.length; ++i) _checkCount(_proposals[i].id);
    }

    function _castMany(uint256 id, uint256 seed, uint256 count) private returns (uint256 counted_) {
        for (uint256 n; n < count; ++n) {
            seed = uint256(keccak256(abi.encode(seed)));
            (address account, address[] memory pools) = _voter(seed >> 8);
            if (_cast(id, account, pools, uint8(seed % 3))) ++counted_;
        }
    }

    /// @dev A ballot that must count, or be refused for the reason that is known before.
    function _cast(uint256 id, address account, address[] memory pools, uint8 support) private returns (bool isDone) {
        uint256 snapshot = _deployment.governor().proposalSnapshot(id);
        bytes4 refusal = _refusalOf(id, account, pools, snapshot);
        bytes memory reason;
        (isDone, reason) = _vote(id, account, pools, support);
        requireEqual("a ballot counts, or why not", uint32(refusal), isDone ? 0 : uint32(bytes4(reason)));
        if (!isDone) return false;
        if (!_hasBallot(id, account, address(0))) _keepVotes(id, account, address(0), support);
        for (uint256 i; i < pools.length; ++i) _keepVotes(id, account, pools[i], support);
        _checkCount(id);
    }

    function _keepVotes(uint256 id, address account, address pool, uint8 support) private {
        uint256 votes = _votesIn(pool, account, _deployment.governor().proposalSnapshot(id));
        _keepBallot(id, Ballot(account, pool, support, votes));
    }

    function _vote(
        uint256 id,
        address account,
        address[] memory pools,
        uint8 support
    ) private returns (bool, bytes memory) {
        EverGovernor governor = _deployment.governor();
        bytes memory params = pools.length == 0 ? bytes("") : abi.encode(pools);
        VM.prank(account);
        return address(governor).call(abi.encodeCall(governor.castVoteWithReasonAndParams, (id, support, "", params)));
    }

    function _look(bytes32 before) private {
        if (before != _digest()) ++noticed;
    }

    /// @dev The error that a ballot meets; zero when it counts.
    function _refusalOf(
        uint256 id,
        address account,
        address[] memory pools,
        uint256 snapshot
    ) private view returns (bytes4) {
        bool isFirst = !_hasBallot(id, account, address(0));
        if (!isFirst && pools.length == 0) return IGovernor.GovernorAlreadyCastVote.selector;
        uint256 votes = isFirst ? _votesIn(address(0), account, snapshot) : 0;
        for (uint256 i; i < pools.length; ++i) {
            if (_hasBallot(id, account, pools[i])) return IGovernorPools.GovernorPoolVoted.selector;
            votes += _votesIn(pools[i], account, snapshot);
            if (account == pools[i]) votes -= _overridden(id, pools[i]);
        }
        return votes == 0 ? IGovernorPools.GovernorVotesNone.selector : bytes4(0);
    }

    /// @dev The whole pool for its provider, its own part for anybody else; without a pool its tokens. EVER base units.
    function _votesIn(address pool, address account, uint256 snapshot) private view returns (uint256) {
        if (pool == address(0)) return _deployment.ever().getPastVotes(account, snapshot);
        if (account != pool) return _deployment.vault().getPastStakeVotes(pool, account, snapshot);
        (uint256 own, uint256 delegated) = _deployment.vault().getPastPoolVotes(pool, snapshot);
        return own + delegated;
    }

    function _checkCount(uint256 id) private view {
        uint256[3] memory naive = _countedAnew(id);
        (uint256 against, uint256 inFavour, uint256 abstain) = _deployment.governor().proposalVotes(id);
        requireEqual("votes against = ballots", naive[0], against);
        requireEqual("votes for = ballots", naive[1], inFavour);
        requireEqual("abstentions = ballots", naive[2], abstain);
        requireAtMost("votes <= all EVER", _deployment.ever().CAP(), against + inFavour + abstain);
    }

    function _pick(uint256 seed) private view returns (uint256) {
        uint256 count = _proposals.length;
        VM.assume(count != 0);
        return count < 3 ? seed % count : count - 1 - (seed % 3);
    }

    function _voter(uint256 seed) private view returns (address account, address[] memory pools) {
        uint256 kind = seed % 3;
        if (kind == 0) return (_holders[(seed >> 2) % 2], pools);
        address provider = _actors.stake().providers((seed >> 2) % 2);
        account = kind == 1 ? provider : _actors.stake().delegators((seed >> 3) % 5);
        pools = new address[](1);
        pools[0] = provider;
        if (kind == 1 || seed & 4096 != 0) return (account, pools);
        pools = new address[](2); // in rising order
        for (uint256 i; i < 2; ++i) pools[i] = _actors.stake().providers(i);
    }

    /// @dev What the proposal of a number does: jails a provider, or sets it free.
    function _batch(
        uint256 i
    ) private view returns (address[] memory targets, uint256[] memory values, bytes[] memory datas) {
        (targets, values, datas) = (new address[](1), new uint256[](1), new bytes[](1));
        targets[0] = address(_deployment.registry());
        datas[0] = abi.encodeCall(_deployment.registry().setJailed, (_actors.deals().PROVIDER(), i % 2 == 0));
    }

    function _call(uint256 seed, uint256 value) private view returns (address target, bytes memory data) {
        uint256 kind = seed % 8;
        bool isOpen = (seed >> 8) % 4 != 0;
        if (kind == 0) {
            uint16 feeBps = uint16(within(value, 0, 500));
            uint32 maxTerm = uint32(within(value >> 16, 1, 3_660));
            target = address(_deployment.catalog());
            data = abi.encodeCall(ServiceCatalog.setService, ("hosting", 2 ** 30, 1 ether, 1, feeBps, maxTerm, isOpen));
        } else if (kind == 1) {
            target = address(_deployment.catalog());
            data = abi.encodeCall(ServiceCatalog.setToken, (uint32(within(value, 1, 4)), isOpen));
        } else if (kind == 2) {
            target = address(_deployment.registry());
            data = abi.encodeCall(_deployment.registry().setMarket, (address(_deployment.market()), isOpen));
        } else if (kind == 3) {
            target = address(_deployment.vault());
            data = abi.encodeCall(_deployment.vault().setMarket, (address(_deployment.market()), isOpen));
        } else if (kind == 4) {
            target = address(_deployment.registry());
            data = abi.encodeCall(_deployment.registry().setJailed, (_actors.deals().PROVIDER(), !isOpen));
        } else if (kind == 5) {
            target = address(_deployment.timelock());
            data = abi.encodeCall(_deployment.timelock().updateDelay, (within(value, 50, 200)));
        } else if (kind == 6) {
            target = address(_deployment.manager());
            data = abi.encodeCall(_deployment.manager().grantRole, (uint64(within(value, 1, 7)), address(0xBAD), 0));
        } else {
            target = address(_deployment.guardian());
            data = abi.encodeCall(Guardian.setGuardian, (_deployment.PAUSER()));
        }
    }
}
