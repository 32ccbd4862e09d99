// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IInviteRegistry } from "../../../contracts/interfaces/registry/IInviteRegistry.sol";
import { IProviderRegistry } from "../../../contracts/interfaces/registry/IProviderRegistry.sol";
import { Handler, requireEqual, VM } from "../Vm.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Newcomers with good, used, foreign, forged, expired and missing invitations. Who may enter enters, nobody else does, and whoever
/// is in leaves whenever it likes.
contract EntryHandler is Handler, LiveDeals {
    uint256 private constant _ISSUER_KEY = 0x155;
    uint256 private constant _FORGER_KEY = 0xBAD;

    /// @notice Who was let in here.
    address[] public admitted;
    uint256 private _nonce = 1;

    function enter(uint256 seed) external counted {
        address account = address(uint160(0xE0000 + _nonce));
        bool isExpected;
        bytes memory invite;
        (invite, isExpected) = _invite(account, seed);
        IInviteRegistry.Phase phase = _deployment.invites().phase();
        if (phase == IInviteRegistry.Phase.Open) isExpected = true;
        if (block.timestamp < _deployment.invites().entriesPausedUntil()) isExpected = false;
        address registry = address(_deployment.registry());
        VM.prank(account);
        (bool isIn, ) = registry.call(
            abi.encodeCall(IProviderRegistry.register, (account, 1, "https://newcomer.example", "", invite))
        );
        requireEqual("who is invited enters", isExpected ? 1 : 0, isIn ? 1 : 0);
        ++_nonce;
        if (isIn) admitted.push(account);
    }

    /// @notice A newcomer offers something and takes it back, also while entries are paused.
    function leave(uint256 seed) external counted {
        VM.assume(admitted.length != 0);
        address account = admitted[seed % admitted.length];
        IProviderRegistry registry = IProviderRegistry(address(_deployment.registry()));
        VM.prank(account);
        (bool isDone, bytes memory reply) = address(registry).call(
            abi.encodeCall(IProviderRegistry.publishOffer, (keccak256("hosting"), 1, 1, 1, 1, ""))
        );
        VM.assume(isDone);
        uint256 offerId = abi.decode(reply, (uint256));
        VM.prank(account);
        registry.withdrawOffer(offerId);
        requireEqual("an offer is taken back", 0, registry.offerOf(offerId).active ? 1 : 0);
    }

    /// @notice Everybody may enter, from some moment on.
    function open(uint256 seed) external counted {
        VM.assume(seed % 64 == 0 && _deployment.invites().phase() != IInviteRegistry.Phase.Open);
        IInviteRegistry invites = IInviteRegistry(address(_deployment.invites()));
        VM.prank(address(_deployment.timelock()));
        invites.setPhase(IInviteRegistry.Phase.Open);
    }

    /// @notice Fails when somebody is a provider whom nobody let in.
    function check() external view {
        // One is the market's.
        requireEqual("providers = admitted", admitted.length + 1, _deployment.registry().providerCount());
    }

    /// @dev An invitation of some kind, and whether it is good.
    function _invite(address account, uint256 seed) private view returns (bytes memory invite, bool isGood) {
        uint256 kind = seed % 8;
        if (kind == 0) return ("", false);
        address invitee =
            kind == 1
                ? address(0xDEAD)
                : kind == 2
                    ? address(0)
                    : account;
        // Nonce 0 was used by the market's provider.
        uint256 nonce = kind == 3 ? 0 : _nonce;
        uint40 expiresAt = uint40(kind == 4 ? block.timestamp : block.timestamp + 1 + ((seed >> 128) % 1_000));
        address issuer = VM.addr(_ISSUER_KEY);
        bytes32 digest = _deployment.invites().hashInvite(issuer, invitee, nonce, expiresAt);
        bytes memory signature = _sign(kind == 5 ? _FORGER_KEY : _ISSUER_KEY, digest);
        return (
            abi.encode(IInviteRegistry.Invite(issuer, invitee, nonce, expiresAt, signature)),
            kind == 2 || kind > 5
        );
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
