// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IProviderRegistry
/// @notice Who the providers are, which key runs their keeper, and what they offer at which price.
interface IProviderRegistry {
    /// @notice A provider is an account; its stake, deals and earnings belong to that account.
    /// @param operator Key of the provider's keeper: accepts, adds pieces, proves. It cannot move money or stake.
    /// @param group Operator group: providers run by the same people share it. Replicas go to distinct groups.
    /// @param registeredAt Unix seconds.
    /// @param jailed No new deals while set.
    struct Provider {
        address operator;
        uint32 group;
        uint40 registeredAt;
        bool jailed;
    }

    /// @notice Capacity for sale.
    /// @dev Warning: `freeBytes` may lack stake, and an active offer may belong to a jailed provider or an inactive service:
    /// `INetworkLens.offersOf` tells what can be sold now.
    /// @param unitPrice Token base units per GiB and 30 periods.
    /// @param capacityBytes Bytes on offer in all.
    /// @param freeBytes Bytes of it that no deal holds.
    /// @param minTermPeriods Shortest term. Periods.
    /// @param active No new deals when false; running ones go on.
    struct Offer {
        address provider;
        uint32 tokenId;
        uint32 minTermPeriods;
        bool active;
        uint96 unitPrice;
        uint64 capacityBytes;
        uint64 freeBytes;
        bytes32 serviceId;
    }

    /// @notice The account is registered.
    error RegistryProviderExists(address provider);
    /// @notice The account is not registered.
    error RegistryProviderUnknown(address provider);
    /// @notice The operator key is zero.
    error RegistryOperatorInvalid(address operator);
    /// @notice The endpoint is empty or too long. Bytes.
    error RegistryEndpointInvalid(uint256 length, uint256 maxLength);
    /// @notice The offer is not the caller's.
    error RegistryOfferForeign(uint256 offerId, address provider, address caller);
    /// @notice The offer does not exist, is withdrawn, or its provider is jailed.
    error RegistryOfferUnavailable(uint256 offerId);
    /// @notice Less is free than required. Bytes.
    error RegistryCapacityInsufficient(uint256 offerId, uint256 freeBytes, uint256 requiredBytes);
    /// @notice The name or the region is too long. Bytes.
    error RegistryTextTooLong(uint256 length, uint256 maxLength);
    /// @notice The service takes no new offers. One that is not in the catalogue is refused by the catalogue.
    error RegistryServiceInactive(bytes32 serviceId);
    /// @notice The catalogue does not list the token.
    error RegistryTokenUnlisted(uint32 tokenId);
    /// @notice The price is zero.
    error RegistryPriceInvalid();
    /// @notice Only a market that governance listed may do this.
    error RegistryMarketOnly(address caller);

    /// @notice A provider entered the network.
    event ProviderRegistered(
        address indexed provider,
        address indexed operator,
        uint32 indexed group,
        string endpoint,
        string name
    );
    /// @notice The keeper's key changed.
    event OperatorChanged(address indexed provider, address indexed operator);
    /// @notice Where the keeper is reached, and what the provider calls itself.
    event EndpointChanged(address indexed provider, string endpoint, string name);
    /// @notice The provider's group changed.
    event GroupChanged(address indexed provider, uint32 indexed group);
    /// @notice No new deals while jailed.
    event JailChanged(address indexed provider, bool jailed);
    /// @notice An offer was published or changed. Token base units per GiB and 30 periods; bytes; periods.
    event OfferPublished(
        uint256 indexed offerId,
        address indexed provider,
        bytes32 indexed serviceId,
        uint32 tokenId,
        uint96 unitPrice,
        uint64 capacityBytes,
        uint32 minTermPeriods,
        string region
    );
    /// @notice Free capacity of an offer after a deal took or returned some. Bytes.
    event OfferFreeChanged(uint256 indexed offerId, uint64 freeBytes);
    /// @notice The offer takes no new deals.
    event OfferWithdrawn(uint256 indexed offerId);
    /// @notice Governance listed or unlisted a market.
    event RegistryMarketChanged(address indexed market, bool allowed);

    /// @notice A provider; zeros when it is not registered.
    function providerOf(address provider) external view returns (Provider memory);
    /// @notice Key of the provider's keeper; zero when unknown.
    function operatorOf(address provider) external view returns (address);
    /// @notice Number of providers so far.
    function providerCount() external view returns (uint256);
    /// @notice An offer; zeros when there is none of this number.
    function offerOf(uint256 offerId) external view returns (Offer memory);
    /// @notice Number of offers so far; ids start at 1.
    function offerCount() external view returns (uint256);
    /// @notice Whether governance lists a market for new deals.
    function isMarket(address market) external view returns (bool);

    /// @notice Registers the caller.
    /// @param operator Key of its keeper.
    /// @param group Operator group: any number that providers run by the same people agree on.
    /// @param endpoint URL at which the keeper is reached; not checked.
    /// @param invite `abi.encode(IInviteRegistry.Invite)`, needed while the network is by invitation; empty otherwise.
    function register(
        address operator,
        uint32 group,
        string calldata endpoint,
        string calldata name,
        bytes calldata invite
    ) external;
    /// @notice Changes the keeper's key, for deals and new proving sets.
    /// @dev Warning: open proving sets go on with the key before until `IPossessionProofs.syncOperator`.
    function setOperator(address operator) external;
    /// @notice Changes endpoint and name.
    function setEndpoint(string calldata endpoint, string calldata name) external;
    /// @notice Changes the operator group.
    function setGroup(uint32 group) external;
    /// @notice Publishes an offer of the caller.
    function publishOffer(
        bytes32 serviceId,
        uint32 tokenId,
        uint96 unitPrice,
        uint64 capacityBytes,
        uint32 minTermPeriods,
        string calldata region
    ) external returns (uint256 offerId);
    /// @notice Changes price, capacity and shortest term for new deals and for later capacity changes.
    /// @dev Capacity cannot fall below what deals hold. A withdrawn offer stays withdrawn.
    function updateOffer(
        uint256 offerId,
        uint96 unitPrice,
        uint64 capacityBytes,
        uint32 minTermPeriods,
        string calldata region
    ) external;
    /// @notice Takes an offer off the market. Running deals go on.
    function withdrawOffer(uint256 offerId) external;

    /// @notice Markets only: takes capacity out of an active offer of a provider that is not jailed.
    function takeCapacity(
        uint256 offerId,
        uint64 amountBytes
    ) external returns (address provider, bytes32 serviceId, uint96 unitPrice);
    /// @notice Markets only, also one that is not listed any more: gives capacity back. Never more than the offer has.
    function giveCapacity(uint256 offerId, uint64 amountBytes) external;
    /// @notice Governance: lists or unlists a market.
    function setMarket(address market, bool allowed) external;
    /// @notice Governance, later observers: jails or frees a provider.
    function setJailed(address provider, bool jailed) external;
}
