// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GovernorVotes } from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IGovernorPools } from "../interfaces/governance/IGovernorPools.sol";
import { IStakeVotes } from "../interfaces/staking/IStakeVotes.sol";

/// @title GovernorPools
/// @notice How ballots of tokens and of stake pools are counted.
/// @dev OpenZeppelin's `GovernorCountingOverridable` does the same for one token whose holders override their delegate; here one account
/// delegates to many pools. For each pool the counted votes are at most own + delegated, whatever the vault rounds.
abstract contract GovernorPools is GovernorVotes, IGovernorPools {
    /// @dev As Governor Bravo orders them.
    enum VoteType {
        Against,
        For,
        Abstain
    }

    /// @param cast 0 when the provider has not voted, otherwise its support + 1.
    /// @param overridden What delegators voted themselves. EVER base units.
    struct PoolBallot {
        uint8 cast;
        uint248 overridden;
    }

    struct Ballots {
        uint256[3] votes;
        mapping(address account => bool) voted;
        mapping(address provider => PoolBallot) pools;
        mapping(address provider => mapping(address delegator => bool)) overrode;
    }

    /// @inheritdoc IGovernorPools
    uint256 public constant MAX_POOLS = 16;
    /// @notice Votes of staked EVER.
    IStakeVotes public immutable STAKE;

    mapping(uint256 proposalId => Ballots) private _ballots;

    /// @param stake Votes of staked EVER.
    constructor(IStakeVotes stake) {
        STAKE = stake;
    }

    /// @notice How support is given, what fills the quorum, and what `params` mean.
    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for,abstain&params=pools";
    }

    /// @notice Whether an account has cast a ballot. It may cast others, with further pools.
    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return _ballots[proposalId].voted[account];
    }

    /// @inheritdoc IGovernorPools
    function hasVotedWithPool(uint256 proposalId, address provider, address account) external view returns (bool) {
        Ballots storage ballots = _ballots[proposalId];
        return account == provider ? ballots.pools[provider].cast != 0 : ballots.overrode[provider][account];
    }

    /// @inheritdoc IGovernorPools
    function proposalVotes(
        uint256 proposalId
    ) public view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) {
        uint256[3] storage votes = _ballots[proposalId].votes;
        return (votes[uint8(VoteType.Against)], votes[uint8(VoteType.For)], votes[uint8(VoteType.Abstain)]);
    }

    /// @inheritdoc IGovernorPools
    function poolBallotOf(
        uint256 proposalId,
        address provider
    ) external view returns (bool isCast, uint8 support, uint256 overridden) {
        PoolBallot memory pool = _ballots[proposalId].pools[provider];
        return (pool.cast != 0, pool.cast == 0 ? 0 : pool.cast - 1, pool.overridden);
    }

    /// @dev What a first ballot carries when no delegator of the account's own pool votes itself.
    function getVotesWithParams(
        address account,
        uint256 timepoint,
        bytes memory params
    ) public view virtual override returns (uint256 votes) {
        votes = getVotes(account, timepoint);
        address[] memory providers = _poolsOf(params);
        for (uint256 i; i < providers.length; ++i) {
            address provider = providers[i];
            if (account == provider) {
                (uint256 own, uint256 delegated) = STAKE.getPastPoolVotes(provider, timepoint);
                votes += own + delegated;
            } else {
                votes += STAKE.getPastStakeVotes(provider, account, timepoint);
            }
        }
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        (, uint256 forVotes, uint256 abstainVotes) = proposalVotes(proposalId);
        return quorum(proposalSnapshot(proposalId)) <= forVotes + abstainVotes;
    }

    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        (uint256 againstVotes, uint256 forVotes, ) = proposalVotes(proposalId);
        return forVotes > againstVotes;
    }

    /// @param tokenVotes What `_getVotes` said. EVER base units.
    /// @return votes What this ballot carries.
    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 tokenVotes,
        bytes memory params
    ) internal override returns (uint256 votes) {
        if (support > uint8(VoteType.Abstain)) revert GovernorInvalidVoteType();
        Ballots storage ballots = _ballots[proposalId];
        address[] memory providers = _poolsOf(params);
        if (!ballots.voted[account]) {
            ballots.voted[account] = true;
            votes = tokenVotes;
        } else if (providers.length == 0) {
            revert GovernorAlreadyCastVote(account);
        }
        uint256 snapshot = proposalSnapshot(proposalId);
        for (uint256 i; i < providers.length; ++i) {
            uint256 counted = _countPool(proposalId, providers[i], account, support, snapshot);
            votes += counted;
            emit PoolVotesCast(proposalId, providers[i], account, support, counted);
        }
        if (votes == 0) revert GovernorVotesNone(account);
        ballots.votes[support] += votes;
    }

    /// @dev Votes of an account in one pool, once; a delegator's are taken out of what the provider voted or will vote.
    function _countPool(
        uint256 proposalId,
        address provider,
        address account,
        uint8 support,
        uint256 snapshot
    ) private returns (uint256 votes) {
        Ballots storage ballots = _ballots[proposalId];
        PoolBallot memory pool = ballots.pools[provider];
        (uint256 own, uint256 delegated) = STAKE.getPastPoolVotes(provider, snapshot);
        if (account == provider) {
            if (pool.cast != 0) revert GovernorPoolVoted(provider, account);
            ballots.pools[provider].cast = support + 1;
            return own + delegated - pool.overridden;
        }
        if (ballots.overrode[provider][account]) revert GovernorPoolVoted(provider, account);
        ballots.overrode[provider][account] = true;
        votes = Math.min(STAKE.getPastStakeVotes(provider, account, snapshot), delegated - pool.overridden);
        ballots.pools[provider].overridden = SafeCast.toUint248(pool.overridden + votes);
        if (pool.cast != 0) {
            ballots.votes[pool.cast - 1] -= votes;
            emit PoolVotesReduced(proposalId, provider, pool.cast - 1, votes);
        }
    }

    /// @dev The pools that a ballot names.
    function _poolsOf(bytes memory params) private pure returns (address[] memory providers) {
        if (params.length == 0) return providers;
        // A word for the offset, one for the length, one for each pool.
        uint256 count = params.length < 96 || params.length % 32 != 0 ? 0 : params.length / 32 - 2;
        if (count == 0 || count > MAX_POOLS) revert GovernorPoolsInvalid(count, MAX_POOLS);
        providers = abi.decode(params, (address[]));
        if (providers.length != count) revert GovernorPoolsInvalid(providers.length, MAX_POOLS);
        for (uint256 i = 1; i < count; ++i) {
            if (providers[i] <= providers[i - 1]) revert GovernorPoolsUnsorted(providers[i - 1], providers[i]);
        }
    }
}
