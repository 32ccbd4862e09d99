// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { SignatureChecker } from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IApprovalReceiver, ILedger } from "../interfaces/payments/ILedger.sol";
import { IUsageChannels } from "../interfaces/payments/IUsageChannels.sol";
import { IServiceCatalog } from "../interfaces/registry/IServiceCatalog.sol";
import { StreamEarnings } from "../libraries/StreamEarnings.sol";
import { StreamTerms } from "../libraries/StreamTerms.sol";
import { VoucherHash } from "../libraries/VoucherHash.sol";

/// @title UsageChannels
/// @notice Channels that pay for metered use by cumulative vouchers. No administrator; the catalogue is read at the opening only.
/// @dev Needs no reentrancy guard: redeeming and closing call nobody but the ledger, which calls nobody while it pays or refunds. The
/// only stranger that is ever asked is a session key's owner, at the opening, by static call.
/// No voucher can make a batch fail: until a channel ends its lock holds `locked - redeemed` at least, since the ledger lets nobody
/// refund it before the same expiry.
contract UsageChannels is EIP712, IApprovalReceiver, IUsageChannels {
    /// @dev Two words, so that a redemption reads two and writes one. A closed channel has no session key.
    struct Record {
        address sessionKey;
        uint96 redeemed;
        uint96 locked;
        uint40 expiresAt;
        uint40 closesAt;
        uint16 feeBps;
        uint64 binding;
    }

    /// @dev To whom, and for what, a channel pays. Numbered, so that the channels of one provider and service share these words.
    struct Binding {
        address payee;
        bytes32 serviceId;
    }

    /// @dev `next` counts from `nextFrom` on, in Unix seconds; zero means the payee itself.
    struct Payout {
        address current;
        uint40 nextFrom;
        address next;
    }

    /// @inheritdoc IUsageChannels
    uint16 public constant MAX_FEE_BPS = StreamTerms.MAX_FEE_BPS;
    /// @dev Code of an account that delegates to a contract and still signs with its key (EIP-7702). Bytes.
    uint256 private constant _DELEGATION_BYTES = 23;

    /// @notice Where the money is.
    ILedger public immutable LEDGER;
    /// @notice What new channels may be for, and at which fee.
    IServiceCatalog public immutable CATALOG;
    /// @inheritdoc IUsageChannels
    uint256 public immutable CLOSE_WINDOW;
    /// @inheritdoc IUsageChannels
    uint256 public immutable PAYOUT_DELAY;

    /// @inheritdoc IUsageChannels
    uint256 public channelCount;
    mapping(uint256 channelId => Record) private _channels;
    uint64 private _bindingCount;
    mapping(uint256 number => Binding) private _bindings;
    mapping(address payee => mapping(bytes32 serviceId => uint64)) private _bindingNumbers;
    mapping(address payee => Payout) private _payouts;

    /// @param ledger Where the money is.
    /// @param catalog What new channels may be for, and at which fee.
    /// @param closeWindow Time between a payer's wish to close and the end. Seconds.
    /// @param payoutDelay Time between a change of a payout address and its effect. Seconds.
    constructor(
        ILedger ledger,
        IServiceCatalog catalog,
        uint256 closeWindow,
        uint256 payoutDelay
    ) EIP712("4EVER Channels", "1") {
        LEDGER = ledger;
        CATALOG = catalog;
        CLOSE_WINDOW = closeWindow;
        PAYOUT_DELAY = payoutDelay;
    }

    /// @inheritdoc IUsageChannels
    function open(Opening calldata opening) external returns (uint256 channelId) {
        return _open(msg.sender, opening);
    }

    /// @inheritdoc IUsageChannels
    function topUp(uint256 channelId, uint96 amount, uint40 expiresAt) external {
        _topUp(msg.sender, channelId, amount, expiresAt);
    }

    /// @inheritdoc IApprovalReceiver
    function onApproval(address account, bytes calldata data) external returns (bytes memory result) {
        if (msg.sender != address(LEDGER)) revert ChannelsHandoverInvalid();
        uint256 action = uint256(bytes32(data));
        if (action == uint256(Action.Open)) {
            (, Opening memory opening) = abi.decode(data, (uint256, Opening));
            return abi.encode(_open(account, opening));
        } else if (action == uint256(Action.TopUp)) {
            (, uint256 channelId, uint96 amount, uint40 expiresAt) = abi.decode(
                data,
                (uint256, uint256, uint96, uint40)
            );
            _topUp(account, channelId, amount, expiresAt);
        } else {
            revert ChannelsHandoverInvalid();
        }
    }

    /// @inheritdoc IUsageChannels
    function redeem(Voucher calldata voucher) external {
        Refusal refusal = _redeem(voucher);
        if (refusal != Refusal.None) revert ChannelsVoucherRefused(voucher.channelId, refusal);
    }

    /// @inheritdoc IUsageChannels
    function redeemMany(Voucher[] calldata vouchers) external returns (uint256 redeemedCount) {
        for (uint256 i; i < vouchers.length; ++i) {
            Refusal refusal = _redeem(vouchers[i]);
            if (refusal == Refusal.None) ++redeemedCount;
            else emit VoucherRefused(vouchers[i].channelId, vouchers[i].cumulative, refusal);
        }
    }

    /// @inheritdoc IUsageChannels
    function close(uint256 channelId) external {
        Record memory record = _requireRecord(channelId);
        if (record.sessionKey == address(0)) revert ChannelsOver(channelId);
        ILedger.Lock memory lock = LEDGER.lockOf(address(this), channelId);
        if (block.timestamp >= _endOf(record) || msg.sender == _bindings[record.binding].payee) {
            return _finish(channelId, record, lock.left);
        }
        if (msg.sender != lock.payer) revert ChannelsCallerInvalid(channelId, msg.sender);
        if (record.closesAt != 0) revert ChannelsClosing(channelId, record.closesAt);

        // Not later than the expiry, after which nothing can be redeemed anyway.
        uint40 closesAt = uint40(Math.min(block.timestamp + CLOSE_WINDOW, record.expiresAt));
        _channels[channelId].closesAt = closesAt;
        emit ChannelClosing(channelId, closesAt);
    }

    /// @inheritdoc IUsageChannels
    function sweepFee(uint256 channelId) external {
        Record memory record = _requireRecord(channelId);
        uint256 due = _feeDue(record, LEDGER.lockOf(address(this), channelId).left);
        if (due != 0) LEDGER.payFee(channelId, uint96(due));
    }

    /// @inheritdoc IUsageChannels
    function setPayout(address payout) external {
        address current = payoutOf(msg.sender);
        address next = payout == address(0) ? msg.sender : payout;
        uint40 validFrom = uint40(block.timestamp + PAYOUT_DELAY);
        _payouts[msg.sender] = Payout(current, validFrom, next);
        emit PayoutChanged(msg.sender, next, validFrom);
    }

    /// @inheritdoc IUsageChannels
    function channelOf(uint256 channelId) external view returns (Channel memory channel) {
        Record memory record = _channels[channelId];
        if (record.expiresAt == 0) return channel;
        Binding memory binding = _bindings[record.binding];
        ILedger.Lock memory lock = LEDGER.lockOf(address(this), channelId);
        channel.status = _statusOf(record);
        (channel.payer, channel.payee, channel.payout) = (lock.payer, binding.payee, lock.payee);
        (channel.serviceId, channel.tokenId) = (binding.serviceId, lock.tokenId);
        (channel.sessionKey, channel.locked, channel.redeemed) = (record.sessionKey, record.locked, record.redeemed);
        (channel.expiresAt, channel.closesAt) = (record.expiresAt, record.closesAt);
        channel.feeBps = record.feeBps;
    }

    /// @inheritdoc IUsageChannels
    function voucherDigestOf(
        uint256 channelId,
        uint256 cumulative,
        bytes32 usageRoot
    ) external view returns (bytes32 digest) {
        return _digestOf(_requireRecord(channelId).binding, channelId, cumulative, usageRoot);
    }

    /// @inheritdoc IUsageChannels
    function sessionKeyDigestOf(address payer, Opening calldata opening) external view returns (bytes32 digest) {
        return _keyDigestOf(payer, opening);
    }

    /// @inheritdoc IUsageChannels
    function payoutOf(address payee) public view returns (address payout) {
        Payout storage named = _payouts[payee];
        payout = named.nextFrom != 0 && block.timestamp >= named.nextFrom ? named.next : named.current;
        if (payout == address(0)) payout = payee;
    }

    function _open(address payer, Opening memory opening) private returns (uint256 channelId) {
        if (opening.payee == address(0)) revert ChannelsPayeeInvalid(opening.payee);
        if (opening.amount == 0) revert ChannelsAmountInvalid(opening.amount, type(uint96).max);
        uint256 earliestAt = block.timestamp + CLOSE_WINDOW;
        if (opening.expiresAt < earliestAt) revert ChannelsExpiryTooSoon(earliestAt, opening.expiresAt);
        uint16 feeBps = _requireOffered(opening.serviceId, opening.tokenId);
        _requireKey(payer, opening);

        channelId = ++channelCount;
        _channels[channelId] = Record({
            sessionKey: opening.sessionKey,
            redeemed: 0,
            locked: opening.amount,
            expiresAt: opening.expiresAt,
            closesAt: 0,
            feeBps: feeBps,
            binding: _bindingOf(opening.payee, opening.serviceId)
        });
        address payout = payoutOf(opening.payee);
        _emitOpened(channelId, payer, opening, payout, feeBps);
        LEDGER.lock(address(this), channelId, payer, payout, opening.tokenId, opening.amount, opening.expiresAt);
    }

    function _topUp(address account, uint256 channelId, uint96 amount, uint40 expiresAt) private {
        Record memory record = _requireRecord(channelId);
        if (account != LEDGER.lockOf(address(this), channelId).payer) {
            revert ChannelsCallerInvalid(channelId, account);
        }
        if (record.sessionKey == address(0) || block.timestamp >= _endOf(record)) revert ChannelsOver(channelId);
        if (record.closesAt != 0) revert ChannelsClosing(channelId, record.closesAt);
        uint96 room = type(uint96).max - record.locked;
        if (amount > room) revert ChannelsAmountInvalid(amount, room);

        record.locked += amount;
        if (expiresAt > record.expiresAt) record.expiresAt = expiresAt;
        Record storage stored = _channels[channelId];
        (stored.locked, stored.expiresAt) = (record.locked, record.expiresAt);
        emit ChannelToppedUp(channelId, amount, record.locked, record.expiresAt);
        LEDGER.raiseLock(address(this), channelId, amount, record.expiresAt);
    }

    /// @dev Pays what is claimed beyond what was redeemed, or tells why not. Never fails while the ledger is free.
    function _redeem(Voucher calldata voucher) private returns (Refusal) {
        uint256 channelId = voucher.channelId;
        uint256 cumulative = voucher.cumulative;
        Record memory record = _channels[channelId];
        if (record.expiresAt == 0) return Refusal.ChannelUnknown;
        if (record.sessionKey == address(0)) return Refusal.ChannelClosed;
        if (block.timestamp >= _endOf(record)) return Refusal.ChannelOver;
        if (cumulative <= record.redeemed) return Refusal.NotHigher;
        if (cumulative > record.locked) return Refusal.CapExceeded;
        bytes32 digest = _digestOf(record.binding, channelId, cumulative, voucher.usageRoot);
        // Refuses an s in the upper half, so that nobody can make a second signature of a first one.
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(digest, voucher.r, voucher.vs);
        if (problem != ECDSA.RecoverError.NoError || signer != record.sessionKey) return Refusal.SignatureInvalid;

        uint96 paid = uint96(
            StreamEarnings.netOf(cumulative, record.feeBps) - StreamEarnings.netOf(record.redeemed, record.feeBps)
        );
        _channels[channelId].redeemed = uint96(cumulative);
        emit VoucherRedeemed(channelId, uint96(cumulative), paid, voucher.usageRoot);
        if (paid != 0) LEDGER.pay(channelId, paid);
        return Refusal.None;
    }

    /// @dev Shares out what the lock holds.
    function _finish(uint256 channelId, Record memory record, uint96 left) private {
        uint256 feeDue = _feeDue(record, left);
        uint256 refunded = left - feeDue;
        _channels[channelId].sessionKey = address(0);
        uint96 fee = uint96(StreamEarnings.feeOf(record.redeemed, record.feeBps));
        emit ChannelClosed(channelId, record.redeemed, fee, uint96(refunded));
        if (feeDue != 0) LEDGER.payFee(channelId, uint96(feeDue));
        if (refunded != 0) LEDGER.refund(channelId, uint96(refunded));
    }

    function _emitOpened(
        uint256 channelId,
        address payer,
        Opening memory opening,
        address payout,
        uint16 feeBps
    ) private {
        emit ChannelOpened(
            channelId,
            payer,
            opening.payee,
            opening.serviceId,
            opening.tokenId,
            opening.amount,
            opening.expiresAt,
            opening.sessionKey,
            opening.keyOwner,
            payout,
            feeBps
        );
    }

    /// @dev Number of a payee and service; a new pair gets the next.
    function _bindingOf(address payee, bytes32 serviceId) private returns (uint64 number) {
        number = _bindingNumbers[payee][serviceId];
        if (number != 0) return number;
        number = ++_bindingCount;
        _bindingNumbers[payee][serviceId] = number;
        _bindings[number] = Binding(payee, serviceId);
    }

    function _requireOffered(bytes32 serviceId, uint32 tokenId) private view returns (uint16 feeBps) {
        uint8 proofClass;
        (proofClass, feeBps, ) = CATALOG.dealTermsOf(serviceId, tokenId);
        if (proofClass == 0) revert ChannelsServiceUnavailable(serviceId, tokenId);
        if (feeBps > MAX_FEE_BPS) revert ChannelsFeeTooHigh(feeBps, MAX_FEE_BPS);
    }

    /// @dev A contract is asked here, once. From now on only the pinned key counts, so that no contract can take back what was signed.
    function _requireKey(address payer, Opening memory opening) private view {
        address key = opening.sessionKey;
        uint256 codeBytes = key.code.length;
        if (key == address(0) || (codeBytes != 0 && codeBytes != _DELEGATION_BYTES)) revert ChannelsKeyInvalid(key);
        if (opening.keyOwner == address(0)) return;
        bytes32 digest = _keyDigestOf(payer, opening);
        if (!SignatureChecker.isValidERC1271SignatureNow(opening.keyOwner, digest, opening.keyProof)) {
            revert ChannelsKeyProofInvalid(opening.keyOwner, key);
        }
    }

    function _requireRecord(uint256 channelId) private view returns (Record memory record) {
        record = _channels[channelId];
        if (record.expiresAt == 0) revert ChannelsUnknown(channelId);
    }

    function _statusOf(Record memory record) private view returns (Status) {
        if (record.sessionKey == address(0)) return Status.Closed;
        if (block.timestamp >= _endOf(record)) return Status.Over;
        return record.closesAt == 0 ? Status.Open : Status.Closing;
    }

    function _digestOf(
        uint256 bindingNumber,
        uint256 channelId,
        uint256 cumulative,
        bytes32 usageRoot
    ) private view returns (bytes32) {
        Binding storage binding = _bindings[bindingNumber];
        return
            _hashTypedDataV4(VoucherHash.voucher(channelId, binding.payee, binding.serviceId, cumulative, usageRoot));
    }

    function _keyDigestOf(address payer, Opening memory opening) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                VoucherHash.sessionKey(opening.sessionKey, payer, opening.payee, opening.serviceId, opening.expiresAt)
            );
    }

    /// @dev First second in which nothing is paid any more.
    function _endOf(Record memory record) private pure returns (uint256) {
        return record.closesAt == 0 ? record.expiresAt : record.closesAt;
    }

    /// @dev What the lock holds beyond what was not redeemed is fee. A lock that went back to its payer long after its expiry is empty.
    function _feeDue(Record memory record, uint256 left) private pure returns (uint256) {
        return Math.saturatingSub(left, record.locked - record.redeemed);
    }
}
