// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealMarket } from "../interfaces/market/IDealMarket.sol";
import { IProviderRegistry } from "../interfaces/registry/IProviderRegistry.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";
import { PieceProof } from "./PieceProof.sol";

/// @title DealRequests
/// @notice Which requests a market of mode pick with one replica serves. Refuses with the market's errors.
library DealRequests {
    /// @dev Proof class of `PossessionProofs`.
    uint8 private constant _POSSESSION = 1;
    uint256 private constant _LEAF_BYTES = PieceProof.LEAF_BYTES;

    /// @notice Refuses what this version does not serve, and other contracts than the market's own.
    /// @param payments The market's `DealPayments`.
    /// @param verifier The market's judge of the proofs.
    function requireServed(IDealMarket.Request memory request, address payments, address verifier) internal pure {
        if (request.mode != IDealMarket.Mode.Pick) {
            revert IDealMarket.MarketUnsupported("mode", uint256(request.mode));
        }
        if (request.replicas != 1) revert IDealMarket.MarketUnsupported("replicas", request.replicas);
        if (request.proofClass != _POSSESSION) revert IDealMarket.MarketUnsupported("proofClass", request.proofClass);
        if (request.bounty != 0) revert IDealMarket.MarketUnsupported("bounty", request.bounty);
        if (request.payments != payments) {
            revert IDealMarket.MarketPinMismatch("payments", payments, request.payments);
        }
        if (request.verifier != verifier) {
            revert IDealMarket.MarketPinMismatch("verifier", verifier, request.verifier);
        }
        IPossessionProofs.Piece memory piece = request.firstPiece;
        uint256 pieceBytes = piece.leafCount * _LEAF_BYTES;
        if (piece.root == 0 || pieceBytes == 0 || pieceBytes > request.capacityBytes) {
            revert IDealMarket.MarketFirstPieceInvalid(request.capacityBytes, pieceBytes);
        }
    }

    /// @notice Refuses what the offer does not sell now.
    /// @return feeBps Protocol fee of the deal. Basis points.
    function requireOffered(
        IDealMarket.Request memory request,
        IProviderRegistry.Offer memory offer,
        IServiceCatalog catalog
    ) internal view returns (uint16 feeBps) {
        uint8 proofClass;
        uint256 maxTerm;
        (proofClass, feeBps, maxTerm) = catalog.dealTermsOf(offer.serviceId, offer.tokenId);
        if (!offer.active || proofClass != _POSSESSION) revert IDealMarket.MarketOfferUnavailable(request.offerId);
        if (request.tokenId != offer.tokenId) revert IDealMarket.MarketUnsupported("tokenId", request.tokenId);
        if (offer.unitPrice > request.maxUnitPrice) {
            revert IDealMarket.MarketPriceTooHigh(request.maxUnitPrice, offer.unitPrice);
        }
        uint256 term = request.termPeriods;
        if (term == 0 || term < offer.minTermPeriods || term > maxTerm) {
            revert IDealMarket.MarketTermInvalid(Math.max(offer.minTermPeriods, 1), maxTerm, term);
        }
        if (request.capacityBytes > offer.freeBytes) {
            revert IProviderRegistry.RegistryCapacityInsufficient(
                request.offerId,
                offer.freeBytes,
                request.capacityBytes
            );
        }
    }

    /// @notice keccak256(abi.encode(piece)).
    /// @dev A struct of three words lies in memory as it is encoded.
    function hashOf(IPossessionProofs.Piece memory piece) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(piece, 96)
        }
    }
}
