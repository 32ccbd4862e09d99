// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title VoucherHash
/// @notice EIP-712 struct hashes of what is signed for a channel. Every field is signed.
library VoucherHash {
    bytes32 private constant _VOUCHER_TYPEHASH = keccak256(
        "Voucher(uint256 channelId,address payee,bytes32 serviceId,uint256 cumulative,bytes32 usageRoot)"
    );
    bytes32 private constant _SESSION_KEY_TYPEHASH = keccak256(
        "SessionKey(address key,address payer,address payee,bytes32 serviceId,uint256 expiresAt)"
    );

    /// @notice Of a voucher. `cumulative` in token base units, gross.
    function voucher(
        uint256 channelId,
        address payee,
        bytes32 serviceId,
        uint256 cumulative,
        bytes32 usageRoot
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(_VOUCHER_TYPEHASH, channelId, payee, serviceId, cumulative, usageRoot));
    }

    /// @notice Of what a contract is asked once: whether the key signs vouchers for it. `expiresAt` in Unix seconds.
    function sessionKey(
        address key,
        address payer,
        address payee,
        bytes32 serviceId,
        uint256 expiresAt
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(_SESSION_KEY_TYPEHASH, key, payer, payee, serviceId, expiresAt));
    }
}
