// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RandomBeacon } from "../../contracts/verification/RandomBeacon.sol";
import { VM } from "./Vm.sol";

/// @notice Headers of blocks that the chain knows by their hash, as a beacon wants them.
library BeaconRounds {
    /// @dev Bytes of all fields of `_header`.
    uint256 private constant _HEADER_BYTES = 492;

    /// @notice Records the round of a period from a block that is made up for it.
    function record(RandomBeacon beacon, uint256 period, bytes32 mixHash) internal {
        uint256 boundaryAt = beacon.boundaryOf(period);
        bytes memory parent = _header(0, block.number - 2, boundaryAt - 1, mixHash);
        bytes memory first = _header(keccak256(parent), block.number - 1, boundaryAt, mixHash);
        VM.setBlockhash(block.number - 1, keccak256(first));
        beacon.record(period, parent, first);
    }

    /// @dev Source: Ethereum Yellow Paper, section 4.4; what a beacon does not read is zero.
    function _header(
        bytes32 parentHash,
        uint256 height,
        uint256 timestamp,
        bytes32 mixHash
    ) private pure returns (bytes memory) {
        bytes memory before = abi.encodePacked(
            hex"a0",
            parentHash,
            hex"a0",
            bytes32(0),
            hex"94",
            address(0),
            _threeRoots(),
            hex"b90100",
            new bytes(256),
            hex"80"
        );
        bytes memory numbers = abi.encodePacked(
            hex"84",
            uint32(height),
            hex"8080",
            hex"84",
            uint32(timestamp),
            hex"80"
        );
        return abi.encodePacked(hex"f9", uint16(_HEADER_BYTES), before, numbers, hex"a0", mixHash);
    }

    function _threeRoots() private pure returns (bytes memory) {
        return abi.encodePacked(hex"a0", bytes32(0), hex"a0", bytes32(0), hex"a0", bytes32(0));
    }
}
