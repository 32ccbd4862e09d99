// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessControl } from "@openzeppelin/contracts/access/AccessControl.sol";
import { Ownable } from "@openzeppelin/contracts/access/Ownable.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { PlantedHook } from "./PlantedHook.sol";

/// @title PlantedAuthority
/// @notice For tests: a back door of each kind, and doors that are open to everybody.
contract PlantedAuthority is PlantedHook, AccessManaged, Ownable, AccessControl, ReentrancyGuardTransient {
    error PlantedOnly(address caller);

    address private immutable _THIEF;
    bool private _done;
    mapping(address account => bool) private _friends;
    mapping(address account => uint256) private _balances;

    modifier onlyThief() {
        _requireThief();
        _;
    }

    constructor(address authority, address thief) AccessManaged(authority) Ownable(thief) {
        _THIEF = thief;
    }

    function byManager() external restricted {
        _done = true;
    }

    function byOwner() external onlyOwner {
        _done = true;
    }

    function byRole() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _done = true;
    }

    function byModifier() external onlyThief {
        _done = true;
    }

    function byComparison() external {
        if (msg.sender != _THIEF) revert PlantedOnly(msg.sender);
        _done = true;
    }

    function byHelper() external {
        _requireThief();
        _done = true;
    }

    function byAlias() external {
        address caller = _msgSender();
        if (_THIEF == caller) _done = true;
    }

    function byArgument() external {
        _requireFriend(msg.sender);
        _done = true;
    }

    function byFlag() external {
        if (_friends[msg.sender]) _done = true;
    }

    function open() external nonReentrant {
        _balances[msg.sender] += 1;
        if (_balances[msg.sender] == 7) _done = true;
    }

    function named(address account) external {
        if (account == _THIEF) _done = true;
    }

    function isDone() external view returns (bool) {
        return msg.sender == _THIEF && _done;
    }

    function _requireAllowed(address account) internal view override {
        if (account != _THIEF) revert PlantedOnly(account);
    }

    function _requireThief() private view {
        if (msg.sender != _THIEF) revert PlantedOnly(msg.sender);
    }

    function _requireFriend(address account) private view {
        if (!_friends[account]) revert PlantedOnly(account);
    }
}
