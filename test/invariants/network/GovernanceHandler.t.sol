// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGovernor } from "@openzeppelin/contracts/governance/IGovernor.sol";
import { Guardian } from "../../../contracts/governance/Guardian.sol";
import { EverGovernor } from "../../../contracts/governance/EverGovernor.sol";
import { ServiceCatalog } from "../../../contracts/registry/ServiceCatalog.sol";
import { Handler, requireAtMost, VM, within } from "../Vm.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Everything that governance can do, by votes and at once, and every time a look at the deals that live: they must not notice.
contract GovernanceHandler is Handler, LiveDeals {
    uint256 private constant _MOST_PROPOSALS = 12;

    /// @dev A proposal as the naive book knows it. EVER base units.
    struct Proposal {
        uint256 id;
        uint256 most;
        bool isQueued;
        bool isExecuted;
    }

    /// @notice How often a live deal changed while governance acted.
    uint256 public noticed;
    address[2] private _holders = [address(0xF1), address(0xF2)];
    Proposal[] private _proposals;
    mapping(uint256 proposal => mapping(address account => bool)) private _votedTokens;
    mapping(uint256 proposal => mapping(address provider => bool)) private _hasPool;

    constructor() {
        for (uint256 i; i < 2; ++i) {
            _deployment.fund(_holders[i], 4e25);
            address token = address(_deployment.ever());
            VM.prank(_holders[i]);
            (bool isDone, ) = token.call(abi.encodeWithSignature("delegate(address)", _holders[i]));
            VM.assume(isDone);
        }
    }

    /// @notice The only administrator changes something for whoever comes later.
    function administer(uint256 seed, uint256 value) external counted {
        (address target, bytes memory data) = _call(seed, value);
        bytes32 before = _digest();
        VM.prank(address(_deployment.timelock()));
        (bool isDone, ) = target.call(data);
        VM.assume(isDone);
        _look(before);
    }

    /// @notice The guardian pauses new entries, or goes on.
    function pause(uint256 seed, uint256 span) external counted {
        Guardian guardian = _deployment.guardian();
        bytes memory data = abi.encodeCall(Guardian.pause, (within(span, 1, 500)));
        if (guardian.isPaused() && seed % 2 == 0) data = abi.encodeCall(Guardian.lift, ());
        bytes32 before = _digest();
        VM.prank(_deployment.PAUSER());
        (bool isDone, ) = address(guardian).call(data);
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
        _proposals.push(Proposal(id, 0, false, false));
        if (seed % 4 == 0) return; // mostly its proposer votes as soon as it may
        VM.warp(governor.proposalSnapshot(id) + 1);
        VM.prank(_holders[seed % 2]);
        governor.castVote(id, 1);
        _bookVote(_proposals.length - 1, _holders[seed % 2], new address[](0));
    }

    /// @notice A holder, a provider or a delegator votes, with its pools or without.
    function vote(uint256 seed, uint256 support) external counted {
        uint256 i = _pick(seed);
        EverGovernor governor = _deployment.governor();
        uint256 snapshot = governor.proposalSnapshot(_proposals[i].id);
        if (block.timestamp <= snapshot) VM.warp(snapshot + 1);
        VM.assume(governor.state(_proposals[i].id) == IGovernor.ProposalState.Active);
        (address account, address[] memory pools) = _voter(seed >> 8);
        bytes memory params = pools.length == 0 ? bytes("") : abi.encode(pools);
        VM.prank(account);
        (bool isDone, ) = address(governor).call(
            abi.encodeCall(governor.castVoteWithReasonAndParams, (_proposals[i].id, uint8(support % 3), "", params))
        );
        VM.assume(isDone);
        _bookVote(i, account, pools);
    }

    function queue(uint256 seed) external counted {
        uint256 i = _pick(seed);
        EverGovernor governor = _deployment.governor();
        uint256 deadline = governor.proposalDeadline(_proposals[i].id);
        if (_proposals[i].most != 0 && block.timestamp <= deadline) VM.warp(deadline + 1);
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

    /// @notice Fails when a proposal has more votes than the ballots can carry, or than there are.
    function check() external view {
        for (uint256 i; i < _proposals.length; ++i) {
            (uint256 against, uint256 inFavour, uint256 abstain) = _deployment.governor().proposalVotes(
                _proposals[i].id
            );
            uint256 votes = against + inFavour + abstain;
            requireAtMost("votes <= tokens and pools of who voted", _proposals[i].most, votes);
            requireAtMost("votes <= all EVER", _deployment.ever().CAP(), votes);
        }
    }

    function _bookVote(uint256 i, address account, address[] memory pools) private {
        uint256 snapshot = _deployment.governor().proposalSnapshot(_proposals[i].id);
        if (!_votedTokens[i][account]) {
            _votedTokens[i][account] = true;
            _proposals[i].most += _deployment.ever().getPastVotes(account, snapshot);
        }
        for (uint256 p; p < pools.length; ++p) {
            if (_hasPool[i][pools[p]]) continue;
            _hasPool[i][pools[p]] = true;
            (uint256 own, uint256 delegated) = _deployment.vault().getPastPoolVotes(pools[p], snapshot);
            _proposals[i].most += own + delegated;
        }
    }

    function _look(bytes32 before) private {
        if (before != _digest()) ++noticed;
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
