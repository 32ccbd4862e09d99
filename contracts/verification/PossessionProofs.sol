// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import { IDealMarket } from "../interfaces/market/IDealMarket.sol";
import { IDealPayments, IProofVerifier } from "../interfaces/payments/IDealPayments.sol";
import { ILedger } from "../interfaces/payments/ILedger.sol";
import { IProviderRegistry } from "../interfaces/registry/IProviderRegistry.sol";
import { IPossessionProofs } from "../interfaces/verification/IPossessionProofs.sol";
import { IRandomBeacon } from "../interfaces/verification/IRandomBeacon.sol";
import { MetaWord } from "../libraries/MetaWord.sol";
import { PeriodClock } from "../libraries/PeriodClock.sol";
import { PeriodWords } from "../libraries/PeriodWords.sol";
import { PieceHash } from "../libraries/PieceHash.sol";
import { PieceProof } from "../libraries/PieceProof.sol";
import { SetProof } from "../libraries/SetProof.sol";

/// @title PossessionProofs
/// @notice Keeps what each provider must hold, and judges one proof per proving set and period over all of it.
/// @dev Appending never moves an earlier position, so the line "as of the end of a period" is one read. Nothing here is paid or
/// slashed: payments read `provenPeriods`. Payments, ledger, registry and beacon are fixed for life; a hostile market can only hurt
/// the sets that were opened for it. No reentrancy guard: beacon, registry, ledger and markets are asked by static call, payments call
/// nobody but us, statically, and the ledger, and state is written first.
contract PossessionProofs is IPossessionProofs, PeriodClock, EIP712 {
    using MetaWord for uint256;
    using PeriodWords for mapping(uint256 index => uint256);
    using SafeCast for uint256;

    /// @dev One word each. Adding reads the first two and writes one, proving reads the first two: so the operator's key is spread over
    /// what both leave free. `total` and `previous` in leaves; `previous` is the length of the line before the first append of period
    /// `epoch`; `lastWord` is the index of the last word of periods that is in use. Our choice: 2^16 words, or 14 million periods, are
    /// 40,000 years of days and nine years of a local chain's twenty seconds.
    struct Line {
        uint56 total;
        uint56 previous;
        uint40 slots;
        uint24 epoch;
        uint16 lastWord;
        uint64 operatorLow;
    }
    struct Owner {
        address market;
        uint96 operatorHigh;
    }
    struct Record {
        address provider;
        uint32 strikes;
        uint32 lastStrikePeriod;
    }
    struct State {
        Line line;
        Owner owner;
        Record record;
    }

    /// @inheritdoc IPossessionProofs
    uint256 public constant CHALLENGES = SetProof.CHALLENGES;
    uint256 private constant _LEAF_BYTES = PieceProof.LEAF_BYTES;

    /// @notice Where the seeds come from.
    IRandomBeacon public immutable BEACON;
    /// @notice Who counts the bytes of a deal and names the key that signs its pieces.
    IDealPayments public immutable PAYMENTS;
    /// @notice Who knows the payer of a deal.
    ILedger public immutable LEDGER;
    /// @notice Who knows the operator of a provider.
    IProviderRegistry public immutable REGISTRY;

    uint32 private _setCount;
    mapping(uint256 setId => State) private _sets;
    mapping(uint256 setId => mapping(uint256 slot => bytes32)) private _slots;
    mapping(uint256 setId => mapping(uint256 index => uint256)) private _words;

    /// @dev Takes the beacon's clock, so that both mean the same by a period.
    /// @param beacon Where the seeds come from.
    /// @param payments Who counts the bytes of a deal and names the key that signs its pieces.
    /// @param ledger Who knows the payer of a deal.
    /// @param registry Who knows the operator of a provider.
    constructor(
        IRandomBeacon beacon,
        IDealPayments payments,
        ILedger ledger,
        IProviderRegistry registry
    ) PeriodClock(beacon.ORIGIN(), beacon.PERIOD_SECONDS()) EIP712("PossessionProofs", "1") {
        BEACON = beacon;
        PAYMENTS = payments;
        LEDGER = ledger;
        REGISTRY = registry;
    }

    /// @inheritdoc IPossessionProofs
    function openSet(address provider, address market) external returns (uint32 setId) {
        address operator = REGISTRY.operatorOf(provider);
        if (operator != msg.sender) revert ProofsOperatorOnly(0, operator, msg.sender);

        setId = ++_setCount;
        // Opening a set pays for its first word of periods, so that its first proof costs no more than the others.
        uint256 index = PeriodWords.indexOf(currentPeriod());
        _words[setId].open(index);
        State storage set = _sets[setId];
        set.line.lastWord = index.toUint16();
        set.owner.market = market;
        set.record.provider = provider;
        _setOperator(set, operator);
        emit SetOpened(setId, provider, market, operator);
    }

    /// @inheritdoc IPossessionProofs
    function syncOperator(uint256 setId) external {
        State storage set = _sets[setId];
        address provider = set.record.provider;
        if (provider == address(0)) revert ProofsSetUnknown(setId);
        address operator = REGISTRY.operatorOf(provider);
        if (operator == _operatorOf(set)) return;

        _setOperator(set, operator);
        emit SetOperatorChanged(setId, operator);
    }

    /// @inheritdoc IPossessionProofs
    function addPieces(
        uint256 setId,
        uint256 dealId,
        Piece[] calldata pieces,
        uint256 nonce,
        bytes calldata signature
    ) external {
        if (pieces.length == 0) revert ProofsPieceInvalid(0, 0);
        (uint256 dealKey, uint256 leaves) = _append(setId, dealId, pieces);
        bytes32 piecesHash = PieceHash.hashAll(pieces);
        address signer = PAYMENTS.addBytes(dealKey, setId, uint64(leaves * _LEAF_BYTES), nonce);
        if (nonce != 0) _requireSigned(dealKey, piecesHash, nonce, signature, signer);
        else if (pieces.length == 1) _requireFirstPiece(dealKey, pieces[0], signature, signer);
        else revert ProofsFirstPieceMismatch(dealId, 0, piecesHash);
    }

    /// @inheritdoc IPossessionProofs
    function reuseSlot(
        uint256 setId,
        uint256 slot,
        bytes32 oldRoot,
        uint256 oldMeta,
        uint256 dealId,
        Piece calldata piece,
        uint256 nonce,
        bytes calldata signature
    ) external {
        uint256 dealKey = _replace(setId, slot, oldRoot, oldMeta, dealId, piece);
        address signer = PAYMENTS.addBytes(dealKey, setId, uint64(piece.leafCount * _LEAF_BYTES), nonce);
        if (nonce != 0) _requireSigned(dealKey, PieceHash.hashOne(piece), nonce, signature, signer);
        else _requireFirstPiece(dealKey, piece, signature, signer);
    }

    /// @inheritdoc IPossessionProofs
    function removePiece(uint256 setId, uint256 slot, bytes32 root, uint256 meta) external {
        _requireSlot(setId, slot, root, meta);
        if (meta.removedIn() != 0) revert ProofsPieceRemoved(setId, slot, meta.removedIn());
        State storage set = _sets[setId];
        uint256 dealKey = _dealKeyOf(set.owner.market, meta.dealId());
        uint256 period = currentPeriod();
        if (period == 0) period = 1; // 0 says that nobody removed it

        _slots[setId][slot] = MetaWord.commit(root, meta.remove(period));
        emit PieceRemoved(setId, slot, dealKey, meta, period);
        uint256 endPeriod = PAYMENTS.removeBytes(dealKey, uint64(meta.leaves() * _LEAF_BYTES));
        if (msg.sender == _operatorOf(set) || period >= endPeriod) return;
        if (msg.sender != LEDGER.lockOf(address(PAYMENTS), dealKey).payer) {
            revert ProofsRemoverInvalid(setId, slot, msg.sender);
        }
    }

    /// @inheritdoc IPossessionProofs
    function prove(uint256 setId, uint256 period, bytes calldata proof) external {
        (bytes32 seed, uint40 dueAt) = BEACON.roundOf(period);
        // The beacon sees to it that a proof is due before the next period ends.
        if (block.timestamp >= dueAt) revert ProofsWindowClosed(period, dueAt);
        State storage set = _sets[setId];
        address operator = _operatorOf(set);
        if (operator != msg.sender) revert ProofsOperatorOnly(setId, operator, msg.sender);
        uint256 total = _totalAt(set, period);
        if (total == 0) revert ProofsSetEmpty(setId);

        _mark(setId, set.line, period);
        SetProof.check(_slots[setId], SetProof.Question(seed, setId, 0, 0, period, total), proof);
        emit PeriodProven(setId, period, total);
    }

    /// @inheritdoc IPossessionProofs
    function reportMissed(uint256 setId, uint256 period, uint256 slot, bytes32 root, uint256 meta) external {
        _requireSlot(setId, slot, root, meta);
        (, uint40 dueAt) = BEACON.roundOf(period);
        Record storage record = _sets[setId].record;
        if (
            dueAt == 0 ||
            block.timestamp < dueAt ||
            period <= record.lastStrikePeriod ||
            !meta.isLive(period) ||
            isProven(setId, period)
        ) revert ProofsMissUnproven(setId, period);

        uint32 strikes = ++record.strikes;
        record.lastStrikePeriod = uint32(period);
        emit PeriodMissed(setId, period, strikes, msg.sender);
    }

    /// @inheritdoc IPossessionProofs
    function setOf(uint256 setId) external view returns (ProvingSet memory) {
        State storage set = _sets[setId];
        return
            ProvingSet({
                provider: set.record.provider,
                operator: _operatorOf(set),
                market: set.owner.market,
                total: set.line.total,
                slots: set.line.slots,
                strikes: set.record.strikes,
                lastStrikePeriod: set.record.lastStrikePeriod
            });
    }

    /// @inheritdoc IPossessionProofs
    function partiesOf(uint256 setId) external view returns (address provider, address market) {
        return (_sets[setId].record.provider, _sets[setId].owner.market);
    }

    /// @inheritdoc IPossessionProofs
    function slotOf(uint256 setId, uint256 slot) external view returns (bytes32) {
        return _slots[setId][slot];
    }

    /// @inheritdoc IPossessionProofs
    function isProven(uint256 setId, uint256 period) public view returns (bool) {
        return _words[setId].has(period);
    }

    /// @inheritdoc IPossessionProofs
    function totalAt(uint256 setId, uint256 period) external view returns (uint256) {
        return _totalAt(_sets[setId], period);
    }

    /// @inheritdoc IPossessionProofs
    function hashPieces(
        address market,
        uint256 dealId,
        Piece[] calldata pieces,
        uint256 nonce
    ) external view returns (bytes32) {
        return _hashTypedDataV4(PieceHash.request(market, dealId, PieceHash.hashAll(pieces), nonce));
    }

    /// @inheritdoc IProofVerifier
    function provenPeriods(uint256 setId, uint256 fromPeriod, uint256 toPeriod) external view returns (uint256) {
        if (toPeriod <= fromPeriod) return 0;
        mapping(uint256 index => uint256) storage words = _words[setId];
        (bool isWithin, uint256 count) = words.countWithin(fromPeriod, toPeriod);
        if (isWithin) return count;
        uint256 last = _sets[setId].line.lastWord;
        return words.countBefore(last, toPeriod) - words.countBefore(last, fromPeriod);
    }

    /// @dev Operator only, for a set that can still be proven. Returns the running period and the key of the deal.
    function _enterAdding(
        uint256 setId,
        uint256 dealId,
        Line memory line,
        Owner memory owner
    ) private view returns (uint256 period, uint256 dealKey) {
        address operator = _joined(owner.operatorHigh, line.operatorLow);
        if (operator != msg.sender) revert ProofsOperatorOnly(setId, operator, msg.sender);
        period = currentPeriod();
        if (!_words[setId].canReach(line.lastWord, PeriodWords.indexOf(period))) revert ProofsSetOver(setId);
        dealKey = _dealKeyOf(owner.market, dealId);
    }

    /// @dev Puts pieces behind the end of the line. Returns the key of their deal and their leaves.
    function _append(
        uint256 setId,
        uint256 dealId,
        Piece[] calldata pieces
    ) private returns (uint256 dealKey, uint256 leaves) {
        State storage set = _sets[setId];
        Line memory line = set.line;
        uint256 period;
        (period, dealKey) = _enterAdding(setId, dealId, line, set.owner);
        if (line.epoch != period) {
            line.epoch = period.toUint24();
            line.previous = line.total;
        }
        leaves = line.total;
        unchecked {
            for (uint256 i; i < pieces.length; ++i) {
                Piece calldata piece = pieces[i];
                uint256 meta = MetaWord.encode(line.total, piece.leafCount, period, dealId);
                _place(setId, line.slots++, dealKey, piece, meta);
                line.total += piece.leafCount;
            }
            // One transaction adds far less than a whole line: an overflow shows.
            if (line.total < leaves) revert ProofsPieceInvalid(pieces[0].root, leaves);
            leaves = line.total - leaves;
        }
        set.line = line;
    }

    /// @dev Puts a piece into the range of one that is no part of any proof still to come. Returns the key of its deal.
    function _replace(
        uint256 setId,
        uint256 slot,
        bytes32 oldRoot,
        uint256 oldMeta,
        uint256 dealId,
        Piece calldata piece
    ) private returns (uint256 dealKey) {
        State storage set = _sets[setId];
        uint256 period;
        (period, dealKey) = _enterAdding(setId, dealId, set.line, set.owner);
        _requireSlot(setId, slot, oldRoot, oldMeta);
        uint256 left = oldMeta.removedIn();
        if (left == 0 || period < left + 2 || piece.leafCount > oldMeta.length()) {
            revert ProofsSlotUnavailable(setId, slot, oldMeta.length(), piece.leafCount);
        }
        _place(setId, slot, dealKey, piece, oldMeta.reuse(piece.leafCount, period, dealId));
    }

    function _place(uint256 setId, uint256 slot, uint256 dealKey, Piece calldata piece, uint256 meta) private {
        bytes32 root = piece.root;
        if (root == 0 || meta.leaves() == 0) revert ProofsPieceInvalid(root, meta.leaves());
        _slots[setId][slot] = MetaWord.commit(root, meta);
        emit PieceAdded(setId, slot, dealKey, root, piece.cidDigest, meta);
    }

    /// @dev Without a nonce only the piece that the request carried enters, and needs no signature.
    function _requireFirstPiece(
        uint256 dealKey,
        Piece calldata piece,
        bytes calldata signature,
        address signer
    ) private view {
        uint256 dealId = uint56(dealKey);
        if (signature.length != 0) revert ProofsSignatureInvalid(dealId, signer, address(0));
        bytes32 expected = IDealMarket(address(uint160(dealKey >> 96))).firstPieceHashOf(dealId);
        bytes32 actual = keccak256(abi.encode(piece));
        if (actual != expected) revert ProofsFirstPieceMismatch(dealId, expected, actual);
    }

    function _requireSigned(
        uint256 dealKey,
        bytes32 piecesHash,
        uint256 nonce,
        bytes calldata signature,
        address signer
    ) private view {
        uint256 dealId = uint56(dealKey);
        bytes32 hash = _hashTypedDataV4(PieceHash.request(address(uint160(dealKey >> 96)), dealId, piecesHash, nonce));
        (address recovered, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(hash, signature);
        if (problem != ECDSA.RecoverError.NoError || recovered != signer) {
            revert ProofsSignatureInvalid(dealId, signer, recovered);
        }
    }

    function _requireSlot(uint256 setId, uint256 slot, bytes32 root, uint256 meta) private view {
        if (_slots[setId][slot] != MetaWord.commit(root, meta)) revert ProofsSlotMismatch(setId, slot);
    }

    /// @dev Counts the period as proven. A set that skipped a whole word of periods is over.
    function _mark(uint256 setId, Line storage line, uint256 period) private {
        mapping(uint256 index => uint256) storage words = _words[setId];
        uint256 index = PeriodWords.indexOf(period);
        uint256 last = line.lastWord;
        if (!words.canReach(last, index)) revert ProofsSetOver(setId);
        if (!words.set(last, period)) revert ProofsPeriodProven(setId, period);
        if (index != last) line.lastWord = index.toUint16();
    }

    function _totalAt(State storage set, uint256 period) private view returns (uint256) {
        return set.line.epoch <= period ? set.line.total : set.line.previous;
    }

    function _operatorOf(State storage set) private view returns (address) {
        return _joined(set.owner.operatorHigh, set.line.operatorLow);
    }

    function _setOperator(State storage set, address operator) private {
        set.owner.operatorHigh = uint96(uint160(operator) >> 64);
        set.line.operatorLow = uint64(uint160(operator));
    }

    function _joined(uint96 high, uint64 low) private pure returns (address) {
        return address((uint160(high) << 64) | low);
    }

    function _dealKeyOf(address market, uint256 dealId) private pure returns (uint256) {
        if (dealId > type(uint56).max) revert ProofsDealInvalid(dealId);
        return (uint256(uint160(market)) << 96) | dealId;
    }
}
