// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The few cheatcodes that the campaigns use.
interface Vm {
    /// @notice Sets the time of the block. Unix seconds.
    function warp(uint256 timestamp) external;
    /// @notice Sets the height of the block.
    function roll(uint256 height) external;
    /// @notice Sets the hash of one of the last 256 blocks.
    function setBlockhash(uint256 height, bytes32 hash) external;
    /// @notice Discards the running call when the condition does not hold: it counts neither as a call nor as a revert.
    function assume(bool condition) external pure;
    /// @notice Makes the next call come from `sender`.
    function prank(address sender) external;
    /// @notice Sets an account's coin. Wei.
    function deal(address account, uint256 amountWei) external;
    /// @notice Signs a digest with a private key.
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    /// @notice The account of a private key.
    function addr(uint256 privateKey) external pure returns (address);
}

/// @dev Where Foundry's runner, and so Hardhat's, answers cheatcodes.
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @notice What a campaign found wrong.
error InvariantBroken(string what, uint256 expected, uint256 actual);

/// @notice Functions of a contract, as the runner asks for them.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice What the campaigns call. A function that cannot do anything now discards its call by `VM.assume`, so that what is counted was done.
abstract contract Handler {
    /// @notice Calls that were done.
    uint256 public calls;

    modifier counted() {
        _;
        ++calls;
    }
}

function requireEqual(string memory what, uint256 expected, uint256 actual) pure {
    if (expected != actual) revert InvariantBroken(what, expected, actual);
}

function requireAtMost(string memory what, uint256 most, uint256 actual) pure {
    if (actual > most) revert InvariantBroken(what, most, actual);
}

/// @notice Fails unless a call was refused by one of these errors, whose selectors stand in a row: any other refusal is a finding.
function requireRefusal(bytes memory reason, bytes memory errors) pure {
    uint32 selector = uint32(bytes4(reason));
    for (uint256 i; i < errors.length; i += 4) {
        uint256 named;
        assembly ("memory-safe") {
            named := shr(224, mload(add(add(errors, 32), i)))
        }
        if (selector == named) return;
    }
    revert InvariantBroken("a refusal by a named error", 0, selector);
}

/// @notice A number between `min` and `max`, both included, that follows from a fuzzed one.
function within(uint256 seed, uint256 min, uint256 max) pure returns (uint256) {
    return min + (seed % (max - min + 1));
}
