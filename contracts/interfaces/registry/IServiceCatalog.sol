// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IServiceCatalog
/// @notice The classes of resource and their bounded parameters, and the payment tokens that markets take.
/// @dev Parameters are read when a deal is requested or accepted and bind that deal for life; a change serves new deals only.
interface IServiceCatalog {
    /// @notice A service.
    /// @param unitBytes Amount that one unit of price and stake is about; 2^30 for storage.
    /// @param stakePerUnit EVER base units that back one unit.
    /// @param proofClass How delivery is judged; 1 is possession.
    /// @param feeBps Protocol fee in basis points, within `MAX_FEE_BPS`.
    /// @param maxTermPeriods Longest term. Periods.
    /// @param changedAt Unix seconds of the last change of `stakePerUnit`.
    /// @param active No new offers and deals when false.
    struct Service {
        uint64 unitBytes;
        uint96 stakePerUnit;
        uint8 proofClass;
        uint16 feeBps;
        uint32 maxTermPeriods;
        uint40 changedAt;
        bool active;
    }

    /// @notice The service is not in the catalogue.
    error CatalogServiceUnknown(bytes32 serviceId);
    /// @notice A parameter is outside its hard bound.
    error CatalogParameterInvalid(bytes32 parameter, uint256 value, uint256 min, uint256 max);
    /// @notice `stakePerUnit` may change by at most a quarter in 30 days. Unix seconds.
    error CatalogChangeTooSoon(bytes32 serviceId, uint256 earliestAt);

    /// @notice A service was added or changed.
    event ServiceChanged(
        bytes32 indexed serviceId,
        string name,
        uint64 unitBytes,
        uint96 stakePerUnit,
        uint8 proofClass,
        uint16 feeBps,
        uint32 maxTermPeriods,
        bool active
    );
    /// @notice A payment token was listed or unlisted for new deals.
    event TokenListed(uint32 indexed tokenId, bool listed);

    /// @notice Highest fee. Basis points.
    function MAX_FEE_BPS() external view returns (uint16);
    /// @notice A service; reverts when unknown.
    function serviceOf(bytes32 serviceId) external view returns (Service memory);
    /// @notice Whether new deals may be paid in a token.
    function isTokenListed(uint32 tokenId) external view returns (bool);
    /// @notice What a new deal of a service in a token is bound to, as in `Service`; zeros when there can be none, because the service is
    /// unknown or inactive, the token is not listed, or new entries are paused.
    function dealTermsOf(
        bytes32 serviceId,
        uint32 tokenId
    ) external view returns (uint8 proofClass, uint16 feeBps, uint32 maxTermPeriods);
    /// @notice EVER base units that must back an amount, rounded up to a multiple of 10^12.
    function stakeFor(bytes32 serviceId, uint256 amountBytes) external view returns (uint128);
    /// @notice Governance: adds or changes a service. Its id is keccak256 of the name.
    function setService(
        string calldata name,
        uint64 unitBytes,
        uint96 stakePerUnit,
        uint8 proofClass,
        uint16 feeBps,
        uint32 maxTermPeriods,
        bool active
    ) external returns (bytes32 serviceId);
    /// @notice Governance: lists or unlists a token of the ledger.
    /// @dev What is taken on trust of a listed token, since no contract can check it:
    /// - What the ledger holds of it falls by the ledger's own transfers only: no rebasing, no burning or clawing back by others.
    /// Otherwise the ledger owes more than it has, and whoever withdraws last gets nothing.
    /// - Its decimals do not change: prices are in base units.
    /// And what the ledger bears, at the token's own risk:
    /// - A fee on transfers: a deposit credits what arrived, a withdrawal delivers less than it takes from the balance.
    /// - Pauses and block lists: deposits and withdrawals fail meanwhile; locks, payments and refunds between balances go on.
    /// - Calls back to the ledger in a transfer: they are refused.
    function setToken(uint32 tokenId, bool listed) external;
}
