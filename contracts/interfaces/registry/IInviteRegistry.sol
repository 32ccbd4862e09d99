// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IInviteRegistry
/// @notice Gates entry while the network grows: Closed → Invite → Open, one way. It never gates an exit.
interface IInviteRegistry {
    /// @notice Who may register.
    enum Phase {
        Closed,
        Invite,
        Open
    }

    /// @notice A single-use invitation.
    /// @dev EIP-712 type: `Invite(address issuer,address invitee,uint256 nonce,uint40 expiresAt)`.
    /// @param issuer Account that governance allows to invite; signs.
    /// @param invitee Account that may use it; zero for whoever comes first.
    /// @param nonce Any number that the issuer has not used.
    /// @param expiresAt Unix seconds from which it is void.
    /// @param signature EIP-712 signature of the issuer, 65 bytes.
    struct Invite {
        address issuer;
        address invitee;
        uint256 nonce;
        uint40 expiresAt;
        bytes signature;
    }

    /// @notice The network is closed.
    error InvitePhaseClosed();
    /// @notice An invitation is needed.
    error InviteRequired();
    /// @notice Phases only go forward.
    error InvitePhaseBackward(Phase current, Phase wanted);
    /// @notice The issuer may not invite.
    error InviteIssuerUnknown(address issuer);
    /// @notice The invitation is for somebody else.
    error InviteForeign(address invitee, address account);
    /// @notice The invitation has expired. Unix seconds.
    error InviteExpired(uint256 expiresAt, uint256 nowAt);
    /// @notice The invitation has been used.
    error InviteUsed(address issuer, uint256 nonce);
    /// @notice The signature is not the issuer's.
    error InviteSignatureInvalid(address issuer, address recovered);
    /// @notice Only the registry that is gated may use up an invitation.
    error InviteGateOnly(address caller);
    /// @notice The gate is named once, and is not zero.
    error InviteGateFixed(address gate, address wanted);

    /// @notice The network moved to the next phase.
    event PhaseChanged(Phase phase);
    /// @notice Governance allowed or stopped an issuer.
    event IssuerChanged(address indexed issuer, bool allowed);
    /// @notice Governance named the registry that asks.
    event GateChanged(address indexed gate);
    /// @notice An invitation was used.
    event InviteRedeemed(address indexed issuer, uint256 indexed nonce, address indexed account);

    /// @notice Present phase.
    function phase() external view returns (Phase);
    /// @notice The registry that asks; zero until governance named it.
    function gate() external view returns (address);
    /// @notice Whether an account may invite.
    function isIssuer(address account) external view returns (bool);
    /// @notice Whether an issuer's nonce was used.
    function isUsed(address issuer, uint256 nonce) external view returns (bool);
    /// @notice EIP-712 hash that the issuer signs.
    function hashInvite(
        address issuer,
        address invitee,
        uint256 nonce,
        uint40 expiresAt
    ) external view returns (bytes32);
    /// @notice Gate only: lets `account` in, using up the invitation when one is needed. Reverts when it may not enter.
    /// @param invite `abi.encode(Invite)`; empty when there is none.
    function admit(address account, bytes calldata invite) external;
    /// @notice Governance: next phase.
    function setPhase(Phase phase_) external;
    /// @notice Governance: allows or stops an issuer.
    function setIssuer(address issuer, bool allowed) external;
    /// @notice Governance, once: the registry that asks.
    function setGate(address gate_) external;
}
