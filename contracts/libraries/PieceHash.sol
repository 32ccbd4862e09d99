// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";

/// @title PieceHash
/// @notice EIP-712 struct hashes of what a deal's signer signs to add pieces.
/// @dev Source: EIP-712, `hashStruct` and the encoding of arrays.
library PieceHash {
    bytes32 private constant _PIECE_TYPEHASH = keccak256("Piece(bytes32 root,uint40 leafCount,bytes32 cidDigest)");
    bytes32 private constant _PIECES_TYPEHASH = keccak256(
        "Pieces(address market,uint256 dealId,Piece[] pieces,uint256 nonce)Piece(bytes32 root,uint40 leafCount,bytes32 cidDigest)"
    );

    /// @notice Struct hash of the whole request; `piecesHash` is `hashAll` or `hashOne` of its pieces.
    function request(
        address market,
        uint256 dealId,
        bytes32 piecesHash,
        uint256 nonce
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(_PIECES_TYPEHASH, market, dealId, piecesHash, nonce));
    }

    /// @notice Hash of a list of pieces.
    /// @dev Warning: hashes the fields as they lie in calldata; the caller has read them, and with it checked their size.
    function hashAll(IPossessionProofs.Piece[] calldata pieces) internal pure returns (bytes32 hash) {
        bytes32 pieceType = _PIECE_TYPEHASH;
        assembly ("memory-safe") {
            let piece := mload(0x40)
            let hashes := add(piece, 0x80)
            mstore(piece, pieceType)
            for {
                let i := 0
            } lt(i, pieces.length) {
                i := add(i, 1)
            } {
                calldatacopy(add(piece, 0x20), add(pieces.offset, mul(i, 0x60)), 0x60)
                mstore(add(hashes, shl(5, i)), keccak256(piece, 0x80))
            }
            hash := keccak256(hashes, shl(5, pieces.length))
        }
    }

    /// @notice Hash of a list of one piece.
    function hashOne(IPossessionProofs.Piece calldata piece) internal pure returns (bytes32) {
        bytes32 hash = keccak256(abi.encode(_PIECE_TYPEHASH, piece.root, piece.leafCount, piece.cidDigest));
        return keccak256(abi.encode(hash));
    }
}
