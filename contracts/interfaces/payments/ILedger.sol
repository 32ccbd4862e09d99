// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ILedger
/// @notice One balance per account and token for the whole protocol. It has no administrator, no owner and no upgrade: a balance
/// moves only by its owner's call or signature, or through an operator contract that the owner approved with a maximum and an expiry.
/// @dev An *operator* here is an immutable money contract (`DealPayments`, later `UsageChannels`). An *agent* is the policy contract
/// (a `DealMarket` version) on whose behalf the operator asks. Approvals name both, so that a hostile market with every role in the
/// protocol still reaches no balance whose owner has not approved that very market.
interface ILedger {
    /// @notice Money that an operator holds for one purpose. It can only go to `payee`, to the fee recipient, or back to `payer`.
    /// @param payer Account that the money came from, and that a refund returns to.
    /// @param left Token base units that are still locked.
    /// @param payee Account that is paid; the zero address until a draw has named it.
    /// @param tokenId Token of the lock.
    /// @param expiresAt Unix seconds; `REFUND_DELAY` later anyone may refund what is left.
    struct Lock {
        address payer;
        uint96 left;
        address payee;
        uint32 tokenId;
        uint40 expiresAt;
    }

    /// @notice What an operator may lock for one agent.
    /// @param most Token base units that may still be locked; `type(uint128).max` does not shrink.
    /// @param expiresAt Unix seconds from which the approval is void.
    struct Approval {
        uint128 most;
        uint64 expiresAt;
    }

    /// @notice An ERC-2612 signature over (owner, this ledger, `amount`, `deadline`).
    /// @param amount Token base units of the allowance that was signed.
    /// @param deadline Unix seconds until which the token takes the signature.
    struct Permit {
        uint256 amount;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice What the caller lets one operator lock for one agent within this very call.
    /// @param operator Immutable money contract that will lock.
    /// @param agent Contract that is handed the call through `IApprovalReceiver.onApproval`.
    /// @param tokenId Token that may be locked.
    /// @param most Token base units that may be locked before the call returns; the rest of the approval vanishes.
    struct Handover {
        address operator;
        address agent;
        uint32 tokenId;
        uint128 most;
    }

    /// @notice The account's balance is smaller than what was asked for. Token base units.
    error LedgerBalanceInsufficient(address account, uint32 tokenId, uint256 available, uint256 required);
    /// @notice The owner has not approved so much for this operator and agent, or the approval has expired. Token base units.
    error LedgerApprovalInsufficient(
        address account,
        address operator,
        address agent,
        uint256 available,
        uint256 required
    );
    /// @notice The lock holds less than what was asked for. Token base units.
    error LedgerLockInsufficient(address operator, uint256 lockId, uint256 available, uint256 required);
    /// @notice A lock with this id exists, or existed; ids are never reused.
    error LedgerLockExists(address operator, uint256 lockId);
    /// @notice No lock with this id was ever made.
    error LedgerLockUnknown(address operator, uint256 lockId);
    /// @notice The payee of a lock is set once.
    error LedgerPayeeFixed(address operator, uint256 lockId, address payee);
    /// @notice The lock cannot be refunded by anyone before this time. Unix seconds.
    error LedgerLockNotExpired(address operator, uint256 lockId, uint256 refundableAt);
    /// @notice The token was never registered.
    error LedgerTokenUnknown(uint32 tokenId);
    /// @notice The address is not a token contract.
    error LedgerTokenInvalid(address token);
    /// @notice The permit was refused by the token and the owner's allowance does not cover the amount either. Token base units.
    error LedgerAllowanceInsufficient(address owner, uint256 available, uint256 required);
    /// @notice The token took no signature of this owner.
    error LedgerPermitInvalid(address owner);
    /// @notice A lock cannot hold so much. Token base units.
    error LedgerAmountTooLarge(uint256 amount, uint256 max);
    /// @notice The zero address cannot own, receive, pay or be paid, and the ledger cannot pay itself.
    error LedgerAccountInvalid();
    /// @notice A money function was entered while another one runs.
    error LedgerReentered();

    /// @notice A token got its number. Numbers start at 1.
    /// @param decimals What the token says of itself; 0 when it does not say.
    /// @param symbol What the token says of itself; empty when it does not say.
    event TokenRegistered(uint32 indexed tokenId, address indexed token, uint8 decimals, string symbol);
    /// @notice `account` was credited with what really arrived from `from`. Token base units.
    event Deposited(address indexed account, uint32 indexed tokenId, address indexed from, uint256 amount);
    /// @notice `account` took money out, to `to`. Token base units.
    event Withdrawn(address indexed account, uint32 indexed tokenId, address indexed to, uint256 amount);
    /// @notice `account` set a lasting approval. Token base units; Unix seconds.
    event OperatorApproved(
        address indexed account,
        address indexed operator,
        address indexed agent,
        uint32 tokenId,
        uint128 most,
        uint64 expiresAt
    );
    /// @notice Money went from the payer's balance into a lock. Token base units; Unix seconds.
    event Locked(
        address indexed operator,
        uint256 indexed lockId,
        address indexed payer,
        address payee,
        uint32 tokenId,
        uint96 amount,
        uint40 expiresAt
    );
    /// @notice More money went into a lock, or its expiry moved later. Token base units; Unix seconds.
    event LockRaised(address indexed operator, uint256 indexed lockId, uint96 amount, uint40 expiresAt);
    /// @notice A drawn payee was written into a lock.
    event PayeeSet(address indexed operator, uint256 indexed lockId, address indexed payee);
    /// @notice Money went from a lock to its payee's balance. Token base units.
    event Paid(address indexed operator, uint256 indexed lockId, address indexed payee, uint96 amount);
    /// @notice Money went from a lock to the fee recipient's balance. Token base units.
    event FeePaid(address indexed operator, uint256 indexed lockId, uint96 amount);
    /// @notice Money went from a lock back to its payer's balance. Token base units.
    event Refunded(address indexed operator, uint256 indexed lockId, address indexed payer, uint96 amount);

    /// @notice Account whose balance collects protocol fees.
    function FEE_RECIPIENT() external view returns (address);
    /// @notice Span after a lock's expiry from which anyone may refund it. Seconds.
    function REFUND_DELAY() external view returns (uint256);
    /// @notice Number of a token, 0 when it is unknown.
    function tokenIdOf(address token) external view returns (uint32);
    /// @notice Address of a token, zero when the number is unknown.
    function tokenOf(uint32 tokenId) external view returns (address);
    /// @notice What an account can spend or withdraw. Token base units.
    function balanceOf(address account, uint32 tokenId) external view returns (uint256);
    /// @notice Lasting approval of an account for an operator acting for an agent.
    /// @dev Warning: an expired one is returned as it was set, and locks nothing.
    function approvalOf(
        address account,
        address operator,
        address agent,
        uint32 tokenId
    ) external view returns (Approval memory);
    /// @notice A lock by its operator and id.
    function lockOf(address operator, uint256 lockId) external view returns (Lock memory);

    /// @notice Gives a token its number; free for anyone, harmless: a market only takes tokens that the catalogue lists.
    /// @return tokenId The number; the old one when the token had one.
    function registerToken(address token) external returns (uint32 tokenId);
    /// @notice Takes `amount` from the caller by allowance and credits what arrived to `account`. Token base units.
    function deposit(address account, uint32 tokenId, uint256 amount) external;
    /// @notice Takes `permit.amount` from `owner` by its signature and credits it to `owner`. Anyone may submit it.
    /// @dev A permit that somebody used first does not make the owner's own call fail as long as the allowance is there.
    function depositWithPermit(address owner, uint32 tokenId, Permit calldata permit) external;
    /// @notice Pays out of the caller's balance to `to`. Token base units.
    function withdraw(address to, uint32 tokenId, uint256 amount) external;
    /// @notice Sets the caller's lasting approval. Token base units, 0 revokes it; Unix seconds.
    function approveOperator(address operator, address agent, uint32 tokenId, uint128 most, uint64 expiresAt) external;
    /// @notice Approves for the length of this call, then hands `data` to `handover.agent` as `onApproval(msg.sender, data)`.
    /// @return result What the agent returned.
    function approveAndCall(Handover calldata handover, bytes calldata data) external returns (bytes memory result);
    /// @notice `depositWithPermit` for the caller, then `approveAndCall`: one signature, one transaction.
    /// @dev `permit.amount` 0 skips the deposit. Should the permit fail, the allowance decides; should that not cover it either, the
    /// caller's balance: a permit that somebody else submitted first has put the money there.
    function depositAndCall(
        Permit calldata permit,
        Handover calldata handover,
        bytes calldata data
    ) external returns (bytes memory result);

    /// @notice Operator only (the caller is the operator): moves money of `payer` into a new lock, within the approval for `agent`.
    /// @param lockId Any number that this operator has not used; a deal's key for `DealPayments`.
    /// @param payee Zero when a draw is to name it.
    /// @param amount Token base units.
    /// @param expiresAt Unix seconds; `REFUND_DELAY` later anyone may refund what is left.
    function lock(
        address agent,
        uint256 lockId,
        address payer,
        address payee,
        uint32 tokenId,
        uint96 amount,
        uint40 expiresAt
    ) external;
    /// @notice Operator only: adds money of the same payer within the approval for `agent`, and may move the expiry later, never earlier.
    function raiseLock(address agent, uint256 lockId, uint96 amount, uint40 expiresAt) external;
    /// @notice Operator only: names the payee of a lock that has none yet.
    function setPayee(uint256 lockId, address payee) external;
    /// @notice Operator only: pays out of its lock to the lock's payee.
    function pay(uint256 lockId, uint96 amount) external;
    /// @notice Operator only: pays out of its lock to the fee recipient.
    function payFee(uint256 lockId, uint96 amount) external;
    /// @notice Operator only: returns money out of its lock to the payer.
    function refund(uint256 lockId, uint96 amount) external;
    /// @notice Anyone, `REFUND_DELAY` after the expiry: returns all that is left to the payer, even if the operator reverts.
    function refundExpired(address operator, uint256 lockId) external;
}

/// @title IApprovalReceiver
/// @notice The single entry through which the ledger hands a customer's own call to an agent.
interface IApprovalReceiver {
    /// @notice `account` called the ledger itself and approved this agent for the length of the call.
    /// @dev Accept it from the ledger only.
    /// @param account The caller of the ledger.
    /// @param data What the caller wants; its meaning is the receiver's.
    function onApproval(address account, bytes calldata data) external returns (bytes memory result);
}
