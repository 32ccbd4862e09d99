// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealMarket } from "../../contracts/interfaces/market/IDealMarket.sol";
import { IDealPayments } from "../../contracts/interfaces/payments/IDealPayments.sol";
import { IProviderRegistry } from "../../contracts/interfaces/registry/IProviderRegistry.sol";
import { IStakeVault } from "../../contracts/interfaces/staking/IStakeVault.sol";
import { IPossessionProofs } from "../../contracts/interfaces/verification/IPossessionProofs.sol";
import { MetaWord } from "../../contracts/libraries/MetaWord.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { DealMarket } from "../../contracts/market/DealMarket.sol";
import { DealPayments } from "../../contracts/payments/DealPayments.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { ProviderRegistry } from "../../contracts/registry/ProviderRegistry.sol";
import { ServiceCatalog } from "../../contracts/registry/ServiceCatalog.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { EverToken } from "../../contracts/token/EverToken.sol";
import { PossessionProofs } from "../../contracts/verification/PossessionProofs.sol";
import { RandomBeacon } from "../../contracts/verification/RandomBeacon.sol";
import { BeaconRounds } from "./BeaconRounds.t.sol";
import { Deployed, Deployment } from "./network/Deployment.t.sol";
import { Handler, InvariantBroken, requireRefusal, VM, within } from "./Vm.sol";

/// @notice One customer and one provider at the real market, on the real contracts, with real proofs, and governance that closes and opens
/// everything. Each deal's only piece is one leaf. What is refused by an error that it may meet changes nothing and is no call; any other
/// refusal is a finding.
contract MarketHandler is Handler {
    using BeaconRounds for RandomBeacon;
    using MetaWord for uint256;

    /// @dev What the naive book knows of a deal. Prices as in an offer; `earned` in token base units × byte-periods, at most.
    struct Book {
        uint256 mostPrice;
        uint256 earned;
    }

    uint256 public constant PERIOD_SECONDS = 100;
    uint64 public constant OFFER_BYTES = 100 * 2 ** 30;
    uint64 public constant MOST_BYTES = 8 * 2 ** 30;
    uint256 public constant LEAF_BYTES = 128;
    uint256 public constant MOST_DEALS = 24;
    uint256 public constant DEPOSITED = 1e20;
    bytes32 public constant SERVICE = keccak256("hosting");
    address public constant CUSTOMER = address(0xC5);
    address public constant PROVIDER = address(0xA5);
    address public constant OPERATOR = address(0xA6);
    uint32 public constant TOKEN = 1;

    /// @dev Errors that a call may meet, their selectors in a row. The deal is not in a state, or at a time, for it.
    bytes private constant _NOT_NOW = bytes.concat(
        IDealMarket.MarketStatusInvalid.selector,
        IDealMarket.MarketDeadline.selector
    );
    /// @dev No such deal, it is not in a state for it, or its last period has begun.
    bytes private constant _NOT_RUNNING = bytes.concat(
        IDealMarket.MarketCallerInvalid.selector,
        IDealMarket.MarketStatusInvalid.selector,
        IDealPayments.PaymentsStreamInactive.selector
    );
    /// @dev Governance took the market or its provider out, or a slash its stake; or all that is offered is rented.
    bytes private constant _UNBACKED = bytes.concat(
        IProviderRegistry.RegistryMarketOnly.selector,
        IProviderRegistry.RegistryOfferUnavailable.selector,
        IProviderRegistry.RegistryCapacityInsufficient.selector,
        IStakeVault.StakeMarketOnly.selector,
        IStakeVault.StakeInsufficient.selector
    );

    // Not immutable: the runner knows a contract by its code, which immutables change; and only of files named .t.sol.
    PlainToken public token;
    Ledger public ledger;
    ServiceCatalog public catalog;
    ProviderRegistry public registry;
    StakeVault public vault;
    DealPayments public payments;
    PossessionProofs public proofs;
    RandomBeacon public beacon;
    DealMarket public market;
    uint256 public offerId;
    uint32 private _setId;
    address private _administrator;
    mapping(uint256 dealId => Book) private _books;
    /// @dev Of the pieces of the set, in the order of their slots and of the line.
    uint256[] private _metas;

    constructor() {
        Deployment deployment = Deployed(msg.sender).deployment();
        (token, ledger, catalog) = (deployment.tokens(TOKEN - 1), deployment.ledger(), deployment.catalog());
        (registry, vault, payments) = (deployment.registry(), deployment.vault(), deployment.payments());
        (proofs, beacon, market) = (deployment.proofs(), deployment.beacon(), deployment.market());
        _administrator = address(deployment.timelock());
        _furnish(deployment);
    }

    function request(uint256 seed, uint256 capacity, uint256 term) external counted {
        VM.assume(market.dealCount() < MOST_DEALS);
        IDealMarket.Request memory asked;
        asked.replicas = 1;
        asked.proofClass = 1;
        asked.offerId = uint32(offerId);
        asked.tokenId = TOKEN;
        asked.capacityBytes = uint64(within(capacity, 2 ** 30, MOST_BYTES));
        asked.termPeriods = uint32(within(term, 1, 20));
        asked.maxUnitPrice = type(uint96).max;
        asked.payments = address(payments);
        asked.verifier = address(proofs);
        asked.firstPiece = piece();
        // Governance may have closed the service or the token, or allow shorter terms only.
        bytes memory errors = bytes.concat(
            IDealMarket.MarketOfferUnavailable.selector,
            IDealMarket.MarketTermInvalid.selector,
            IProviderRegistry.RegistryCapacityInsufficient.selector
        );
        _do(CUSTOMER, abi.encodeCall(market.request, (asked)), errors);
        uint256 dealId = market.dealCount();
        _books[dealId].mostPrice = registry.offerOf(offerId).unitPrice;
        if (seed % 2 == 0) return; // half of the deals start at once
        VM.prank(OPERATOR);
        try market.accept(dealId, _setId) {
            if (seed % 4 != 3) _addFirst(dealId);
        } catch (bytes memory reason) {
            requireRefusal(reason, _UNBACKED); // governance may not let it start now
        }
    }

    function accept(uint256 seed) external counted {
        uint256 dealId = _pick(seed >> 1);
        _do(OPERATOR, abi.encodeCall(market.accept, (dealId, _setId)), bytes.concat(_NOT_NOW, _UNBACKED));
        if (seed % 2 == 0) _addFirst(dealId);
    }

    function decline(uint256 seed) external counted {
        _do(OPERATOR, abi.encodeCall(market.decline, (_pick(seed))), _NOT_RUNNING);
    }

    function cancel(uint256 seed) external counted {
        _do(CUSTOMER, abi.encodeCall(market.cancel, (_pick(seed))), _NOT_RUNNING);
    }

    function expire(uint256 seed) external counted {
        _do(address(this), abi.encodeCall(market.expire, (_pick(seed))), _NOT_NOW);
    }

    function renew(uint256 seed, uint256 periods) external counted {
        bytes memory errors = bytes.concat(_NOT_RUNNING, IDealMarket.MarketTermInvalid.selector);
        _do(CUSTOMER, abi.encodeCall(market.renew, (_pick(seed), uint32(within(periods, 0, 20)))), errors);
    }

    function changeCapacity(uint256 seed, uint256 capacity) external counted {
        uint256 dealId = _pick(seed);
        uint64 capacityBytes = uint64(within(capacity, 0, 2 * MOST_BYTES));
        bytes memory errors = bytes.concat(_NOT_RUNNING, _UNBACKED, IDealPayments.PaymentsCapacityExceeded.selector);
        _do(CUSTOMER, abi.encodeCall(market.changeCapacity, (dealId, capacityBytes, type(uint96).max)), errors);
        _books[dealId].mostPrice = Math.max(_books[dealId].mostPrice, registry.offerOf(offerId).unitPrice);
    }

    function giveNotice(uint256 seed) external counted {
        _do(PROVIDER, abi.encodeCall(market.giveNotice, (_pick(seed))), _NOT_RUNNING);
    }

    function end(uint256 seed) external counted {
        _do(CUSTOMER, abi.encodeCall(market.end, (_pick(seed))), _NOT_RUNNING);
    }

    function endAbandoned(uint256 seed) external counted {
        uint256 dealId = _pick(seed);
        VM.assume(payments.streamOf(payments.dealKeyOf(address(market), dealId)).liveBytes != 0);
        // Periods begin, their rounds become known, and nobody proves them.
        for (uint256 i; i < 5; ++i) {
            VM.warp(beacon.endOf(beacon.currentPeriod()));
            _record(beacon.currentPeriod() - 1, seed);
        }
        bytes memory errors = bytes.concat(_NOT_RUNNING, IDealMarket.MarketNotAbandoned.selector);
        _do(address(this), abi.encodeCall(market.endAbandoned, (dealId)), errors);
    }

    function finish(uint256 seed) external counted {
        bytes memory errors = bytes.concat(_NOT_NOW, IDealPayments.PaymentsNotOver.selector);
        _do(address(this), abi.encodeCall(market.finish, (_pick(seed))), errors);
    }

    /// @notice Anyone settles, sweeps or closes the payments of a deal, without the market.
    function settle(uint256 seed) external counted {
        uint256 dealKey = payments.dealKeyOf(address(market), _pick(seed >> 2));
        bytes memory data = abi.encodeCall(payments.settle, (dealKey));
        if (seed % 4 == 0) data = abi.encodeCall(payments.close, (dealKey));
        bytes memory errors = bytes.concat(_NOT_RUNNING, IDealPayments.PaymentsNotOver.selector);
        _try(address(this), address(payments), data, errors);
        payments.sweepFee(dealKey);
    }

    function updateOffer(uint256 price) external counted {
        VM.prank(PROVIDER);
        registry.updateOffer(offerId, uint96(within(price, 1, 1e14)), OFFER_BYTES, 1, "");
    }

    /// @notice Governance closes or opens the network to the market and its provider.
    function govern(uint256 seed) external counted {
        bool isOpen = (seed >> 2) % 4 != 0;
        VM.prank(_administrator);
        if (seed % 4 == 0) registry.setMarket(address(market), isOpen);
        else if (seed % 4 == 1) vault.setMarket(address(market), isOpen);
        else if (seed % 4 == 2) registry.setJailed(PROVIDER, !isOpen);
        else catalog.setToken(TOKEN, isOpen);
    }

    /// @notice The round of the previous period becomes known, whether or not anybody proves it.
    function recordRound(uint256 seed) external counted {
        _record(proofs.currentPeriod() - 1, seed);
    }

    /// @notice Proves the previous period, when no piece entered in it.
    function prove(uint256 seed) external counted {
        uint256 period = proofs.currentPeriod() - 1;
        uint256 total = proofs.totalAt(_setId, period);
        VM.assume(total != 0 && _metas[total - 1].isLive(period) && !proofs.isProven(_setId, period));
        (bytes32 known, uint40 dueAt) = beacon.roundOf(period);
        if (dueAt == 0) (known, dueAt) = _record(period, seed);
        VM.assume(block.timestamp < dueAt);
        bytes memory proof = _proofOf(known, total);
        VM.prank(OPERATOR);
        try proofs.prove(_setId, period, proof) {} catch (bytes memory reason) {
            // A set that skipped too long a time is over.
            VM.assume(bytes4(reason) != IPossessionProofs.ProofsSetOver.selector);
            revert InvariantBroken("a good proof is taken", 0, uint32(bytes4(reason)));
        }
        for (uint256 slot; slot < total; ++slot) {
            uint256 dealId = _metas[slot].dealId();
            if (period >= payments.streamOf(payments.dealKeyOf(address(market), dealId)).endPeriod) continue;
            _books[dealId].earned += _books[dealId].mostPrice * LEAF_BYTES;
        }
    }

    function reportMissed(uint256 seed) external counted {
        VM.assume(_metas.length != 0);
        uint256 slot = seed % _metas.length;
        uint256 period = proofs.currentPeriod() - 1;
        (, uint40 dueAt) = beacon.roundOf(period);
        if (dueAt == 0) (, dueAt) = _record(period, seed);
        if (block.timestamp < dueAt) VM.warp(dueAt);
        bytes memory data = abi.encodeCall(proofs.reportMissed, (_setId, period, slot, piece().root, _metas[slot]));
        _try(address(this), address(proofs), data, bytes.concat(IPossessionProofs.ProofsMissUnproven.selector));
    }

    /// @notice Begins a new set, now and then; deals of the old one cannot add to it any more.
    function openSet(uint256 seed) external counted {
        VM.assume(seed % 16 == 0);
        _openSet();
    }

    function wait(uint256 span) external counted {
        VM.warp(block.timestamp + within(span, 1, span % 8 == 0 ? 20 * PERIOD_SECONDS : 2 * PERIOD_SECONDS));
    }

    function bookOf(uint256 dealId) external view returns (Book memory) {
        return _books[dealId];
    }

    function piece() public pure returns (IPossessionProofs.Piece memory) {
        bytes32 leaf = keccak256(abi.encodePacked(hex"00", new bytes(LEAF_BYTES)));
        return IPossessionProofs.Piece({ root: leaf, leafCount: 1, cidDigest: "cid" });
    }

    function _furnish(Deployment deployment) private {
        EverToken ever = deployment.ever();
        token.mint(CUSTOMER, DEPOSITED);
        deployment.fund(PROVIDER, 1_000 ether);
        VM.prank(CUSTOMER);
        token.approve(address(ledger), type(uint256).max);
        VM.prank(CUSTOMER);
        ledger.deposit(CUSTOMER, TOKEN, DEPOSITED);
        VM.prank(CUSTOMER);
        ledger.approveOperator(address(payments), address(market), TOKEN, type(uint128).max, type(uint64).max);
        bytes memory invite = deployment.inviteFor(PROVIDER, 0);
        VM.prank(PROVIDER);
        registry.register(OPERATOR, 1, "https://provider.example", "", invite);
        VM.prank(PROVIDER);
        ever.approve(address(vault), type(uint256).max);
        VM.prank(PROVIDER);
        vault.stake(1_000 ether);
        VM.prank(PROVIDER);
        vault.allocate(SERVICE, 60 ether);
        VM.prank(PROVIDER);
        offerId = registry.publishOffer(SERVICE, TOKEN, 1e12, OFFER_BYTES, 1, "");
        _openSet();
    }

    function _openSet() private {
        delete _metas;
        VM.prank(OPERATOR);
        _setId = proofs.openSet(PROVIDER, address(market));
    }

    function _addFirst(uint256 dealId) private {
        IPossessionProofs.Piece[] memory pieces = new IPossessionProofs.Piece[](1);
        pieces[0] = piece();
        VM.prank(OPERATOR);
        try proofs.addPieces(_setId, dealId, pieces, 0, "") {
            _metas.push(MetaWord.encode(_metas.length, 1, proofs.currentPeriod(), dealId));
        } catch (bytes memory reason) {
            // A set that skipped too long a time is over.
            requireRefusal(reason, bytes.concat(IPossessionProofs.ProofsSetOver.selector));
        }
    }

    function _record(uint256 period, uint256 seed) private returns (bytes32 known, uint40 dueAt) {
        (, dueAt) = beacon.roundOf(period);
        uint256 latestAt = beacon.endOf(period) + PERIOD_SECONDS - beacon.PROOF_WINDOW_SECONDS();
        VM.assume(dueAt == 0 && block.timestamp <= latestAt);
        beacon.record(period, keccak256(abi.encode(seed)));
        return beacon.roundOf(period);
    }

    /// @dev Every piece is its own leaf, and all are live: slot and position are one number.
    function _proofOf(bytes32 known, uint256 total) private view returns (bytes memory proof) {
        bool[] memory isAsked = new bool[](total);
        for (uint256 k; k < proofs.CHALLENGES(); ++k) {
            isAsked[uint256(keccak256(abi.encode(known, uint256(_setId), k, uint256(0)))) % total] = true;
        }
        proof = hex"00";
        for (uint256 slot; slot < total; ++slot) {
            if (isAsked[slot]) proof = abi.encodePacked(proof, uint40(slot), _metas[slot], new bytes(LEAF_BYTES));
        }
    }

    function _do(address account, bytes memory data, bytes memory errors) private {
        _try(account, address(market), data, errors);
    }

    /// @dev What is refused by one of these errors is no call.
    function _try(address account, address target, bytes memory data, bytes memory errors) private {
        VM.prank(account);
        (bool isDone, bytes memory reason) = target.call(data);
        if (!isDone) requireRefusal(reason, errors);
        VM.assume(isDone);
    }

    /// @dev One of the last deals, which are the ones that still move. Ask before a prank: this call would use it up.
    function _pick(uint256 seed) private view returns (uint256) {
        uint256 count = market.dealCount();
        return count < 5 ? within(seed, 0, count) : count - (seed % 5);
    }
}
