// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IDealMarket } from "../../contracts/interfaces/market/IDealMarket.sol";
import { IPossessionProofs } from "../../contracts/interfaces/verification/IPossessionProofs.sol";
import { PlainToken } from "../../contracts/mocks/PlainToken.sol";
import { DealMarket } from "../../contracts/market/DealMarket.sol";
import { DealPayments } from "../../contracts/payments/DealPayments.sol";
import { Ledger } from "../../contracts/payments/Ledger.sol";
import { InviteRegistry } from "../../contracts/registry/InviteRegistry.sol";
import { IInviteRegistry } from "../../contracts/interfaces/registry/IInviteRegistry.sol";
import { ProviderRegistry } from "../../contracts/registry/ProviderRegistry.sol";
import { ServiceCatalog } from "../../contracts/registry/ServiceCatalog.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { PossessionProofs } from "../../contracts/verification/PossessionProofs.sol";
import { RandomBeacon } from "../../contracts/verification/RandomBeacon.sol";
import { VM, within } from "./Vm.sol";

/// @notice One customer and one provider at the real market, on the real contracts, and governance that closes and opens everything.
/// What is refused changes nothing, so calls may fail here.
contract MarketHandler {
    uint256 public constant PERIOD_SECONDS = 100;
    uint256 public constant ACCEPT_SECONDS = 150;
    uint64 public constant OFFER_BYTES = 100 * 2 ** 30;
    uint64 public constant MOST_BYTES = 8 * 2 ** 30;
    bytes32 public constant SERVICE = keccak256("hosting");
    address public constant CUSTOMER = address(0xC1);
    address public constant PROVIDER = address(0xA1);
    address public constant OPERATOR = address(0xA2);
    uint32 public constant TOKEN = 1;

    // Not immutable: the runner knows a contract by its code, which immutables change; and only of files named .t.sol.
    PlainToken public token = new PlainToken();
    PlainToken public ever = new PlainToken();
    Ledger public ledger = new Ledger(address(0xFEE5), 1_000);
    ServiceCatalog public catalog;
    ProviderRegistry public registry;
    StakeVault public vault;
    DealPayments public payments;
    PossessionProofs public proofs;
    DealMarket public market;

    constructor() {
        VM.warp(1_800_000_000);
        uint256 originAt = block.timestamp - 50 * PERIOD_SECONDS;
        AccessManager manager = new AccessManager(address(this));
        InviteRegistry invites = new InviteRegistry(address(manager));
        RandomBeacon beacon = new RandomBeacon(originAt, PERIOD_SECONDS, 40, 20);
        catalog = new ServiceCatalog(address(manager));
        registry = new ProviderRegistry(invites, catalog, address(manager));
        vault = new StakeVault(address(ever), 1_000, 60, address(manager));
        payments = new DealPayments(ledger, 2, originAt, PERIOD_SECONDS);
        proofs = new PossessionProofs(beacon, payments, ledger, registry);
        market = new DealMarket(
            DealMarket.Parts(ledger, payments, proofs, beacon, registry, catalog, vault),
            ACCEPT_SECONDS,
            3,
            2
        );
        ledger.registerToken(address(token));
        catalog.setToken(TOKEN, true);
        catalog.setService("hosting", 2 ** 30, 1 ether, 1, 100, 1_000, true);
        registry.setMarket(address(market), true);
        vault.setMarket(address(market), true);
        invites.setGate(address(registry));
        invites.setPhase(IInviteRegistry.Phase.Open);
        _furnish();
    }

    function request(uint256 seed, uint256 capacity, uint256 term) external {
        IDealMarket.Request memory asked;
        asked.replicas = 1;
        asked.proofClass = 1;
        asked.offerId = 1;
        asked.tokenId = TOKEN;
        asked.capacityBytes = uint64(within(capacity, 2 ** 30, MOST_BYTES));
        asked.termPeriods = uint32(within(term, 1, 20));
        asked.maxUnitPrice = type(uint96).max;
        asked.payments = address(payments);
        asked.verifier = address(proofs);
        asked.firstPiece = piece();
        VM.prank(CUSTOMER);
        uint256 dealId = market.request(asked);
        if (seed % 4 == 0) return; // most deals start at once
        VM.prank(OPERATOR);
        try market.accept(dealId, 1) {
            if (seed % 2 == 0) _addFirst(dealId);
        } catch {} // governance may not let it start now
    }

    function accept(uint256 seed) external {
        uint256 dealId = _pick(seed);
        VM.prank(OPERATOR);
        market.accept(dealId, 1);
        if (seed % 2 == 0) _addFirst(dealId);
    }

    function answer(uint256 seed) external {
        uint256 dealId = _pick(seed >> 1);
        VM.prank(seed % 2 == 0 ? OPERATOR : CUSTOMER);
        if (seed % 2 == 0) market.decline(dealId);
        else market.cancel(dealId);
    }

    function expire(uint256 seed) external {
        market.expire(_pick(seed));
    }

    function renew(uint256 seed, uint256 periods) external {
        uint256 dealId = _pick(seed);
        VM.prank(CUSTOMER);
        market.renew(dealId, uint32(within(periods, 0, 20)));
    }

    function changeCapacity(uint256 seed, uint256 capacity) external {
        uint256 dealId = _pick(seed);
        VM.prank(CUSTOMER);
        market.changeCapacity(dealId, uint64(within(capacity, 0, 2 * MOST_BYTES)), type(uint96).max);
    }

    function end(uint256 seed) external {
        uint256 dealId = _pick(seed >> 1);
        VM.prank(seed % 2 == 0 ? PROVIDER : CUSTOMER);
        if (seed % 2 == 0) market.giveNotice(dealId);
        else market.end(dealId);
    }

    function endAbandoned(uint256 seed) external {
        market.endAbandoned(_pick(seed));
    }

    function close(uint256 seed) external {
        payments.close(payments.dealKeyOf(address(market), _pick(seed)));
    }

    function finish(uint256 seed) external {
        market.finish(_pick(seed));
    }

    function updateOffer(uint256 price) external {
        VM.prank(PROVIDER);
        registry.updateOffer(1, uint96(within(price, 1, 1e6)), OFFER_BYTES, 1, "");
    }

    /// @notice Governance closes or opens the network to the market and its provider.
    function govern(uint256 seed) external {
        bool open = (seed >> 2) % 4 != 0;
        if (seed % 4 == 0) registry.setMarket(address(market), open);
        else if (seed % 4 == 1) vault.setMarket(address(market), open);
        else if (seed % 4 == 2) registry.setJailed(PROVIDER, !open);
        else catalog.setToken(TOKEN, open);
    }

    function wait(uint256 span) external {
        VM.warp(block.timestamp + within(span, 1, span % 8 == 0 ? 20 * PERIOD_SECONDS : 2 * PERIOD_SECONDS));
    }

    function piece() public pure returns (IPossessionProofs.Piece memory) {
        return IPossessionProofs.Piece({ root: "root", leafCount: 8, cidDigest: "cid" });
    }

    function _furnish() private {
        token.mint(CUSTOMER, 1e15);
        ever.mint(PROVIDER, 1_000 ether);
        VM.prank(CUSTOMER);
        token.approve(address(ledger), type(uint256).max);
        VM.prank(CUSTOMER);
        ledger.deposit(CUSTOMER, TOKEN, 1e15);
        VM.prank(CUSTOMER);
        ledger.approveOperator(address(payments), address(market), TOKEN, type(uint128).max, type(uint64).max);
        VM.prank(PROVIDER);
        registry.register(OPERATOR, 1, "https://provider.example", "", "");
        VM.prank(PROVIDER);
        ever.approve(address(vault), type(uint256).max);
        VM.prank(PROVIDER);
        vault.stake(1_000 ether);
        VM.prank(PROVIDER);
        vault.allocate(SERVICE, 60 ether);
        VM.prank(PROVIDER);
        registry.publishOffer(SERVICE, TOKEN, 20_000, OFFER_BYTES, 1, "");
        VM.prank(OPERATOR);
        proofs.openSet(PROVIDER, address(market));
    }

    function _addFirst(uint256 dealId) private {
        IPossessionProofs.Piece[] memory pieces = new IPossessionProofs.Piece[](1);
        pieces[0] = piece();
        VM.prank(OPERATOR);
        proofs.addPieces(1, dealId, pieces, 0, "");
    }

    /// @dev One of the last deals, which are the ones that still move. Ask before a prank: this call would use it up.
    function _pick(uint256 seed) private view returns (uint256) {
        uint256 count = market.dealCount();
        return count < 5 ? within(seed, 0, count) : count - (seed % 5);
    }
}
