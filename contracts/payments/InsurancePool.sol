// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../interfaces/payments/IDealPayments.sol";
import { IInsurancePool } from "../interfaces/payments/IInsurancePool.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { PaidFees } from "../libraries/PaidFees.sol";

/// @title InsurancePool
/// @notice Holds the insured share of the fees, in the tokens in which they were paid.
/// @dev Whatever tokens are here belong to the pool, gifts too. A token is called last, when everything is counted.
contract InsurancePool is AccessManaged, IInsurancePool {
    using SafeERC20 for IERC20;

    /// @dev What a bucket held at a moment. Token base units; Unix seconds.
    struct Bucket {
        uint208 level;
        uint48 filledAt;
    }

    /// @inheritdoc IInsurancePool
    uint256 public constant MAX_FEE_MULTIPLE = 10;
    /// @inheritdoc IInsurancePool
    uint256 public constant BUCKET_BPS = 250;
    /// @inheritdoc IInsurancePool
    uint256 public constant WINDOW_SECONDS = 30 days;
    uint256 private constant _MAX_BPS = 10_000;

    /// @notice The payments whose deals are insured.
    IDealPayments public immutable PAYMENTS;
    /// @notice Where their locks are.
    ILedger public immutable LEDGER;

    /// @inheritdoc IInsurancePool
    mapping(uint256 dealKey => uint256) public paidOf;
    mapping(uint32 tokenId => Bucket) private _buckets;

    /// @param payments The payments whose deals are insured.
    /// @param ledger Where their locks are.
    /// @param authority AccessManager that says who may compensate.
    constructor(IDealPayments payments, ILedger ledger, address authority) AccessManaged(authority) {
        PAYMENTS = payments;
        LEDGER = ledger;
    }

    /// @inheritdoc IInsurancePool
    function compensate(uint256 dealKey, uint128 amount, uint128 damages, bytes32 caseId) external restricted {
        (ILedger.Lock memory lock, uint256 most) = _limitOf(dealKey, damages);
        if (amount == 0 || amount > most) revert InsuranceLimitExceeded(dealKey, most, amount);
        (uint256 level, uint256 room) = _bucketOf(lock.tokenId);
        if (amount > room) revert InsuranceLimitExceeded(dealKey, room, amount);

        paidOf[dealKey] += amount;
        _buckets[lock.tokenId] = Bucket(uint208(level + amount), uint48(block.timestamp));
        emit Compensated(dealKey, caseId, lock.payer, lock.tokenId, amount, damages);
        IERC20(LEDGER.tokenOf(lock.tokenId)).safeTransfer(lock.payer, amount);
    }

    /// @inheritdoc IInsurancePool
    function payableFor(uint256 dealKey, uint256 damages) external view returns (uint256) {
        (ILedger.Lock memory lock, uint256 most) = _limitOf(dealKey, damages);
        if (most == 0) return 0;
        (, uint256 room) = _bucketOf(lock.tokenId);
        return Math.min(most, room);
    }

    /// @dev What the deal alone allows: its proven payments less what was made good, within the multiple of its fees.
    function _limitOf(uint256 dealKey, uint256 damages) private view returns (ILedger.Lock memory lock, uint256 most) {
        IDealPayments.Stream memory stream;
        uint256 fees;
        (lock, stream, fees) = PaidFees.ofDeal(PAYMENTS, LEDGER, dealKey);
        uint256 unpaid = Math.saturatingSub(stream.released, damages);
        most = Math.saturatingSub(Math.min(unpaid, fees * MAX_FEE_MULTIPLE), paidOf[dealKey]);
    }

    /// @dev What the bucket of a token still holds, and how much more it takes.
    function _bucketOf(uint32 tokenId) private view returns (uint256 level, uint256 room) {
        uint256 held = Math.min(IERC20(LEDGER.tokenOf(tokenId)).balanceOf(address(this)), type(uint128).max);
        uint256 capacity = (held * BUCKET_BPS) / _MAX_BPS;
        Bucket storage bucket = _buckets[tokenId];
        uint256 emptied = (capacity * (block.timestamp - bucket.filledAt)) / WINDOW_SECONDS;
        level = Math.saturatingSub(bucket.level, emptied);
        room = Math.saturatingSub(capacity, level);
    }
}
