// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IFeeRouter } from "../../contracts/interfaces/payments/IFeeRouter.sol";
import { FeeRouter } from "../../contracts/payments/FeeRouter.sol";
import { RewardPool } from "../../contracts/staking/RewardPool.sol";
import { RewardsHandler } from "./RewardsHandler.t.sol";
import { requireAtMost, requireEqual } from "./Vm.sol";

/// @notice Rewards under any sequence of fees, records, sales and claims.
/// @dev Seen to fail on: fees that stay after a claim, an emission of all that was burned, a division by what was sold or by what was
/// recorded alone, fees recorded without remembering them, a schedule that never halves, claims of the running epoch.
contract RewardsTest {
    RewardsHandler private _handler;

    function setUp() public {
        _handler = new RewardsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: invariant.runs = 40
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.fail-on-revert = true
    function invariant_rewardsAreWithinWhatWasBurnedAndPaid() public view {
        FeeRouter router = _handler.router();
        uint256 emitted;
        for (uint64 epoch; epoch <= router.currentEpoch(); ++epoch) emitted += _checkEpoch(router, epoch);
        requireAtMost("emitted <= 0.9 of burned", (_handler.burned() * 9) / 10, emitted);
        requireEqual("supply = first - burned + emitted", 1e27 - _handler.burned() + emitted, _supply());
        uint256 rewarded;
        for (uint256 i; i < 3; ++i) {
            address provider = _handler.providers(i);
            requireEqual("rewarded = naive", _handler.rewardedOf(provider), _handler.vault().rewardedOf(provider));
            rewarded += _handler.rewardedOf(provider);
        }
        requireEqual("all that was emitted is in the vault", emitted, rewarded);
        requireEqual("the vault holds it", emitted, _handler.ever().balanceOf(address(_handler.vault())));
    }

    /// @dev What was claimed for the epoch so far.
    function _checkEpoch(FeeRouter router, uint64 epoch) private view returns (uint256 emitted) {
        RewardPool pool = _handler.pool();
        emitted = _handler.emittedFor(epoch);
        uint256 due;
        for (uint32 tokenId = 1; tokenId <= 2; ++tokenId) {
            requireEqual("recorded = naive", _handler.recordedIn(epoch, tokenId), pool.recordedIn(epoch, tokenId));
            IFeeRouter.Sale memory sale = router.saleOf(epoch, tokenId);
            for (uint256 i; i < 3; ++i) {
                address provider = _handler.providers(i);
                uint256 fees = pool.feesOf(provider, epoch, tokenId);
                requireEqual("fees = naive", _handler.feesOf(provider, epoch, tokenId), fees);
                uint256 reward = pool.rewardOf(provider, epoch, tokenId);
                due += reward;
                requireAtMost(
                    "reward <= 0.9 of the fees at the prices of the sales",
                    9 * fees * sale.burned,
                    10 * reward * sale.sold
                );
            }
        }
        requireAtMost("emitted and due <= schedule", _scheduleOf(epoch + 1), emitted + due);
        requireAtMost("emitted and due <= 0.9 of burned", (router.burnedIn(epoch) * 9) / 10, emitted + due);
    }

    function _scheduleOf(uint64 epoch) private view returns (uint256) {
        return _handler.FIRST_EMISSION() / 2 ** (epoch / _handler.HALVING_EPOCHS());
    }

    function _supply() private view returns (uint256) {
        return _handler.ever().totalSupply();
    }
}
