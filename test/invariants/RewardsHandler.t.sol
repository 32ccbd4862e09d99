// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IFeeRouter } from "../../contracts/interfaces/payments/IFeeRouter.sol";
import { PaymentsDouble } from "../../contracts/mocks/PaymentsDouble.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { StakeRewardsDouble } from "../../contracts/mocks/StakeRewardsDouble.sol";
import { FeeRouter } from "../../contracts/payments/FeeRouter.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { RewardPool } from "../../contracts/staking/RewardPool.sol";
import { EverToken } from "../../contracts/token/EverToken.sol";
import { requireEqual, VM, within } from "./Vm.sol";

/// @notice Lets everybody do everything, in place of an access manager.
contract Authority {
    function canCall(address, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (true, 0);
    }
}

/// @notice Four deals of three providers pay fees in two tokens. They are recorded or not, sold or not, and rewards are claimed, in every
/// order. What the deals pay and what comes to be sold are unrelated here, so that each can be skewed against the other. Everything it
/// does must succeed, so a call that reverts is a finding too.
contract RewardsHandler {
    uint256 public constant HALF_LIFE = 100;
    uint256 public constant EPOCH = 5_000;
    uint128 public constant FLOOR = 1e18;
    uint128 public constant FIRST_EMISSION = 1e24;
    uint64 public constant HALVING_EPOCHS = 3;
    uint256 private constant _ORIGIN = 1_800_000_000;
    address private constant _BUYER = address(0xB1);

    EverToken public ever;
    FeeRouter public router;
    RewardPool public pool;
    StakeRewardsDouble public vault;
    Ledger private _ledger;
    PaymentsDouble private _payments = new PaymentsDouble();
    address[3] public providers = [address(0xA1), address(0xA2), address(0xA3)];
    uint256 public burned;

    mapping(uint256 dealKey => uint256) private _paid;
    mapping(uint256 dealKey => uint256) private _counted;
    /// @notice What the naive book says that was recorded and not claimed yet. Token base units.
    mapping(address provider => mapping(uint64 epoch => mapping(uint32 tokenId => uint256))) public feesOf;
    /// @notice What was recorded in an epoch. Token base units.
    mapping(uint64 epoch => mapping(uint32 tokenId => uint256)) public recordedIn;
    /// @notice What was claimed for an epoch. EVER base units.
    mapping(uint64 epoch => uint256) public emittedFor;
    /// @notice What was claimed for a provider. EVER base units.
    mapping(address provider => uint256) public rewardedOf;

    constructor() {
        VM.warp(_ORIGIN);
        Authority authority = new Authority();
        address[] memory holders = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (holders[0], amounts[0]) = (_BUYER, 1e27);
        ever = new EverToken(holders, amounts, address(authority));
        router = new FeeRouter(address(ever), _ORIGIN, EPOCH, HALF_LIFE, FLOOR, 0, 2_000, address(authority));
        _ledger = new Ledger(address(router), 1);
        router.connect(_ledger, address(0x1515));
        vault = new StakeRewardsDouble(IERC20(address(ever)));
        address double = address(_payments);
        pool = new RewardPool(
            RewardPool.Parts(address(ever), address(router), double, double, double, address(vault)),
            FIRST_EMISSION,
            HALVING_EPOCHS
        );
        for (uint256 i; i < 2; ++i) {
            PlainToken token = new PlainToken();
            _ledger.registerToken(address(token));
            token.mint(address(this), 1e30);
            token.approve(address(_ledger), type(uint256).max);
        }
        for (uint256 dealKey = 1; dealKey <= 4; ++dealKey) {
            _payments.setDeal(dealKey, address(this), providers[dealKey % 3], uint32(1 + (dealKey % 2)));
        }
        VM.prank(_BUYER);
        ever.approve(address(router), type(uint256).max);
    }

    /// @notice A deal pays fees, little or much.
    function payFee(uint256 seed, uint256 amount) external {
        uint256 dealKey = 1 + (seed % 4);
        _paid[dealKey] += within(amount, 0, (seed >> 8) % 4 == 0 ? 3 : 1e12);
        _payments.setPaid(dealKey, 0, uint96(_paid[dealKey]));
    }

    function record(uint256 seed) external {
        uint256 dealKey = 1 + (seed % 4);
        uint256 fresh = _paid[dealKey] - _counted[dealKey];
        requireEqual("what is new is recorded", fresh, pool.recordDeal(dealKey));
        _counted[dealKey] = _paid[dealKey];
        (uint64 epoch, uint32 tokenId) = (_epoch(), uint32(1 + (dealKey % 2)));
        recordedIn[epoch][tokenId] += fresh;
        feesOf[providers[dealKey % 3]][epoch][tokenId] += fresh;
    }

    /// @notice Something is for sale from now on.
    function supply(uint256 seed, uint256 amount) external {
        uint32 tokenId = uint32(1 + (seed % 2));
        _ledger.deposit(address(router), tokenId, within(amount, 1, (seed >> 8) % 4 == 0 ? 3 : 1e12));
        router.collect(tokenId);
    }

    function buy(uint256 seed) external {
        uint32 tokenId = uint32(1 + (seed % 2));
        IFeeRouter.Lot memory lot = router.lotOf(tokenId);
        uint256 price = router.priceOf(tokenId);
        if (lot.amount == 0 || price > ever.balanceOf(_BUYER) / 8) return;
        burned += price;
        VM.prank(_BUYER);
        router.buy(tokenId, lot.lotId, price, _BUYER);
    }

    function claim(uint256 seed) external {
        uint64 running = _epoch();
        if (running == 0) return;
        uint64 epoch = uint64((seed >> 16) % running);
        if (seed % 2 == 0) epoch = running - 1;
        address provider = providers[(seed >> 8) % 3];
        uint32 tokenId = uint32(1 + ((seed >> 12) % 2));
        uint256 expected = pool.rewardOf(provider, epoch, tokenId);
        if (expected == 0) return;
        requireEqual("a claim is what was shown", expected, pool.claim(provider, epoch, tokenId));
        emittedFor[epoch] += expected;
        rewardedOf[provider] += expected;
        feesOf[provider][epoch][tokenId] = 0;
        requireEqual("nothing is due twice", 0, pool.rewardOf(provider, epoch, tokenId));
    }

    /// @notice Nothing is claimed of an epoch that still runs, whatever was recorded and sold in it.
    function claimTooSoon(uint256 seed) external {
        address provider = providers[seed % 3];
        (bool succeeded, ) = address(pool).call(
            abi.encodeCall(pool.claim, (provider, _epoch(), uint32(1 + ((seed >> 8) % 2))))
        );
        requireEqual("the running epoch pays nothing", 0, succeeded ? 1 : 0);
    }

    function wait(uint256 span) external {
        VM.warp(block.timestamp + within(span, 1, span % 4 == 0 ? 31 * HALF_LIFE : 5 * HALF_LIFE));
    }

    function _epoch() private view returns (uint64) {
        return uint64((block.timestamp - _ORIGIN) / EPOCH);
    }
}
