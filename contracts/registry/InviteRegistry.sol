// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { MerkleProof } from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import { BitMaps } from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import { IEntryGate } from "../interfaces/governance/IEntryGate.sol";
import { IInviteRegistry } from "../interfaces/registry/IInviteRegistry.sol";
import { EntryPause } from "../libraries/EntryPause.sol";

/// @title InviteRegistry
/// @notice Gates entry while the network grows.
/// @dev Source: announcement of 2024-08-19 (the first phase is by invitation only and is later opened to everybody).
contract InviteRegistry is AccessManaged, EIP712, IInviteRegistry, IEntryGate {
    using BitMaps for BitMaps.BitMap;

    bytes32 private constant _BATCH_TYPEHASH = keccak256(
        "InviteBatch(address issuer,uint64 nonce,uint40 expiresAt,uint32 count,bytes32 root)"
    );
    bytes32 private constant _CLAIM_TYPEHASH = keccak256("InviteClaim(address account)");
    /// @dev Mark of a whole batch: that of the invitation 0, which does not exist.
    uint32 private constant _ALL = 0;

    /// @inheritdoc IInviteRegistry
    Phase public phase;
    /// @inheritdoc IInviteRegistry
    address public gate;
    /// @inheritdoc IEntryGate
    uint40 public entriesPausedUntil;
    mapping(address account => Issuer) private _issuers;
    /// @dev Two bits per invitation, next to each other: used, revoked.
    mapping(address issuer => mapping(uint64 nonce => BitMaps.BitMap)) private _marks;
    /// @inheritdoc IInviteRegistry
    mapping(address issuer => mapping(uint64 nonce => bytes32 digest)) public batchOf;

    /// @param authority AccessManager that says who may open the network and name issuers.
    constructor(address authority) AccessManaged(authority) EIP712("4EVER Invites", "1") {}

    /// @inheritdoc IInviteRegistry
    function issuerOf(address account) external view returns (Issuer memory) {
        return _issuers[account];
    }

    /// @inheritdoc IInviteRegistry
    function isUsed(address issuer, uint64 nonce, uint32 index) external view returns (bool) {
        return _marks[issuer][nonce].get(_usedBit(index));
    }

    /// @inheritdoc IInviteRegistry
    function isRevoked(address issuer, uint64 nonce, uint32 index) public view returns (bool) {
        BitMaps.BitMap storage marks = _marks[issuer][nonce];
        return nonce < _issuers[issuer].revokedBelow || marks.get(_revokedBit(_ALL)) || marks.get(_revokedBit(index));
    }

    /// @inheritdoc IInviteRegistry
    function hashBatch(
        address issuer,
        uint64 nonce,
        uint40 expiresAt,
        uint32 count,
        bytes32 root
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_BATCH_TYPEHASH, issuer, nonce, expiresAt, count, root)));
    }

    /// @inheritdoc IInviteRegistry
    function hashClaim(address account) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_CLAIM_TYPEHASH, account)));
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
    function issueBatch(uint64 nonce, uint40 expiresAt, uint32 count, bytes32 root) external {
        if (_issuers[msg.sender].quota == 0) revert InviteIssuerUnknown(msg.sender);
        if (count == 0) revert InviteIndexInvalid(0, 0);
        if (block.timestamp >= expiresAt) revert InviteExpired(expiresAt, block.timestamp);
        if (isRevoked(msg.sender, nonce, _ALL)) revert InviteRevoked(msg.sender, nonce, _ALL);
        if (batchOf[msg.sender][nonce] != 0) revert InviteBatchExists(msg.sender, nonce);
        batchOf[msg.sender][nonce] = hashBatch(msg.sender, nonce, expiresAt, count, root);
        emit InviteBatchIssued(msg.sender, nonce, expiresAt, count, root);
    }

    /// @inheritdoc IInviteRegistry
    function revoke(uint64 nonce, uint32[] calldata indexes) external {
        BitMaps.BitMap storage marks = _marks[msg.sender][nonce];
        for (uint256 i = 0; i < indexes.length; ++i) {
            if (indexes[i] == _ALL) revert InviteIndexInvalid(indexes[i], type(uint32).max);
            marks.set(_revokedBit(indexes[i]));
        }
        emit InvitesRevoked(msg.sender, nonce, indexes);
    }

    /// @inheritdoc IInviteRegistry
    function revokeBatch(uint64 nonce) external {
        _marks[msg.sender][nonce].set(_revokedBit(_ALL));
        emit InviteBatchRevoked(msg.sender, nonce);
    }

    /// @inheritdoc IInviteRegistry
    function revokeBelow(uint64 nonce) external {
        Issuer storage issuer = _issuers[msg.sender];
        if (nonce <= issuer.revokedBelow) revert InviteRevokedBackward(issuer.revokedBelow, nonce);
        issuer.revokedBelow = nonce;
        emit InvitesRevokedBelow(msg.sender, nonce);
    }

    /// @inheritdoc IInviteRegistry
    function setPhase(Phase phase_) external restricted {
        if (phase_ <= phase) revert InvitePhaseBackward(phase, phase_);
        phase = phase_;
        emit PhaseChanged(phase_);
    }

    /// @inheritdoc IInviteRegistry
    function setIssuer(address issuer, uint32 quota) external restricted {
        _issuers[issuer].quota = quota;
        emit IssuerChanged(issuer, quota);
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
        (address issuer, uint64 nonce, uint32 index) = (invite.issuer, invite.nonce, invite.index);
        uint32 quota = _issuers[issuer].quota;
        BitMaps.BitMap storage marks = _marks[issuer][nonce];
        if (quota == 0) revert InviteIssuerUnknown(issuer);
        if (index == _ALL || index > invite.count) revert InviteIndexInvalid(index, invite.count);
        if (marks.get(_usedBit(index))) revert InviteUsed(issuer, nonce, index);
        if (isRevoked(issuer, nonce, index)) revert InviteRevoked(issuer, nonce, index);
        if (block.timestamp >= invite.expiresAt) revert InviteExpired(invite.expiresAt, block.timestamp);
        _requireIssued(invite);
        _requireClaimed(account, invite);

        marks.set(_usedBit(index));
        _issuers[issuer].quota = quota - 1;
        emit InviteRedeemed(issuer, nonce, account, index, invite.count);
    }

    /// @dev A leaf or a proof that does not belong to the batch yields another root, which the issuer neither signed nor sent.
    function _requireIssued(Invite memory invite) private view {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(invite.index, invite.invitee))));
        bytes32 root = MerkleProof.processProof(invite.proof, leaf);
        bytes32 digest = hashBatch(invite.issuer, invite.nonce, invite.expiresAt, invite.count, root);
        if (invite.signature.length == 0 && batchOf[invite.issuer][invite.nonce] == digest) return;
        (address recovered, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(digest, invite.signature);
        // A broken signature recovers zero, which must not pass for an issuer.
        if (problem != ECDSA.RecoverError.NoError || recovered != invite.issuer)
            revert InviteSignatureInvalid(invite.issuer, recovered);
    }

    function _requireClaimed(address account, Invite memory invite) private view {
        if (invite.invitee == account) return;
        (address recovered, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(hashClaim(account), invite.claim);
        if (problem != ECDSA.RecoverError.NoError || recovered != invite.invitee)
            revert InviteForeign(invite.invitee, account);
    }

    function _usedBit(uint32 index) private pure returns (uint256) {
        return 2 * uint256(index);
    }

    function _revokedBit(uint32 index) private pure returns (uint256) {
        return 2 * uint256(index) + 1;
    }
}
