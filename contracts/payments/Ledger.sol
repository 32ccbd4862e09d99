// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { IApprovalReceiver, ILedger } from "../interfaces/payments/ILedger.sol";

/// @title Ledger
/// @notice One balance per account and token for the whole protocol, without administrator, owner or upgrade.
/// @dev Tokens are called in `deposit…` and `withdraw` only, under the guard; every other function moves numbers between two entries
/// and calls nobody. Payments are pulled: nothing here ever calls a payer, a payee or an operator.
contract Ledger is ILedger {
    using SafeERC20 for IERC20;

    /// @dev What runs now; whole words, so that nothing is masked. While handing over, an agent acts for the caller: that caller's money
    /// may be locked, nothing else is open.
    uint256 private constant _FREE = 0;
    uint256 private constant _ENTERED = 1;
    uint256 private constant _HANDING_OVER = 2;
    /// @dev A longer symbol is shown as an empty one. Bytes.
    uint256 private constant _MAX_SYMBOL_BYTES = 32;

    /// @inheritdoc ILedger
    address public immutable FEE_RECIPIENT;
    /// @inheritdoc ILedger
    uint256 public immutable REFUND_DELAY;

    uint256 private transient _phase;
    /// @dev While handing over: what may still be locked. Token base units.
    uint256 private transient _handedMost;
    /// @dev While handing over: key of the approval that the caller gave.
    bytes32 private transient _handedKey;

    uint32 private _tokenCount;
    mapping(address token => uint32) private _tokenIds;
    mapping(uint32 tokenId => address) private _tokens;
    mapping(address account => mapping(uint32 tokenId => uint256)) private _balances;
    /// @dev By `_approvalKeyOf`.
    mapping(bytes32 key => Approval) private _approvals;
    mapping(address operator => mapping(uint256 lockId => Lock)) private _locks;

    /// @dev For functions that call a token.
    modifier guarded() {
        _requireFree();
        _phase = _ENTERED;
        _;
        _phase = _FREE;
    }

    /// @dev For functions that call nobody.
    modifier whenFree() {
        _requireFree();
        _;
    }

    /// @param feeRecipient Account whose balance collects protocol fees.
    /// @param refundDelay Span after a lock's expiry from which anyone may refund it. Seconds.
    constructor(address feeRecipient, uint256 refundDelay) {
        if (feeRecipient == address(0)) revert LedgerAccountInvalid();
        FEE_RECIPIENT = feeRecipient;
        REFUND_DELAY = refundDelay;
    }

    /// @inheritdoc ILedger
    function tokenIdOf(address token) external view returns (uint32) {
        return _tokenIds[token];
    }

    /// @inheritdoc ILedger
    function tokenOf(uint32 tokenId) external view returns (address) {
        return _tokens[tokenId];
    }

    /// @inheritdoc ILedger
    function balanceOf(address account, uint32 tokenId) external view returns (uint256) {
        return _balances[account][tokenId];
    }

    /// @inheritdoc ILedger
    function approvalOf(
        address account,
        address operator,
        address agent,
        uint32 tokenId
    ) external view returns (Approval memory) {
        return _approvals[_approvalKeyOf(account, operator, agent, tokenId)];
    }

    /// @inheritdoc ILedger
    function lockOf(address operator, uint256 lockId) external view returns (Lock memory) {
        return _locks[operator][lockId];
    }

    /// @inheritdoc ILedger
    function registerToken(address token) external returns (uint32 tokenId) {
        tokenId = _tokenIds[token];
        if (tokenId != 0) return tokenId;
        if (token.code.length == 0) revert LedgerTokenInvalid(token);

        tokenId = ++_tokenCount;
        _tokenIds[token] = tokenId;
        _tokens[tokenId] = token;
        emit TokenRegistered(tokenId, token, _decimalsOf(token), _symbolOf(token));
    }

    /// @inheritdoc ILedger
    function deposit(address account, uint32 tokenId, uint256 amount) external guarded {
        _deposit(msg.sender, account, tokenId, amount);
    }

    /// @inheritdoc ILedger
    function depositWithPermit(address owner, uint32 tokenId, Permit calldata permit) external guarded {
        if (msg.sender != owner) {
            _usePermit(owner, tokenId, permit);
        } else if (!_tryPermit(owner, tokenId, permit)) {
            revert LedgerAllowanceInsufficient(owner, _allowanceOf(owner, tokenId), permit.amount);
        }
        _deposit(owner, owner, tokenId, permit.amount);
    }

    /// @inheritdoc ILedger
    function withdraw(address to, uint32 tokenId, uint256 amount) external guarded {
        if (to == address(0) || to == address(this)) revert LedgerAccountInvalid();
        IERC20 token = _requireToken(tokenId);

        _debit(msg.sender, tokenId, amount);
        emit Withdrawn(msg.sender, tokenId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc ILedger
    function approveOperator(
        address operator,
        address agent,
        uint32 tokenId,
        uint128 most,
        uint64 expiresAt
    ) external whenFree {
        if (operator == address(0) || agent == address(0)) revert LedgerAccountInvalid();
        _approvals[_approvalKeyOf(msg.sender, operator, agent, tokenId)] = Approval(most, expiresAt);
        emit OperatorApproved(msg.sender, operator, agent, tokenId, most, expiresAt);
    }

    /// @inheritdoc ILedger
    function approveAndCall(
        Handover calldata handover,
        bytes calldata data
    ) external whenFree returns (bytes memory result) {
        return _handOver(handover, data);
    }

    /// @inheritdoc ILedger
    function depositAndCall(
        Permit calldata permit,
        Handover calldata handover,
        bytes calldata data
    ) external whenFree returns (bytes memory result) {
        if (permit.amount != 0) {
            _phase = _ENTERED;
            if (_tryPermit(msg.sender, handover.tokenId, permit)) {
                _deposit(msg.sender, msg.sender, handover.tokenId, permit.amount);
            } else if (_balances[msg.sender][handover.tokenId] < permit.amount) {
                // Whoever submits the caller's permit first can only move the money here, where it pays for this call all the same.
                uint256 allowance = _allowanceOf(msg.sender, handover.tokenId);
                revert LedgerAllowanceInsufficient(msg.sender, allowance, permit.amount);
            }
        }
        return _handOver(handover, data);
    }

    /// @inheritdoc ILedger
    function lock(
        address agent,
        uint256 lockId,
        address payer,
        address payee,
        uint32 tokenId,
        uint96 amount,
        uint40 expiresAt
    ) external {
        _useApproval(payer, agent, tokenId, amount);
        Lock storage made = _locks[msg.sender][lockId];
        if (made.payer != address(0)) revert LedgerLockExists(msg.sender, lockId);

        _debit(payer, tokenId, amount);
        (made.payer, made.left) = (payer, amount);
        (made.payee, made.tokenId, made.expiresAt) = (payee, tokenId, expiresAt);
        emit Locked(msg.sender, lockId, payer, payee, tokenId, amount, expiresAt);
    }

    /// @inheritdoc ILedger
    function raiseLock(address agent, uint256 lockId, uint96 amount, uint40 expiresAt) external {
        Lock storage raised = _requireLock(msg.sender, lockId);
        _useApproval(raised.payer, agent, raised.tokenId, amount);
        uint96 left = raised.left;
        if (amount > type(uint96).max - left) revert LedgerAmountTooLarge(amount, type(uint96).max - left);

        _debit(raised.payer, raised.tokenId, amount);
        raised.left = left + amount;
        if (expiresAt > raised.expiresAt) raised.expiresAt = expiresAt;
        emit LockRaised(msg.sender, lockId, amount, raised.expiresAt);
    }

    /// @inheritdoc ILedger
    function setPayee(uint256 lockId, address payee) external whenFree {
        Lock storage named = _requireLock(msg.sender, lockId);
        if (payee == address(0)) revert LedgerAccountInvalid();
        if (named.payee != address(0)) revert LedgerPayeeFixed(msg.sender, lockId, named.payee);

        named.payee = payee;
        emit PayeeSet(msg.sender, lockId, payee);
    }

    /// @inheritdoc ILedger
    function pay(uint256 lockId, uint96 amount) external whenFree {
        Lock storage paying = _take(msg.sender, lockId, amount);
        (address payee, uint32 tokenId) = (paying.payee, paying.tokenId);
        if (payee == address(0)) revert LedgerAccountInvalid();

        _balances[payee][tokenId] += amount;
        emit Paid(msg.sender, lockId, payee, amount);
    }

    /// @inheritdoc ILedger
    function payFee(uint256 lockId, uint96 amount) external whenFree {
        Lock storage paying = _take(msg.sender, lockId, amount);

        _balances[FEE_RECIPIENT][paying.tokenId] += amount;
        emit FeePaid(msg.sender, lockId, amount);
    }

    /// @inheritdoc ILedger
    function refund(uint256 lockId, uint96 amount) external whenFree {
        _refund(msg.sender, lockId, amount);
    }

    /// @inheritdoc ILedger
    function refundExpired(address operator, uint256 lockId) external whenFree {
        Lock storage expired = _requireLock(operator, lockId);
        uint256 refundableAt = expired.expiresAt + REFUND_DELAY;
        if (block.timestamp < refundableAt) revert LedgerLockNotExpired(operator, lockId, refundableAt);

        _refund(operator, lockId, expired.left);
    }

    /// @dev Lets the agent act for the caller, then frees the ledger. What the agent leaves of `most` is void as soon as the phase changes.
    function _handOver(Handover calldata handover, bytes calldata data) private returns (bytes memory result) {
        _handedKey = _approvalKeyOf(msg.sender, handover.operator, handover.agent, handover.tokenId);
        _handedMost = handover.most;
        _phase = _HANDING_OVER;
        result = IApprovalReceiver(handover.agent).onApproval(msg.sender, data);
        _phase = _FREE;
    }

    /// @dev The calling operator's right to lock `amount` more: while handing over the one that the caller gave, otherwise a lasting one.
    function _useApproval(address payer, address agent, uint32 tokenId, uint96 amount) private {
        bytes32 key = _approvalKeyOf(payer, msg.sender, agent, tokenId);
        uint256 phase = _phase;
        if (phase == _FREE) {
            Approval storage approval = _approvals[key];
            (uint128 most, uint64 expiresAt) = (approval.most, approval.expiresAt);
            bool isAlive = expiresAt > block.timestamp;
            if (!isAlive || amount > most) {
                revert LedgerApprovalInsufficient(payer, msg.sender, agent, isAlive ? most : 0, amount);
            }
            if (most != type(uint128).max) approval.most = most - amount;
        } else {
            if (phase != _HANDING_OVER || key != _handedKey) revert LedgerReentered();
            uint256 most = _handedMost;
            if (amount > most) revert LedgerApprovalInsufficient(payer, msg.sender, agent, most, amount);
            _handedMost = most - amount;
        }
    }

    /// @dev Moves tokens in and credits what arrived, so that a token that takes a fee on transfer cannot create balance.
    function _deposit(address from, address account, uint32 tokenId, uint256 amount) private {
        if (account == address(0)) revert LedgerAccountInvalid();
        IERC20 token = _requireToken(tokenId);

        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 arrived = token.balanceOf(address(this)) - before;
        _balances[account][tokenId] += arrived;
        emit Deposited(account, tokenId, from, arrived);
    }

    /// @dev The owner's own call: whether its allowance covers the permit's amount, whoever submitted the permit, and even without one.
    function _tryPermit(address owner, uint32 tokenId, Permit calldata permit) private returns (bool isCovered) {
        IERC20Permit token = IERC20Permit(address(_requireToken(tokenId)));
        try token.permit(owner, address(this), permit.amount, permit.deadline, permit.v, permit.r, permit.s) {
            return true;
        } catch {
            return _allowanceOf(owner, tokenId) >= permit.amount;
        }
    }

    /// @dev Somebody else's call: only the signature counts, never a standing allowance. The nonce tells a token that really took the
    /// signature from one whose fallback function swallows the call.
    function _usePermit(address owner, uint32 tokenId, Permit calldata permit) private {
        IERC20Permit token = IERC20Permit(address(_requireToken(tokenId)));
        uint256 nonce = token.nonces(owner);
        token.permit(owner, address(this), permit.amount, permit.deadline, permit.v, permit.r, permit.s);
        if (token.nonces(owner) != nonce + 1) revert LedgerPermitInvalid(owner);
    }

    function _refund(address operator, uint256 lockId, uint96 amount) private {
        Lock storage refunded = _take(operator, lockId, amount);
        address payer = refunded.payer;

        _balances[payer][refunded.tokenId] += amount;
        emit Refunded(operator, lockId, payer, amount);
    }

    function _take(address operator, uint256 lockId, uint96 amount) private returns (Lock storage taken) {
        taken = _locks[operator][lockId];
        (address payer, uint96 left) = (taken.payer, taken.left);
        if (payer == address(0)) revert LedgerLockUnknown(operator, lockId);
        if (amount > left) revert LedgerLockInsufficient(operator, lockId, left, amount);
        unchecked {
            taken.left = left - amount;
        }
    }

    function _debit(address account, uint32 tokenId, uint256 amount) private {
        mapping(uint32 tokenId => uint256) storage owned = _balances[account];
        uint256 available = owned[tokenId];
        if (amount > available) revert LedgerBalanceInsufficient(account, tokenId, available, amount);
        unchecked {
            owned[tokenId] = available - amount;
        }
    }

    function _requireFree() private view {
        if (_phase != _FREE) revert LedgerReentered();
    }

    function _requireLock(address operator, uint256 lockId) private view returns (Lock storage found) {
        found = _locks[operator][lockId];
        if (found.payer == address(0)) revert LedgerLockUnknown(operator, lockId);
    }

    function _requireToken(uint32 tokenId) private view returns (IERC20 token) {
        token = IERC20(_tokens[tokenId]);
        if (address(token) == address(0)) revert LedgerTokenUnknown(tokenId);
    }

    function _approvalKeyOf(
        address account,
        address operator,
        address agent,
        uint32 tokenId
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(account, operator, agent, tokenId));
    }

    function _allowanceOf(address owner, uint32 tokenId) private view returns (uint256) {
        return _requireToken(tokenId).allowance(owner, address(this));
    }

    /// @dev A low-level call, because a reply that cannot be decoded would otherwise revert.
    function _decimalsOf(address token) private view returns (uint8) {
        (bool success, bytes memory reply) = token.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        if (!success || reply.length < 32) return 0;
        uint256 decimals = abi.decode(reply, (uint256));
        return decimals > type(uint8).max ? 0 : uint8(decimals);
    }

    function _symbolOf(address token) private view returns (string memory) {
        (bool success, bytes memory reply) = token.staticcall(abi.encodeCall(IERC20Metadata.symbol, ()));
        if (!success || reply.length < 64) return "";
        (uint256 offset, uint256 length) = abi.decode(reply, (uint256, uint256));
        if (offset != 32 || length > _MAX_SYMBOL_BYTES || reply.length < 64 + length) return "";
        return abi.decode(reply, (string));
    }
}
