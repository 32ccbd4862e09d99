// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Ballots as a person counts them: what everybody said is kept, and all of it added up anew each time.
abstract contract Ballots {
    /// @param pool Provider whose stake votes; zero: the account's own tokens.
    /// @param support 0 against, 1 for, 2 abstain.
    /// @param votes What the account has there; the provider, all of its pool. EVER base units.
    struct Ballot {
        address account;
        address pool;
        uint8 support;
        uint256 votes;
    }

    mapping(uint256 proposalId => Ballot[]) private _ballots;

    function _keepBallot(uint256 proposalId, Ballot memory ballot) internal {
        _ballots[proposalId].push(ballot);
    }

    function _hasBallot(uint256 proposalId, address account, address pool) internal view returns (bool) {
        Ballot[] storage ballots = _ballots[proposalId];
        for (uint256 i; i < ballots.length; ++i) {
            if (ballots[i].account == account && ballots[i].pool == pool) return true;
        }
        return false;
    }

    function _ballotCount(uint256 proposalId) internal view returns (uint256) {
        return _ballots[proposalId].length;
    }

    /// @return votes By support. EVER base units.
    function _countedAnew(uint256 proposalId) internal view returns (uint256[3] memory votes) {
        Ballot[] memory ballots = _ballots[proposalId];
        for (uint256 i; i < ballots.length; ++i) {
            Ballot memory ballot = ballots[i];
            uint256 carried = ballot.votes;
            if (ballot.account == ballot.pool) carried -= _overriddenIn(ballots, ballot.pool);
            votes[ballot.support] += carried;
        }
    }

    /// @dev What its delegators voted themselves so far. EVER base units.
    function _overridden(uint256 proposalId, address pool) internal view returns (uint256) {
        return _overriddenIn(_ballots[proposalId], pool);
    }

    function _overriddenIn(Ballot[] memory ballots, address pool) private pure returns (uint256 votes) {
        for (uint256 i; i < ballots.length; ++i) {
            if (ballots[i].pool == pool && ballots[i].account != pool) votes += ballots[i].votes;
        }
    }
}
