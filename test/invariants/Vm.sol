// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The few cheatcodes that the campaigns use.
interface Vm {
    /// @notice Sets the time of the block. Unix seconds.
    function warp(uint256 timestamp) external;
    /// @notice Makes the next call come from `sender`.
    function prank(address sender) external;
    /// @notice Signs a digest with a private key.
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    /// @notice The account of a private key.
    function addr(uint256 privateKey) external pure returns (address);
}

/// @dev Where Foundry's runner, and so Hardhat's, answers cheatcodes.
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @notice What a campaign found wrong.
error InvariantBroken(string what, uint256 expected, uint256 actual);

function requireEqual(string memory what, uint256 expected, uint256 actual) pure {
    if (expected != actual) revert InvariantBroken(what, expected, actual);
}

function requireAtMost(string memory what, uint256 most, uint256 actual) pure {
    if (actual > most) revert InvariantBroken(what, most, actual);
}

/// @notice A number between `min` and `max`, both included, that follows from a fuzzed one.
function within(uint256 seed, uint256 min, uint256 max) pure returns (uint256) {
    return min + (seed % (max - min + 1));
}
