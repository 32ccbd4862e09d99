// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IInviteRegistry
/// @notice Gates entry while the network grows: Closed → Invite → Open, one way. It never gates an exit.
/// @dev Invitations come in *batches*: an issuer signs the root of a Merkle tree, off the chain, and each leaf is an invitation that works
/// once. An issuer that cannot sign, as a contract, sends the root instead, and is not asked when an invitation is used. A single invitation
/// is a batch of one. A leaf is `keccak256(keccak256(abi.encode(uint32 index, address invitee)))`: hashed twice, so that no inner node can
/// pass for one. Inner nodes are keccak-256 of their children in ascending order.
/// The *invitee* is an account, or a key that was made for this one invitation and is handed over in its link. Such a key signs which
/// account enters: whoever watches the pool of transactions sees a signature for another account than its own, and steals nothing.
interface IInviteRegistry {
    /// @notice Who may register.
    enum Phase {
        Closed,
        Invite,
        Open
    }

    /// @notice What governance lets an issuer do, and what the issuer took back.
    /// @param quota How many providers it may still let in; 0 for none.
    /// @param revokedBelow All its batches of a lower nonce are void.
    struct Issuer {
        uint32 quota;
        uint64 revokedBelow;
    }

    /// @notice One invitation of a batch.
    /// @dev EIP-712 types: `InviteBatch(address issuer,uint64 nonce,uint40 expiresAt,uint32 count,bytes32 root)` and
    /// `InviteClaim(address account)`.
    /// @param issuer Account that governance allows to invite; signs or sends the batch.
    /// @param nonce Number of the batch, which the issuer chooses. Batches that share one share what is used and revoked of it.
    /// @param expiresAt Unix seconds from which the batch is void.
    /// @param count How many invitations the batch has at most.
    /// @param index Which of them this is, from 1 to `count`.
    /// @param invitee The account that may enter, or a key that says which one may.
    /// @param proof Siblings of the leaf, from the leaves to the root; empty in a batch of one.
    /// @param signature EIP-712 signature of the issuer over the batch, 65 bytes; empty when the issuer sent it by `issueBatch`.
    /// @param claim EIP-712 signature of the invitee over the account that enters, 65 bytes; not looked at when that is the invitee itself.
    struct Invite {
        address issuer;
        uint64 nonce;
        uint40 expiresAt;
        uint32 count;
        uint32 index;
        address invitee;
        bytes32[] proof;
        bytes signature;
        bytes claim;
    }

    /// @notice The network is closed.
    error InvitePhaseClosed();
    /// @notice An invitation is needed.
    error InviteRequired();
    /// @notice Phases only go forward.
    error InvitePhaseBackward(Phase current, Phase wanted);
    /// @notice The issuer may not invite, or not any more.
    error InviteIssuerUnknown(address issuer);
    /// @notice The invitation is for somebody else: neither is the account its invitee, nor did the invitee sign for the account.
    error InviteForeign(address invitee, address account);
    /// @notice The invitation has expired. Unix seconds.
    error InviteExpired(uint256 expiresAt, uint256 nowAt);
    /// @notice Batches count their invitations from 1 to `count`.
    error InviteIndexInvalid(uint256 index, uint256 count);
    /// @notice The invitation has been used.
    error InviteUsed(address issuer, uint64 nonce, uint32 index);
    /// @notice The issuer took the invitation back.
    error InviteRevoked(address issuer, uint64 nonce, uint32 index);
    /// @notice The issuer neither signed nor sent a batch that this invitation belongs to.
    /// @param recovered Who signed; zero for a broken signature and for none.
    error InviteSignatureInvalid(address issuer, address recovered);
    /// @notice The issuer has sent a batch of this number.
    error InviteBatchExists(address issuer, uint64 nonce);
    /// @notice What was revoked stays revoked.
    error InviteRevokedBackward(uint64 current, uint64 wanted);
    /// @notice Only the registry that is gated may use up an invitation.
    error InviteGateOnly(address caller);
    /// @notice The gate is named once, and is not zero.
    error InviteGateFixed(address gate, address wanted);

    /// @notice The network moved to the next phase.
    event PhaseChanged(Phase phase);
    /// @notice Governance said how many more providers an issuer may let in; 0 stops it.
    event IssuerChanged(address indexed issuer, uint32 quota);
    /// @notice Governance named the registry that asks.
    event GateChanged(address indexed gate);
    /// @notice An issuer sent a batch instead of signing it.
    /// @param expiresAt Unix seconds from which the batch is void.
    /// @param count How many invitations the batch has at most.
    event InviteBatchIssued(address indexed issuer, uint64 indexed nonce, uint40 expiresAt, uint32 count, bytes32 root);
    /// @notice An invitation was used, which takes one from the issuer's quota.
    /// @param count How many invitations the batch has at most.
    event InviteRedeemed(
        address indexed issuer,
        uint64 indexed nonce,
        address indexed account,
        uint32 index,
        uint32 count
    );
    /// @notice An issuer took invitations of a batch back; what was used before stays used.
    event InvitesRevoked(address indexed issuer, uint64 indexed nonce, uint32[] indexes);
    /// @notice An issuer took all that is left of a batch back.
    event InviteBatchRevoked(address indexed issuer, uint64 indexed nonce);
    /// @notice An issuer took all that is left of its batches of a lower nonce back.
    event InvitesRevokedBelow(address indexed issuer, uint64 nonce);

    /// @notice Present phase.
    function phase() external view returns (Phase);
    /// @notice The registry that asks; zero until governance named it.
    function gate() external view returns (address);
    /// @notice What an account may do as an issuer; zeros when it never was one.
    function issuerOf(address account) external view returns (Issuer memory);
    /// @notice Whether an invitation was used.
    function isUsed(address issuer, uint64 nonce, uint32 index) external view returns (bool);
    /// @notice Whether an invitation was taken back: by itself, with its batch or with all lower nonces. True of used ones, too.
    function isRevoked(address issuer, uint64 nonce, uint32 index) external view returns (bool);
    /// @notice `hashBatch` of the batch that an issuer sent under a number; zero when it sent none.
    function batchOf(address issuer, uint64 nonce) external view returns (bytes32);
    /// @notice EIP-712 hash that the issuer signs.
    function hashBatch(
        address issuer,
        uint64 nonce,
        uint40 expiresAt,
        uint32 count,
        bytes32 root
    ) external view returns (bytes32);
    /// @notice EIP-712 hash that an invitee signs for the account that enters.
    function hashClaim(address account) external view returns (bytes32);
    /// @notice Gate only: lets `account` in, using up the invitation when one is needed. Reverts when it may not enter.
    /// @param invite `abi.encode(Invite)`; empty when there is none.
    function admit(address account, bytes calldata invite) external;
    /// @notice Issues a batch in the caller's name without a signature: the way of issuers that are contracts.
    /// @dev Our choice over ERC-1271: that would be a call to a stranger whenever an invitation is used, which could change its mind.
    /// @param nonce Number of the batch. Each is sent once, and not after it was revoked.
    /// @param expiresAt Unix seconds, in the future, from which the batch is void.
    /// @param count How many invitations the batch has at most, from 1 on.
    /// @param root Root of the tree whose leaves are the invitations.
    function issueBatch(uint64 nonce, uint40 expiresAt, uint32 count, bytes32 root) external;
    /// @notice Takes invitations of the caller's batch back, before they are used.
    /// @param indexes From 1 on; ones that are used or revoked already change nothing.
    function revoke(uint64 nonce, uint32[] calldata indexes) external;
    /// @notice Takes back what is left of the caller's batch.
    function revokeBatch(uint64 nonce) external;
    /// @notice Takes back what is left of all the caller's batches of a lower nonce. It only rises.
    /// @dev Warning: there is no way back. At the highest nonce an issuer has voided all that it can ever issue, but for that nonce.
    function revokeBelow(uint64 nonce) external;
    /// @notice Governance: next phase.
    function setPhase(Phase phase_) external;
    /// @notice Governance: how many more providers an issuer may let in; 0 stops it.
    /// @dev Warning: what a stopped issuer signed or sent counts again with its next quota, unless it revokes it.
    function setIssuer(address issuer, uint32 quota) external;
    /// @notice Governance, once: the registry that asks.
    function setGate(address gate_) external;
}
