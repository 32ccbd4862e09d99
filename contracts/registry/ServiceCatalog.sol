// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IEntryGate } from "../interfaces/governance/IEntryGate.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { EntryPause } from "../libraries/EntryPause.sol";

/// @title ServiceCatalog
/// @notice The services and their bounded parameters.
contract ServiceCatalog is AccessManaged, IServiceCatalog, IEntryGate {
    /// @dev `Service` in one word: a term never exceeds `MAX_TERM_PERIODS`, so that 24 bits hold it.
    struct PackedService {
        uint64 unitBytes;
        uint96 stakePerUnit;
        uint8 proofClass;
        uint16 feeBps;
        uint24 maxTermPeriods;
        uint40 changedAt;
        bool active;
    }

    /// @dev Tokens of lower numbers are listed bit by bit in `_entry`.
    uint256 private constant _PACKED_TOKENS = 216;
    /// @inheritdoc IServiceCatalog
    /// @dev Our choice: 5 %, the hard bound of `DealPayments` too.
    uint16 public constant MAX_FEE_BPS = 500;
    /// @notice Longest term that a service may allow. Periods: ten years of days.
    uint32 public constant MAX_TERM_PERIODS = 3_660;
    /// @notice Steps in which markets reserve stake; also the least stake per unit. EVER base units.
    uint96 public constant STAKE_STEP = 1e12;
    /// @notice Most stake per unit. EVER base units.
    uint96 public constant MAX_STAKE_PER_UNIT = 1_000_000 ether;
    /// @notice Largest unit. Bytes.
    uint64 public constant MAX_UNIT_BYTES = 2 ** 50;
    /// @notice Longest name of a service. Bytes.
    uint256 public constant MAX_NAME_BYTES = 64;
    /// @notice Span between two changes of `stakePerUnit`. Seconds.
    uint256 public constant STAKE_CHANGE_SECONDS = 30 days;

    mapping(bytes32 serviceId => PackedService) private _services;
    /// @dev Listed tokens in the lower 216 bits, and in the upper 40 the moment until which nothing new begins: one read tells both, so
    /// that the pause costs a request nothing.
    uint256 private _entry;
    /// @dev Anyone may number tokens in the ledger, so that a listed one can have a higher number.
    mapping(uint32 tokenId => bool) private _listedBeyond;

    /// @param authority AccessManager that says who may change the catalogue.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IServiceCatalog
    function serviceOf(bytes32 serviceId) external view returns (Service memory) {
        PackedService storage service = _requireService(serviceId);
        return
            Service({
                unitBytes: service.unitBytes,
                stakePerUnit: service.stakePerUnit,
                proofClass: service.proofClass,
                feeBps: service.feeBps,
                maxTermPeriods: service.maxTermPeriods,
                changedAt: service.changedAt,
                active: service.active
            });
    }

    /// @inheritdoc IServiceCatalog
    function dealTermsOf(
        bytes32 serviceId,
        uint32 tokenId
    ) external view returns (uint8 proofClass, uint16 feeBps, uint32 maxTermPeriods) {
        PackedService storage service = _services[serviceId];
        uint256 entry = _entry;
        // All of the service before the first branch, so that the compiler loads its word once.
        bool active = service.active;
        (proofClass, feeBps, maxTermPeriods) = (service.proofClass, service.feeBps, service.maxTermPeriods);
        if (!active || !_isListed(entry, tokenId) || block.timestamp < entry >> _PACKED_TOKENS) return (0, 0, 0);
    }

    /// @inheritdoc IServiceCatalog
    function isTokenListed(uint32 tokenId) external view returns (bool) {
        return _isListed(_entry, tokenId);
    }

    /// @inheritdoc IEntryGate
    function entriesPausedUntil() external view returns (uint40) {
        return uint40(_entry >> _PACKED_TOKENS);
    }

    /// @inheritdoc IServiceCatalog
    function stakeFor(bytes32 serviceId, uint256 amountBytes) external view returns (uint128) {
        PackedService storage service = _requireService(serviceId);
        uint256 steps = Math.ceilDiv(amountBytes * service.stakePerUnit, uint256(service.unitBytes) * STAKE_STEP);
        return SafeCast.toUint128(steps * STAKE_STEP);
    }

    /// @inheritdoc IServiceCatalog
    function setService(
        string calldata name,
        uint64 unitBytes,
        uint96 stakePerUnit,
        uint8 proofClass,
        uint16 feeBps,
        uint32 maxTermPeriods,
        bool active
    ) external restricted returns (bytes32 serviceId) {
        _requireWithin("name", bytes(name).length, 1, MAX_NAME_BYTES);
        _requireWithin("proofClass", proofClass, 1, type(uint8).max);
        _requireWithin("feeBps", feeBps, 0, MAX_FEE_BPS);
        _requireWithin("maxTermPeriods", maxTermPeriods, 1, MAX_TERM_PERIODS);

        serviceId = keccak256(bytes(name));
        PackedService storage service = _services[serviceId];
        if (service.unitBytes == 0) {
            _requireWithin("unitBytes", unitBytes, 1, MAX_UNIT_BYTES);
            _requireWithin("stakePerUnit", stakePerUnit, STAKE_STEP, MAX_STAKE_PER_UNIT);
            (service.unitBytes, service.changedAt) = (unitBytes, uint40(block.timestamp));
        } else {
            // Another unit would be another way to change the stake per byte.
            _requireWithin("unitBytes", unitBytes, service.unitBytes, service.unitBytes);
            if (stakePerUnit != service.stakePerUnit) _requireSlowChange(serviceId, service, stakePerUnit);
        }
        service.stakePerUnit = stakePerUnit;
        service.proofClass = proofClass;
        service.feeBps = feeBps;
        service.maxTermPeriods = uint24(maxTermPeriods);
        service.active = active;
        emit ServiceChanged(serviceId, name, unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods, active);
    }

    /// @inheritdoc IServiceCatalog
    function setToken(uint32 tokenId, bool listed) external restricted {
        if (tokenId < _PACKED_TOKENS) {
            uint256 bit = 1 << tokenId;
            _entry = listed ? _entry | bit : _entry & ~bit;
        } else {
            _listedBeyond[tokenId] = listed;
        }
        emit TokenListed(tokenId, listed);
    }

    /// @inheritdoc IEntryGate
    function pauseEntries(uint40 until) external restricted {
        EntryPause.requireWithin(until);
        _entry = (uint256(until) << _PACKED_TOKENS) | uint216(_entry);
        emit EntriesPaused(until);
    }

    function _isListed(uint256 entry, uint32 tokenId) private view returns (bool) {
        return tokenId < _PACKED_TOKENS ? (entry >> tokenId) & 1 == 1 : _listedBeyond[tokenId];
    }

    /// @dev Our choice (protocol, "Stake, rewards, votes"): no vote can make running providers' stake worthless for new deals at once.
    function _requireSlowChange(bytes32 serviceId, PackedService storage service, uint96 stakePerUnit) private {
        uint256 earliestAt = service.changedAt + STAKE_CHANGE_SECONDS;
        if (block.timestamp < earliestAt) revert CatalogChangeTooSoon(serviceId, earliestAt);
        uint256 current = service.stakePerUnit;
        uint256 least = Math.max(current - current / 4, STAKE_STEP);
        _requireWithin("stakePerUnit", stakePerUnit, least, Math.min(current + current / 4, MAX_STAKE_PER_UNIT));
        service.changedAt = uint40(block.timestamp);
    }

    function _requireService(bytes32 serviceId) private view returns (PackedService storage service) {
        service = _services[serviceId];
        if (service.unitBytes == 0) revert CatalogServiceUnknown(serviceId);
    }

    function _requireWithin(bytes32 parameter, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert CatalogParameterInvalid(parameter, value, min, max);
    }
}
