// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProofVerifier } from "../payments/IDealPayments.sol";

/// @title IPossessionProofs
/// @notice Proofs that a provider holds what it is paid for: one proof per proving set and period over all its pieces.
/// @dev A set is an append-only line of leaf ranges. Each slot stores one word, keccak256(root, meta), with
/// meta = start 56 | length 40 | leaves 40 | addedIn 32 | removedIn 32 | dealId 56 (from the most significant bit on), all counts in
/// 128-byte leaves, periods absolute. A piece takes part in the proof of period q when addedIn < q and (removedIn = 0 or removedIn ≥ q).
/// Piece tree: leaf = keccak256(0x00 ‖ 128 bytes), node = keccak256(0x01 ‖ left ‖ right), depth = ceil(log2(leaf count)).
/// Challenge k of set s with seed z, k = 0 to 4: x = uint256(keccak256(abi.encode(z, s, k, attempt))) mod rest, and x counts over what is
/// left of the line. At first that is all of it, rest = total, the set's length as of the end of the proven period. When x falls on a
/// range that is dead or not yet live, this range is cut out of the line, for the later challenges too, and attempt, 0 at first, rises.
/// Proof bytes: uint8 m, then m × (slot 5 | meta 32 | root 32) for the dead ranges that were hit, then for each live piece that
/// was hit, both in rising order of position: slot 5 | meta 32 | the hit leaves in rising order, each as 128 bytes followed by the
/// siblings (32 bytes each) that it needs: it climbs to just below where it meets its right neighbour, merging with the left ones
/// on the way; shared siblings therefore appear once. Equal challenges are merged.
interface IPossessionProofs is IProofVerifier {
    /// @notice A sealed batch of bytes.
    /// @param root Merkle root over the piece's leaves.
    /// @param leafCount Number of real 128-byte leaves, rounded up.
    /// @param cidDigest SHA2-256 digest of the CIDv1 (dag-pb) root that the piece's CAR names.
    struct Piece {
        bytes32 root;
        uint40 leafCount;
        bytes32 cidDigest;
    }

    /// @notice A proving set.
    /// @dev Warning: `operator` may lag behind the registry's until `syncOperator`; `total` and `slots` include what was removed.
    /// @param provider Whose set it is.
    /// @param operator Key that may add and prove.
    /// @param market Market whose deals the set serves.
    /// @param total Length of the line, in leaves.
    /// @param slots Number of slots.
    /// @param strikes Missed periods that were reported in all.
    /// @param lastStrikePeriod Last period that was reported as missed.
    struct ProvingSet {
        address provider;
        address operator;
        address market;
        uint64 total;
        uint40 slots;
        uint32 strikes;
        uint32 lastStrikePeriod;
    }

    /// @notice Only the operator of the set's provider may do this.
    error ProofsOperatorOnly(uint256 setId, address operator, address caller);
    /// @notice The pieces were not signed by the key that the deal names.
    error ProofsSignatureInvalid(uint256 dealId, address expected, address recovered);
    /// @notice Without a signature only the piece that the request carried is taken.
    error ProofsFirstPieceMismatch(uint256 dealId, bytes32 expected, bytes32 actual);
    /// @notice A piece has no root, no leaves, or too many leaves.
    error ProofsPieceInvalid(bytes32 root, uint256 leafCount);
    /// @notice No deal has such a number: it does not fit 56 bits.
    error ProofsDealInvalid(uint256 dealId);
    /// @notice Slot, root and meta do not belong together.
    error ProofsSlotMismatch(uint256 setId, uint256 slot);
    /// @notice The slot is not free yet, or the piece does not fit. Leaves.
    error ProofsSlotUnavailable(uint256 setId, uint256 slot, uint256 length, uint256 required);
    /// @notice The piece has been removed before.
    error ProofsPieceRemoved(uint256 setId, uint256 slot, uint256 period);
    /// @notice Only the customer, the set's operator, or anyone once the deal is over, may remove a piece.
    error ProofsRemoverInvalid(uint256 setId, uint256 slot, address caller);
    /// @notice Proofs of this period are not taken now: its round is unknown, or its time is over. Unix seconds; 0 when unknown.
    error ProofsWindowClosed(uint256 period, uint256 dueAt);
    /// @notice The period has been proven.
    error ProofsPeriodProven(uint256 setId, uint256 period);
    /// @notice The proof does not show what was asked; `position` is the leaf, on the set's line, where it fails.
    error ProofsProofInvalid(uint256 setId, uint256 period, uint256 position);
    /// @notice Nothing is in the set.
    error ProofsSetEmpty(uint256 setId);
    /// @notice The set was unproven for too long and is over; open a new one.
    error ProofsSetOver(uint256 setId);
    /// @notice The set does not exist.
    error ProofsSetUnknown(uint256 setId);
    /// @notice The period cannot be reported: not over, proven, without a round, or not later than the last report.
    error ProofsMissUnproven(uint256 setId, uint256 period);

    /// @notice A provider opened a proving set for the deals of one market.
    event SetOpened(uint256 indexed setId, address indexed provider, address indexed market, address operator);
    /// @notice The set follows the provider's new operator key.
    event SetOperatorChanged(uint256 indexed setId, address indexed operator);
    /// @notice A piece entered; it is part of the proofs from the next period on.
    event PieceAdded(
        uint256 indexed setId,
        uint256 indexed slot,
        uint256 indexed dealKey,
        bytes32 root,
        bytes32 cidDigest,
        uint256 meta
    );
    /// @notice A piece leaves after the proof of `period`. `meta` is the word as it was; the slot now commits to `meta | period << 56`.
    event PieceRemoved(
        uint256 indexed setId,
        uint256 indexed slot,
        uint256 indexed dealKey,
        uint256 meta,
        uint256 period
    );
    /// @notice A period was proven over `total` leaves of line.
    event PeriodProven(uint256 indexed setId, uint256 indexed period, uint256 total);
    /// @notice A period with live pieces went unproven though its seed was known. `strikes` counts all so far.
    event PeriodMissed(uint256 indexed setId, uint256 indexed period, uint32 strikes, address indexed by);

    /// @notice Challenges per proof.
    function CHALLENGES() external view returns (uint256);
    /// @notice State of a set; zeros when it does not exist.
    function setOf(uint256 setId) external view returns (ProvingSet memory);
    /// @notice Whose set it is, and for which market's deals; zeros when it does not exist.
    function partiesOf(uint256 setId) external view returns (address provider, address market);
    /// @notice The word that commits to a slot's root and meta.
    function slotOf(uint256 setId, uint256 slot) external view returns (bytes32);
    /// @notice Whether one period was proven.
    function isProven(uint256 setId, uint256 period) external view returns (bool);
    /// @notice Length of the set's line that a proof of `period`, made in the next one, is about. Leaves.
    function totalAt(uint256 setId, uint256 period) external view returns (uint256);
    /// @notice EIP-712 hash that the deal's signer signs to add pieces.
    function hashPieces(
        address market,
        uint256 dealId,
        Piece[] calldata pieces,
        uint256 nonce
    ) external view returns (bytes32);

    /// @notice Operator of `provider` only: opens a set for the deals of `market`.
    function openSet(address provider, address market) external returns (uint32 setId);
    /// @notice Anyone: takes over the operator key that the registry names for the provider.
    function syncOperator(uint256 setId) external;
    /// @notice Operator only: appends pieces of one deal under one signature.
    /// @dev EIP-712 type: `Pieces(address market,uint256 dealId,Piece[] pieces,uint256 nonce)Piece(bytes32 root,uint40 leafCount,bytes32 cidDigest)`.
    /// @param nonce Must rise. 0 with an empty signature adds the piece that the request carried.
    function addPieces(
        uint256 setId,
        uint256 dealId,
        Piece[] calldata pieces,
        uint256 nonce,
        bytes calldata signature
    ) external;
    /// @notice Operator only: puts a piece into a slot whose piece left at least two periods ago.
    function reuseSlot(
        uint256 setId,
        uint256 slot,
        bytes32 oldRoot,
        uint256 oldMeta,
        uint256 dealId,
        Piece calldata piece,
        uint256 nonce,
        bytes calldata signature
    ) external;
    /// @notice Customer, operator, or anyone once the deal is over: the piece leaves after the proof of the current period.
    function removePiece(uint256 setId, uint256 slot, bytes32 root, uint256 meta) external;
    /// @notice Operator only, in the next period before `dueAt`: proves possession for `period`.
    function prove(uint256 setId, uint256 period, bytes calldata proof) external;
    /// @notice Anyone: counts a missed period as a strike. The named slot shows that the set was not empty.
    function reportMissed(uint256 setId, uint256 period, uint256 slot, bytes32 root, uint256 meta) external;
}
