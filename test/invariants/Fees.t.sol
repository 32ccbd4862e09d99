// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IFeeRouter } from "../../contracts/interfaces/payments/IFeeRouter.sol";
import { FeeRouter } from "../../contracts/payments/FeeRouter.sol";
import { FeesHandler } from "./FeesHandler.t.sol";
import { requireAtMost, requireEqual, VM } from "./Vm.sol";

/// @notice The router under any sequence of fees, collections, sales and changes of its share.
/// @dev Seen to fail on: a lot that is not cleared when it is sold, a price that ignores the floor, `waiting` that is kept when a lot
/// opens, an insured share that is counted twice, a sale that is not counted, the next share taken before its delay.
contract FeesTest {
    FeesHandler private _handler;

    function setUp() public {
        _handler = new FeesHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_feesAreInsuredOrSoldAndWhatIsPaidForThemIsBurned() public view {
        uint256 burned;
        for (uint32 tokenId = 1; tokenId <= 3; ++tokenId) burned += _checkToken(tokenId);
        FeeRouter router = _handler.router();
        uint256 counted;
        for (uint64 epoch; epoch <= router.currentEpoch(); ++epoch) {
            requireEqual("burned in an epoch = naive", _handler.burnedIn(epoch), router.burnedIn(epoch));
            uint256 perToken;
            for (uint32 tokenId = 1; tokenId <= 3; ++tokenId) perToken += router.saleOf(epoch, tokenId).burned;
            requireEqual("burned in an epoch = sum over tokens", perToken, router.burnedIn(epoch));
            counted += perToken;
        }
        requireEqual("burned = naive", burned, counted);
        requireEqual("supply = first - burned", _handler.everAtFirst() - burned, _handler.ever().totalSupply());
    }

    /// @notice However a run ends: everything can be sold, and nothing but an insured share is left anywhere.
    function afterInvariant() public {
        FeeRouter router = _handler.router();
        address buyer = _handler.BUYER();
        uint256 floor = _handler.FLOOR();
        for (uint32 tokenId = 1; tokenId <= 3; ++tokenId) {
            for (uint256 i; i < 3; ++i) {
                router.collect(tokenId);
                VM.warp(block.timestamp + 31 * _handler.HALF_LIFE());
                IFeeRouter.Lot memory lot = router.lotOf(tokenId);
                if (lot.amount == 0) continue;
                VM.prank(buyer);
                router.buy(tokenId, lot.lotId, floor, buyer);
            }
            requireEqual("nothing stays", 0, _handler.ledger().balanceOf(address(router), tokenId));
        }
    }

    function _checkToken(uint32 tokenId) private view returns (uint256 burned) {
        FeesHandler.Book memory book = _handler.bookOf(tokenId);
        FeeRouter router = _handler.router();
        IFeeRouter.Lot memory lot = router.lotOf(tokenId);
        uint256 held = _handler.ledger().balanceOf(address(router), tokenId);
        requireEqual("held = paid - insured - sold", book.paid - book.insured - book.sold, held);
        requireEqual(
            "for sale = collected - insured - sold",
            book.collected - book.insured - book.sold,
            uint256(lot.amount) + lot.waiting
        );
        uint256 price = router.priceOf(tokenId);
        if (lot.amount == 0) requireEqual("no lot, no price", 0, price);
        else requireAtMost("the floor holds", price, _handler.FLOOR());
        requireAtMost("no price above the start", lot.startPrice, price);
        return book.burned;
    }
}
