// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IInviteRegistry } from "../interfaces/registry/IInviteRegistry.sol";
import { IProviderRegistry } from "../interfaces/registry/IProviderRegistry.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { MarketListing, MarketListings } from "../libraries/MarketListing.sol";

/// @title ProviderRegistry
/// @notice Who the providers are, which key runs their keeper, and what they offer at which price.
contract ProviderRegistry is AccessManaged, IProviderRegistry {
    using MarketListings for MarketListing;

    /// @notice Longest endpoint. Bytes.
    uint256 public constant MAX_ENDPOINT_BYTES = 256;
    /// @notice Longest name or region. Bytes.
    uint256 public constant MAX_TEXT_BYTES = 64;

    /// @notice Who lets providers in.
    IInviteRegistry public immutable INVITES;
    /// @notice The services and tokens that offers may name.
    IServiceCatalog public immutable CATALOG;

    /// @inheritdoc IProviderRegistry
    uint256 public providerCount;
    /// @inheritdoc IProviderRegistry
    uint256 public offerCount;
    mapping(address provider => Provider) private _providers;
    mapping(uint256 offerId => Offer) private _offers;
    mapping(address market => MarketListing) private _markets;

    /// @param invites Who lets providers in.
    /// @param catalog The services and tokens that offers may name.
    /// @param authority AccessManager that says who may list markets and jail.
    constructor(IInviteRegistry invites, IServiceCatalog catalog, address authority) AccessManaged(authority) {
        INVITES = invites;
        CATALOG = catalog;
    }

    /// @inheritdoc IProviderRegistry
    function providerOf(address provider) external view returns (Provider memory) {
        return _providers[provider];
    }

    /// @inheritdoc IProviderRegistry
    function operatorOf(address provider) external view returns (address) {
        return _providers[provider].operator;
    }

    /// @inheritdoc IProviderRegistry
    function offerOf(uint256 offerId) external view returns (Offer memory) {
        return _offers[offerId];
    }

    /// @inheritdoc IProviderRegistry
    function isMarket(address market) external view returns (bool) {
        return _markets[market] == MarketListing.Listed;
    }

    /// @inheritdoc IProviderRegistry
    function register(
        address operator,
        uint32 group,
        string calldata endpoint,
        string calldata name,
        bytes calldata invite
    ) external {
        if (_providers[msg.sender].operator != address(0)) revert RegistryProviderExists(msg.sender);
        _requireOperator(operator);
        _requireEndpoint(endpoint, name);

        _providers[msg.sender] = Provider({
            operator: operator,
            group: group,
            registeredAt: uint40(block.timestamp),
            jailed: false
        });
        ++providerCount;
        emit ProviderRegistered(msg.sender, operator, group, endpoint, name);
        INVITES.admit(msg.sender, invite);
    }

    /// @inheritdoc IProviderRegistry
    function setOperator(address operator) external {
        _requireOperator(operator);
        _requireProvider(msg.sender).operator = operator;
        emit OperatorChanged(msg.sender, operator);
    }

    /// @inheritdoc IProviderRegistry
    function setEndpoint(string calldata endpoint, string calldata name) external {
        _requireProvider(msg.sender);
        _requireEndpoint(endpoint, name);
        emit EndpointChanged(msg.sender, endpoint, name);
    }

    /// @inheritdoc IProviderRegistry
    function setGroup(uint32 group) external {
        _requireProvider(msg.sender).group = group;
        emit GroupChanged(msg.sender, group);
    }

    /// @inheritdoc IProviderRegistry
    function publishOffer(
        bytes32 serviceId,
        uint32 tokenId,
        uint96 unitPrice,
        uint64 capacityBytes,
        uint32 minTermPeriods,
        string calldata region
    ) external returns (uint256 offerId) {
        _requireProvider(msg.sender);
        _requireSale(unitPrice, region);
        if (!CATALOG.serviceOf(serviceId).active) revert RegistryServiceInactive(serviceId);
        if (!CATALOG.isTokenListed(tokenId)) revert RegistryTokenUnlisted(tokenId);

        offerId = ++offerCount;
        _offers[offerId] = Offer({
            provider: msg.sender,
            tokenId: tokenId,
            minTermPeriods: minTermPeriods,
            active: true,
            unitPrice: unitPrice,
            capacityBytes: capacityBytes,
            freeBytes: capacityBytes,
            serviceId: serviceId
        });
        _emitPublished(offerId, region);
    }

    /// @inheritdoc IProviderRegistry
    function updateOffer(
        uint256 offerId,
        uint96 unitPrice,
        uint64 capacityBytes,
        uint32 minTermPeriods,
        string calldata region
    ) external {
        Offer storage offer = _requireOwnOffer(offerId);
        _requireSale(unitPrice, region);
        uint64 heldBytes = offer.capacityBytes - offer.freeBytes;
        if (capacityBytes < heldBytes) revert RegistryCapacityInsufficient(offerId, capacityBytes, heldBytes);

        offer.unitPrice = unitPrice;
        offer.capacityBytes = capacityBytes;
        offer.freeBytes = capacityBytes - heldBytes;
        offer.minTermPeriods = minTermPeriods;
        _emitPublished(offerId, region);
        emit OfferFreeChanged(offerId, capacityBytes - heldBytes);
    }

    /// @inheritdoc IProviderRegistry
    function withdrawOffer(uint256 offerId) external {
        _requireOwnOffer(offerId).active = false;
        emit OfferWithdrawn(offerId);
    }

    /// @inheritdoc IProviderRegistry
    function takeCapacity(
        uint256 offerId,
        uint64 amountBytes
    ) external returns (address provider, bytes32 serviceId, uint96 unitPrice) {
        if (_markets[msg.sender] != MarketListing.Listed) revert RegistryMarketOnly(msg.sender);
        Offer storage offer = _offers[offerId];
        provider = offer.provider;
        if (!offer.active || _providers[provider].jailed) revert RegistryOfferUnavailable(offerId);
        uint64 freeBytes = offer.freeBytes;
        unitPrice = offer.unitPrice;
        if (freeBytes < amountBytes) revert RegistryCapacityInsufficient(offerId, freeBytes, amountBytes);

        serviceId = offer.serviceId;
        offer.freeBytes = freeBytes - amountBytes;
        emit OfferFreeChanged(offerId, freeBytes - amountBytes);
    }

    /// @inheritdoc IProviderRegistry
    function giveCapacity(uint256 offerId, uint64 amountBytes) external {
        if (_markets[msg.sender] == MarketListing.None) revert RegistryMarketOnly(msg.sender);
        Offer storage offer = _offers[offerId];
        (uint64 capacityBytes, uint64 freeBytes) = (offer.capacityBytes, offer.freeBytes);
        freeBytes = amountBytes < capacityBytes - freeBytes ? freeBytes + amountBytes : capacityBytes;
        offer.freeBytes = freeBytes;
        emit OfferFreeChanged(offerId, freeBytes);
    }

    /// @inheritdoc IProviderRegistry
    function setMarket(address market, bool allowed) external restricted {
        _markets[market] = _markets[market].changed(allowed);
        emit RegistryMarketChanged(market, allowed);
    }

    /// @inheritdoc IProviderRegistry
    function setJailed(address provider, bool jailed) external restricted {
        _requireProvider(provider).jailed = jailed;
        emit JailChanged(provider, jailed);
    }

    function _emitPublished(uint256 offerId, string calldata region) private {
        Offer storage offer = _offers[offerId];
        emit OfferPublished(
            offerId,
            offer.provider,
            offer.serviceId,
            offer.tokenId,
            offer.unitPrice,
            offer.capacityBytes,
            offer.minTermPeriods,
            region
        );
    }

    function _requireProvider(address provider) private view returns (Provider storage found) {
        found = _providers[provider];
        if (found.operator == address(0)) revert RegistryProviderUnknown(provider);
    }

    function _requireOwnOffer(uint256 offerId) private view returns (Offer storage offer) {
        offer = _offers[offerId];
        if (offer.provider != msg.sender) revert RegistryOfferForeign(offerId, offer.provider, msg.sender);
        if (!offer.active) revert RegistryOfferUnavailable(offerId);
    }

    function _requireOperator(address operator) private pure {
        if (operator == address(0)) revert RegistryOperatorInvalid(operator);
    }

    function _requireEndpoint(string calldata endpoint, string calldata name) private pure {
        uint256 length = bytes(endpoint).length;
        if (length == 0 || length > MAX_ENDPOINT_BYTES) revert RegistryEndpointInvalid(length, MAX_ENDPOINT_BYTES);
        _requireText(name);
    }

    function _requireSale(uint96 unitPrice, string calldata region) private pure {
        if (unitPrice == 0) revert RegistryPriceInvalid();
        _requireText(region);
    }

    function _requireText(string calldata text) private pure {
        uint256 length = bytes(text).length;
        if (length > MAX_TEXT_BYTES) revert RegistryTextTooLong(length, MAX_TEXT_BYTES);
    }
}
