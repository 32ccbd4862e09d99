// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ICouncil
/// @notice Lets a few propose to the timelock while EVER is not distributed yet. Its right ends by itself, and a vote can end it sooner.
/// @dev It can change policy for new deals, in public and with the timelock's delay, in the contracts that were named at its deployment.
/// Neither the timelock nor the access manager is one of them, so it can give nobody a role, prolong itself, or keep the governor out;
/// nor is the ledger or a token, so it can spend nothing that the timelock owns. It cancels nothing but its own proposals.
interface ICouncil {
    /// @notice Only the council may do this.
    error CouncilOnly(address caller);
    /// @notice The council's term is over. Unix seconds.
    error CouncilTermEnded(uint256 endedAt);
    /// @notice The council has no say over this contract.
    error CouncilTargetForbidden(address target);
    /// @notice The council did not propose this.
    error CouncilOperationForeign(bytes32 operationId);

    /// @notice The council proposed to the timelock, whose own events tell the calls.
    event CouncilProposed(bytes32 indexed operationId);

    /// @notice The council: a multisig.
    function COUNCIL() external view returns (address); // solhint-disable-line func-name-mixedcase
    /// @notice When its term ends. Unix seconds.
    function ENDS_AT() external view returns (uint256); // solhint-disable-line func-name-mixedcase
    /// @notice Whether the council has a say over a contract.
    function isTarget(address target) external view returns (bool);
    /// @notice Whether the council proposed it.
    function isOwn(bytes32 operationId) external view returns (bool);
    /// @notice Council: proposes calls, to be executed together by anyone after the timelock's delay.
    /// @param targets Contracts that it has a say over.
    /// @param payloads Call of each.
    /// @param salt Tells equal proposals apart. The timelock's salt is keccak256(abi.encode(address of this contract, salt)).
    /// @return operationId What the timelock calls it.
    function propose(
        address[] calldata targets,
        bytes[] calldata payloads,
        bytes32 salt
    ) external returns (bytes32 operationId);
    /// @notice Council: withdraws what it proposed and nobody executed, also after its term.
    function cancel(bytes32 operationId) external;
}
