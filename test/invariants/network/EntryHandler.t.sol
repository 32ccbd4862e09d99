// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEntryGate } from "../../../contracts/interfaces/governance/IEntryGate.sol";
import { IInviteRegistry } from "../../../contracts/interfaces/registry/IInviteRegistry.sol";
import { IProviderRegistry } from "../../../contracts/interfaces/registry/IProviderRegistry.sol";
import { Handler, requireEqual, requireRefusal, VM } from "../Vm.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice Newcomers with good, used, revoked, foreign, stolen, forged, expired and missing invitations, signed by an account or sent by a contract, which
/// is this one. Who may enter enters, nobody else does, and whoever is in leaves whenever it likes.
contract EntryHandler is Handler, LiveDeals {
    uint256 private constant _ISSUER_KEY = 0x155;
    uint256 private constant _FORGER_KEY = 0xBAD;
    /// @dev Comes in a link, for whoever holds it.
    uint256 private constant _CLAIM_KEY = 0xC1A1;
    bytes private constant _UNINVITED = bytes.concat(
        IEntryGate.EntryPaused.selector,
        IInviteRegistry.InviteRequired.selector,
        IInviteRegistry.InviteForeign.selector,
        IInviteRegistry.InviteUsed.selector,
        IInviteRegistry.InviteRevoked.selector,
        IInviteRegistry.InviteExpired.selector,
        IInviteRegistry.InviteSignatureInvalid.selector
    );
    /// @dev Governance took out the service or the token.
    bytes private constant _CLOSED = bytes.concat(
        IProviderRegistry.RegistryServiceInactive.selector,
        IProviderRegistry.RegistryTokenUnlisted.selector
    );

    /// @notice Who was let in here.
    address[] public admitted;
    uint64 private _nonce = 1;
    bool private _isRevoked;

    function enter(uint256 seed) external counted {
        address account = address(uint160(0xE0000 + _nonce));
        bool isExpected;
        bytes memory invite;
        if (seed % 4 == 3) {
            (invite, isExpected) = _sentInvite(account, seed >> 2);
        } else {
            (invite, isExpected) = _invite(account, seed >> 2);
            if (_isRevoked) isExpected = false;
        }
        IInviteRegistry.Phase phase = _deployment.invites().phase();
        if (phase == IInviteRegistry.Phase.Open) isExpected = true;
        if (block.timestamp < _deployment.invites().entriesPausedUntil()) isExpected = false;
        address registry = address(_deployment.registry());
        VM.prank(account);
        (bool isIn, bytes memory reason) = registry.call(
            abi.encodeCall(IProviderRegistry.register, (account, 1, "https://newcomer.example", "", invite))
        );
        requireEqual("who is invited enters", isExpected ? 1 : 0, isIn ? 1 : 0);
        if (!isIn) requireRefusal(reason, _UNINVITED);
        ++_nonce;
        _isRevoked = false;
        if (isIn) admitted.push(account);
    }

    /// @notice The issuer takes the next invitation back before it is used.
    function revoke(uint256 seed) external counted {
        VM.assume(seed % 8 == 0 && !_isRevoked);
        IInviteRegistry invites = IInviteRegistry(address(_deployment.invites()));
        VM.prank(VM.addr(_ISSUER_KEY));
        invites.revokeBatch(_nonce);
        _isRevoked = true;
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
        if (!isDone) requireRefusal(reply, _CLOSED);
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
        bool isByLink = kind == 2 || kind == 6;
        address invitee =
            kind == 1
                ? address(0xDEAD)
                : isByLink
                    ? VM.addr(_CLAIM_KEY)
                    : account;
        // Somebody saw the link's signature for another account.
        address claimant = kind == 6 ? address(0xDEAD) : account;
        bytes memory claim = isByLink ? _sign(_CLAIM_KEY, _deployment.invites().hashClaim(claimant)) : bytes("");
        invite = _deployment.inviteBy(
            kind == 5 ? _FORGER_KEY : _ISSUER_KEY,
            invitee,
            kind == 3 ? 0 : _nonce, // 0 was used by the market's provider
            uint40(kind == 4 ? block.timestamp : block.timestamp + 1 + ((seed >> 128) % 1_000)),
            claim
        );
        isGood = kind == 2 || kind > 6;
    }

    /// @dev An invitation of a batch that this contract issues without a signature, and whether it is good.
    function _sentInvite(address account, uint256 seed) private returns (bytes memory, bool isGood) {
        IInviteRegistry invites = IInviteRegistry(address(_deployment.invites()));
        uint256 kind = seed % 4;
        uint40 expiresAt = uint40(block.timestamp + 1);
        bytes memory signed = _deployment.inviteBy(_FORGER_KEY, account, _nonce, expiresAt, "");
        IInviteRegistry.Invite memory invite = abi.decode(signed, (IInviteRegistry.Invite));
        invite.issuer = address(this);
        if (kind != 1) invite.signature = "";
        VM.prank(address(_deployment.timelock()));
        invites.setIssuer(address(this), 1);
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(uint32(1), account))));
        if (kind != 0) invites.issueBatch(_nonce, expiresAt, 1, root); // 0 was never sent, and 1 comes with a stranger's signature
        if (kind == 2) invites.revokeBatch(_nonce);
        return (abi.encode(invite), kind == 3);
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
