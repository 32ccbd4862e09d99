// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IEverToken
/// @notice EVER: ERC-20 with permit, votes and a hard cap.
interface IEverToken {
    /// @notice More than the cap would exist. Base units.
    error EverCapExceeded(uint256 cap, uint256 required);
    /// @notice The first holders and their amounts do not fit together.
    error EverGenesisInvalid(uint256 holders, uint256 amounts);

    /// @notice Most that can ever exist. Base units (18 decimals).
    function CAP() external view returns (uint256);
    /// @notice Emission contract only; granted to nobody yet.
    function mint(address to, uint256 amount) external;
    /// @notice Destroys the caller's own tokens.
    function burn(uint256 amount) external;
}
