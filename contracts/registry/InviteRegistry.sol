// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { BitMaps } from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import { IEntryGate } from "../interfaces/governance/IEntryGate.sol";
import { IInviteRegistry } from "../interfaces/registry/IInviteRegistry.sol";
import { EntryPause } from "../libraries/EntryPause.sol";

/// @title InviteRegistry
/// @notice Gates entry while the network grows.
/// @dev Source: announcement of 2024-08-19 (the first phase is by invitation only and is later opened to everybody).
contract InviteRegistry is AccessManaged, EIP712, IInviteRegistry, IEntryGate {
    using BitMaps for BitMaps.BitMap;

    bytes32 private constant _INVITE_TYPEHASH = keccak256(
        "Invite(address issuer,address invitee,uint256 nonce,uint40 expiresAt)"
    );

    /// @inheritdoc IInviteRegistry
    Phase public phase;
    /// @inheritdoc IInviteRegistry
    address public gate;
    /// @inheritdoc IEntryGate
    uint40 public entriesPausedUntil;
    /// @inheritdoc IInviteRegistry
    mapping(address account => bool) public isIssuer;
    mapping(address issuer => BitMaps.BitMap) private _used;

    /// @param authority AccessManager that says who may open the network and name issuers.
    constructor(address authority) AccessManaged(authority) EIP712("4EVER Invites", "1") {}

    /// @inheritdoc IInviteRegistry
    function isUsed(address issuer, uint256 nonce) external view returns (bool) {
        return _used[issuer].get(nonce);
    }

    /// @inheritdoc IInviteRegistry
    function hashInvite(
        address issuer,
        address invitee,
        uint256 nonce,
        uint40 expiresAt
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_INVITE_TYPEHASH, issuer, invitee, nonce, expiresAt)));
    }

    /// @inheritdoc IInviteRegistry
    function admit(address account, bytes calldata invite) external {
        if (msg.sender != gate) revert InviteGateOnly(msg.sender);
        if (block.timestamp < entriesPausedUntil) revert EntryPaused(entriesPausedUntil);
        if (phase == Phase.Open) return;
        if (phase == Phase.Closed) revert InvitePhaseClosed();
        if (invite.length == 0) revert InviteRequired();
        _redeem(account, abi.decode(invite, (Invite)));
    }

    /// @inheritdoc IInviteRegistry
    function setPhase(Phase phase_) external restricted {
        if (phase_ <= phase) revert InvitePhaseBackward(phase, phase_);
        phase = phase_;
        emit PhaseChanged(phase_);
    }

    /// @inheritdoc IInviteRegistry
    function setIssuer(address issuer, bool allowed) external restricted {
        isIssuer[issuer] = allowed;
        emit IssuerChanged(issuer, allowed);
    }

    /// @inheritdoc IInviteRegistry
    function setGate(address gate_) external restricted {
        if (gate != address(0) || gate_ == address(0)) revert InviteGateFixed(gate, gate_);
        gate = gate_;
        emit GateChanged(gate_);
    }

    /// @inheritdoc IEntryGate
    function pauseEntries(uint40 until) external restricted {
        EntryPause.requireWithin(until);
        entriesPausedUntil = until;
        emit EntriesPaused(until);
    }

    function _redeem(address account, Invite memory invite) private {
        if (!isIssuer[invite.issuer]) revert InviteIssuerUnknown(invite.issuer);
        if (invite.invitee != address(0) && invite.invitee != account) revert InviteForeign(invite.invitee, account);
        if (block.timestamp >= invite.expiresAt) revert InviteExpired(invite.expiresAt, block.timestamp);
        if (_used[invite.issuer].get(invite.nonce)) revert InviteUsed(invite.issuer, invite.nonce);
        bytes32 digest = hashInvite(invite.issuer, invite.invitee, invite.nonce, invite.expiresAt);
        (address recovered, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(digest, invite.signature);
        // A broken signature recovers zero, which must not pass for an issuer.
        if (problem != ECDSA.RecoverError.NoError || recovered != invite.issuer)
            revert InviteSignatureInvalid(invite.issuer, recovered);

        _used[invite.issuer].set(invite.nonce);
        emit InviteRedeemed(invite.issuer, invite.nonce, account);
    }
}
