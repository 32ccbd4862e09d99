// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { IDealPayments } from "../../../contracts/interfaces/payments/IDealPayments.sol";
import { IInsurancePool } from "../../../contracts/interfaces/payments/IInsurancePool.sol";
import { ILedger } from "../../../contracts/interfaces/payments/ILedger.sol";
import { IStakeVault } from "../../../contracts/interfaces/staking/IStakeVault.sol";
import { UnitPrice } from "../../../contracts/libraries/UnitPrice.sol";
import { ReentrantToken } from "../../../contracts/mocks/ReentrantToken.sol";
import { PlainToken } from "../../../contracts/mocks/PlainToken.sol";
import { DealPayments } from "../../../contracts/payments/DealPayments.sol";
import { Ledger } from "../../../contracts/payments/Ledger.sol";
import { ProviderRegistry } from "../../../contracts/registry/ProviderRegistry.sol";
import { StakeVault } from "../../../contracts/staking/StakeVault.sol";
import { Handler, requireAtMost, requireEqual, requireRefusal, VM, within } from "../Vm.sol";
import { Deployment } from "./Deployment.t.sol";
import { LiveDeals } from "./LiveDeals.t.sol";

/// @notice A listed market that has every role, is its own verifier and swears that everything is proven; and the token that calls back.
/// It may spend its own customer's money and what its roles give it. Of what others own or agreed on it must change nothing.
contract HostileHandler is Handler, LiveDeals {
    uint256 public constant MOST_DEALS = 8;
    address public constant ACCOMPLICE = address(0xACC);
    address public constant SINK = address(0x52);
    uint256 private constant _PERIODS = 12;
    uint64 private constant _BYTES = 2 ** 30;
    uint96 private constant _PRICE = 1e9;
    bytes32 private constant _SERVICE = keccak256("hosting");

    /// @notice EVER that it minted by its role. Base units.
    uint256 public minted;
    /// @notice What its target lost by slashes. EVER base units.
    uint256 public slashed;
    /// @notice Deals of its own market.
    uint256 public dealCount;
    /// @notice What was sent to the ledger past its accounts. Token base units.
    mapping(uint32 tokenId => uint256) public donated;
    mapping(uint256 dealId => uint256) private _fromPeriod;
    mapping(uint256 dealId => uint256) private _endPeriod;
    Ledger private _ledger;
    DealPayments private _payments;
    uint256 private _cases;

    constructor() {
        (_ledger, _payments) = (_deployment.ledger(), _deployment.payments());
        uint64[4] memory roles = [
            _deployment.EMISSION(),
            _deployment.SLASHER(),
            _deployment.INSURER(),
            _deployment.GUARDIAN()
        ];
        for (uint256 i; i < 4; ++i) _deployment.grant(roles[i], address(this));
        address administrator = address(_deployment.timelock());
        ProviderRegistry registry = _deployment.registry();
        StakeVault vault = _deployment.vault();
        VM.prank(administrator);
        registry.setMarket(address(this), true);
        VM.prank(administrator);
        vault.setMarket(address(this), true);
        for (uint32 tokenId = 1; tokenId <= 3; tokenId += 2) {
            PlainToken token = _deployment.tokens(tokenId - 1);
            token.mint(address(this), 1e24);
            token.approve(address(_ledger), type(uint256).max);
            _ledger.deposit(address(this), tokenId, 1e20);
        }
        _ledger.approveOperator(address(_payments), address(this), 1, type(uint128).max, type(uint64).max);
    }

    /// @notice The judge of its own deals: everything was proven, and more than there was.
    function provenPeriods(uint256, uint256, uint256) external pure returns (uint256) {
        return type(uint256).max;
    }

    function mint(uint256 amount) external counted {
        amount = within(amount, 0, 1e20);
        _deployment.ever().mint(address(this), amount);
        minted += amount;
    }

    /// @notice Rents to itself and swears that it holds everything.
    function cheat(uint256 seed) external counted {
        VM.assume(dealCount < MOST_DEALS);
        uint256 dealId = ++dealCount;
        uint256 period = _payments.currentPeriod();
        IDealPayments.Reservation memory terms = _termsFor(address(this), 1);
        terms.feeBps = uint16(within(seed, 0, 500));
        _payments.reserve(dealId, terms);
        (_fromPeriod[dealId], _endPeriod[dealId]) = (period + 1, period + 1 + _PERIODS);
        _payments.start(dealId, address(this), 1, uint32(period + 1 + _PERIODS));
        _payments.addBytes(_keyOf(dealId), 1, _BYTES, 0);
    }

    /// @notice Takes what its oath brings: never more than price × bytes × time, and nobody else's.
    function harvest(uint256 seed) external counted {
        VM.assume(dealCount != 0);
        uint256 dealId = 1 + (seed % dealCount);
        uint256 period = _payments.currentPeriod();
        IDealPayments.Stream memory before = _payments.streamOf(_keyOf(dealId));
        VM.assume(!before.closed);
        uint256 paid = _balanceOf(ACCOMPLICE, 1);
        if (period - 1 >= _endPeriod[dealId]) _payments.close(_keyOf(dealId));
        else _payments.settle(_keyOf(dealId));
        IDealPayments.Stream memory stream = _payments.streamOf(_keyOf(dealId));
        uint256 periods = Math.saturatingSub(Math.min(period - 1, _endPeriod[dealId]), _fromPeriod[dealId]);
        uint256 most = (uint256(_PRICE) * _BYTES * periods) / UnitPrice.BYTE_PERIODS;
        requireAtMost("an oath brings price x bytes x time at most", most, stream.released);
        requireAtMost(
            "and is paid out of its own lock",
            stream.released,
            _balanceOf(ACCOMPLICE, 1) - paid + before.released
        );
    }

    /// @notice Tries what is nobody's right. Whether it is refused or harmless: nothing of anybody may change.
    function steal(uint256 seed, uint256 value) external counted {
        (address target, bytes memory data) = _theft(seed, value);
        bytes32 before = _digest();
        (bool isDone, ) = target.call(data);
        if (isDone && seed % 16 == 10) _deployment.registry().giveCapacity(_actors.deals().offerId(), 1);
        requireEqual("what is stolen is nothing", uint256(before), uint256(_digest()));
    }

    /// @notice The token calls back while the ledger moves it.
    function reenter(uint256 seed, uint256 amount) external counted {
        ReentrantToken token = ReentrantToken(address(_deployment.tokens(2)));
        uint256 kind = seed % 6;
        bytes memory data = abi.encodeCall(ILedger.withdraw, (address(this), 3, 1));
        if (kind == 1) data = abi.encodeCall(ILedger.deposit, (address(this), 3, 1));
        else if (kind == 2) data = abi.encodeCall(ILedger.refundExpired, (address(_deployment.channels()), 1));
        else if (kind == 3) data = abi.encodeCall(ILedger.payFee, (1, 1));
        else if (kind == 4) data = abi.encodeCall(ILedger.approveOperator, (address(this), address(this), 3, 1, 1));
        else if (kind == 5) data = abi.encodeCall(ILedger.refund, (1, 1));
        token.arm(address(_ledger), data);
        amount = within(amount, 1, 1e12);
        bytes memory outer =
            (seed >> 8) % 2 == 0
                ? abi.encodeCall(ILedger.deposit, (address(this), 3, amount))
                : abi.encodeCall(ILedger.withdraw, (address(this), 3, amount));
        uint256 held = token.balanceOf(address(_ledger));
        (bool isDone, bytes memory reason) = address(_ledger).call(outer);
        token.arm(address(0), "");
        requireEqual("nothing enters the ledger twice", 0, isDone ? 1 : 0);
        requireRefusal(reason, bytes.concat(ILedger.LedgerReentered.selector));
        requireEqual("and nothing moves", held, token.balanceOf(address(_ledger)));
    }

    /// @notice Tokens that are sent past the accounts are nobody's.
    function donate(uint256 seed, uint256 amount) external counted {
        uint32 tokenId = seed % 2 == 0 ? 1 : 3;
        amount = within(amount, 0, 1e12);
        donated[tokenId] += amount;
        _deployment.tokens(tokenId - 1).transfer(address(_ledger), amount);
    }

    /// @notice Slashes the market's provider. What leaves it is what arrives elsewhere.
    function slash(uint256 seed, uint256 amount) external counted {
        _actors.stake().beforeChange();
        address provider = _actors.deals().PROVIDER();
        IStakeVault.Stake memory before = _deployment.vault().stakeOf(provider);
        uint256 sink = _deployment.ever().balanceOf(SINK);
        uint128 asked = uint128(within(amount, 0, 1 ether));
        bytes32 serviceId = seed % 4 == 0 ? _SERVICE : keccak256("another");
        uint256 taken = _deployment.vault().slash(provider, serviceId, asked, bytes32(0), SINK);
        IStakeVault.Stake memory left = _deployment.vault().stakeOf(provider);
        uint256 had = uint256(before.active) + before.thawing;
        requireEqual("a slash takes what it is asked for", Math.min(asked, had), taken);
        requireEqual("from its target", taken, had - left.active - left.thawing);
        slashed += taken;
        requireEqual("and hands all of it out", taken, _deployment.ever().balanceOf(SINK) - sink);
        VM.warp(block.timestamp + 1);
    }

    /// @notice Freezes the market's provider for a case, which ends by itself.
    function freeze(uint256 amount) external counted {
        _deployment.vault().freeze(_actors.deals().PROVIDER(), bytes32(++_cases), uint128(within(amount, 1, 1e24)));
    }

    /// @notice Lets the insurance pay as much as it may for some deal, or a little more.
    function compensate(uint256 seed, uint256 damages) external counted {
        uint256 count = _actors.money().dealCount();
        VM.assume(count != 0);
        uint256 dealKey = _actors.money().keyOf(seed % count);
        damages = (seed >> 128) % 2 == 0 ? 0 : within(damages, 0, 1e6);
        uint256 most = _deployment.insurance().payableFor(dealKey, damages);
        VM.assume(most != 0);
        (bool isDone, bytes memory reason) = address(_deployment.insurance()).call(
            abi.encodeCall(_deployment.insurance().compensate, (dealKey, uint128(most + 1), 0, bytes32(seed)))
        );
        if (damages == 0) requireEqual("no more than it may", 0, isDone ? 1 : 0);
        VM.assume(!isDone);
        requireRefusal(reason, bytes.concat(IInsurancePool.InsuranceLimitExceeded.selector));
        IDealPayments.Stream memory stream = _payments.streamOf(dealKey);
        _deployment.insurance().compensate(dealKey, uint128(most), uint128(damages), bytes32(seed));
        uint256 paid = _deployment.insurance().paidOf(dealKey);
        requireAtMost("insured <= ten times the fees", 10 * uint256(stream.feeSwept), paid);
        requireAtMost("insured <= proven payments", stream.released, paid);
    }

    /// @notice What the locks of its own deals hold. Token base units.
    function locked() external view returns (uint256 left) {
        for (uint256 dealId = 1; dealId <= dealCount; ++dealId) {
            left += _ledger.lockOf(address(_payments), _keyOf(dealId)).left;
        }
    }

    function keyOf(uint256 dealId) external view returns (uint256) {
        return _keyOf(dealId);
    }

    function _theft(uint256 seed, uint256 value) private view returns (address target, bytes memory data) {
        uint256 kind = seed % 16;
        address victim = _actors.money().accounts((seed >> 8) % 2);
        uint256 foreignKey = _payments.dealKeyOf(address(_deployment.market()), 1 + ((seed >> 16) % 8));
        uint40 later = uint40(block.timestamp + 10_000);
        uint96 some = uint96(within(value, 1, 1e6));
        target = kind < 6 ? address(_ledger) : address(_payments);
        if (kind == 0) data = abi.encodeCall(ILedger.pay, (foreignKey, some));
        else if (kind == 1) data = abi.encodeCall(ILedger.payFee, (foreignKey, some));
        else if (kind == 2) data = abi.encodeCall(ILedger.refund, (foreignKey, some));
        else if (kind == 3)
            data = abi.encodeCall(ILedger.lock, (address(this), value, victim, ACCOMPLICE, 2, some, later));
        else if (kind == 4)
            data =
                _isRefundable(foreignKey)
                    ? abi.encodeCall(ILedger.raiseLock, (address(this), foreignKey, some, later))
                    : abi.encodeCall(ILedger.refundExpired, (address(_payments), foreignKey));
        else if (kind == 5) data = abi.encodeCall(ILedger.setPayee, (foreignKey, ACCOMPLICE));
        else if (kind == 6) data = abi.encodeCall(IDealPayments.addBytes, (foreignKey, 1, 128, 7));
        else if (kind == 7) data = abi.encodeCall(IDealPayments.removeBytes, (foreignKey, 128));
        else if (kind == 8) data = abi.encodeCall(IDealPayments.setEnd, (1_000 + (value % 100), uint32(value)));
        else if (kind == 9) data = abi.encodeCall(IDealPayments.reserve, (100 + (value % 100), _termsFor(victim, 2)));
        else return _policyTheft(kind, foreignKey, value);
    }

    function _policyTheft(
        uint256 kind,
        uint256 foreignKey,
        uint256 value
    ) private view returns (address target, bytes memory data) {
        Deployment all = _deployment;
        if (kind == 10) {
            data = abi.encodeCall(all.registry().takeCapacity, (_actors.deals().offerId(), 1));
            return (address(all.registry()), data);
        }
        if (kind == 11) {
            data = abi.encodeCall(all.market().onApproval, (_actors.deals().CUSTOMER(), abi.encode(1, value, 1)));
            return (address(all.market()), data);
        }
        if (kind == 12) return (address(all.market()), abi.encodeCall(all.market().end, (uint56(foreignKey))));
        if (kind == 13)
            return (address(all.channels()), abi.encodeCall(all.channels().topUp, (1, 1, type(uint40).max)));
        if (kind == 14) {
            data = abi.encodeCall(all.proofs().openSet, (_actors.deals().PROVIDER(), address(all.market())));
            return (address(all.proofs()), data);
        }
        return (address(all.ledger()), abi.encodeCall(ILedger.withdraw, (ACCOMPLICE, 2, 1 + (value % 1e6))));
    }

    /// @dev A deal for the accomplice, at somebody's cost.
    function _termsFor(address payer, uint32 tokenId) private view returns (IDealPayments.Reservation memory terms) {
        (terms.payer, terms.payee, terms.signer) = (payer, ACCOMPLICE, payer);
        (terms.tokenId, terms.capacityBytes, terms.unitPrice) = (tokenId, _BYTES, _PRICE);
        terms.most = uint96(UnitPrice.costOf(_PRICE, _BYTES, _PERIODS));
        terms.expiresAt = uint40(_payments.endOf(_payments.currentPeriod() + _PERIODS + 2));
    }

    /// @dev What anybody may refund by now is no theft.
    function _isRefundable(uint256 dealKey) private view returns (bool) {
        uint256 expiresAt = _ledger.lockOf(address(_payments), dealKey).expiresAt;
        return block.timestamp >= expiresAt + _deployment.REFUND_DELAY();
    }

    function _keyOf(uint256 dealId) private view returns (uint256) {
        return _payments.dealKeyOf(address(this), dealId);
    }
}
