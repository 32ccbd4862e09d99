// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ILedger } from "../../../contracts/interfaces/payments/ILedger.sol";
import { ChannelsHandler } from "../ChannelsHandler.t.sol";
import { FeesHandler } from "../FeesHandler.t.sol";
import { MarketHandler } from "../MarketHandler.t.sol";
import { MoneyPathHandler } from "../MoneyPathHandler.t.sol";
import { StakeHandler } from "../StakeHandler.t.sol";
import { Deployed, Deployment } from "./Deployment.t.sol";

/// @notice What the campaign over everything is made of: the handlers of the single campaigns, over one deployment.
abstract contract Actors is Deployed {
    MoneyPathHandler public money;
    ChannelsHandler public usage;
    MarketHandler public deals;
    StakeHandler public stake;
    FeesHandler public fees;
}

/// @notice Sees whether something changed what customers and providers agreed on, or moved their money.
abstract contract LiveDeals {
    /// @dev How many of the youngest deals and channels of each kind are compared; the older ones are mostly over.
    uint256 private constant _YOUNGEST = 4;

    Actors internal _actors;
    Deployment internal _deployment;

    constructor() {
        _actors = Actors(msg.sender);
        _deployment = _actors.deployment();
    }

    /// @dev A digest of terms, earnings, locks and balances of deals and channels, at this moment.
    function _digest() internal view returns (bytes32 digest) {
        MarketHandler deals = _actors.deals();
        uint256 count = _deployment.market().dealCount();
        for (uint256 id = count; id != 0 && id + _YOUNGEST > count; --id) {
            uint256 dealKey = _deployment.payments().dealKeyOf(address(_deployment.market()), id);
            digest = keccak256(abi.encode(digest, _deployment.market().dealOf(id), _streamDigest(dealKey)));
        }
        MoneyPathHandler money = _actors.money();
        count = money.dealCount();
        for (uint256 i = count; i != 0 && i + _YOUNGEST > count; --i) {
            digest = keccak256(abi.encode(digest, _streamDigest(money.keyOf(i - 1))));
        }
        count = _deployment.channels().channelCount();
        for (uint256 id = count; id != 0 && id + _YOUNGEST > count; --id) {
            ILedger.Lock memory lock = _deployment.ledger().lockOf(address(_deployment.channels()), id);
            digest = keccak256(abi.encode(digest, _deployment.channels().channelOf(id), lock));
        }
        digest = keccak256(abi.encode(digest, _balanceOf(deals.CUSTOMER(), 1), _balanceOf(deals.PROVIDER(), 1)));
        for (uint256 i; i < 4; ++i) digest = keccak256(abi.encode(digest, _balanceOf(money.accounts(i), 2)));
        for (uint256 i; i < 4; ++i) digest = keccak256(abi.encode(digest, _balanceOf(_actors.usage().accounts(i), 3)));
    }

    function _balanceOf(address account, uint32 tokenId) internal view returns (uint256) {
        return _deployment.ledger().balanceOf(account, tokenId);
    }

    function _streamDigest(uint256 dealKey) private view returns (bytes32) {
        ILedger.Lock memory lock = _deployment.ledger().lockOf(address(_deployment.payments()), dealKey);
        return keccak256(abi.encode(_deployment.payments().streamOf(dealKey), lock));
    }
}
