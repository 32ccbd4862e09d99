// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IEntryGate } from "../../../contracts/interfaces/governance/IEntryGate.sol";
import { IEverGovernor } from "../../../contracts/interfaces/governance/IEverGovernor.sol";
import { IInviteRegistry } from "../../../contracts/interfaces/registry/IInviteRegistry.sol";
import { EverGovernor } from "../../../contracts/governance/EverGovernor.sol";
import { EverTimelock } from "../../../contracts/governance/EverTimelock.sol";
import { Guardian } from "../../../contracts/governance/Guardian.sol";
import { DealMarket } from "../../../contracts/market/DealMarket.sol";
import { FeeToken } from "../../../contracts/mocks/FeeToken.sol";
import { PlainToken } from "../../../contracts/mocks/PlainToken.sol";
import { ReentrantToken } from "../../../contracts/mocks/ReentrantToken.sol";
import { DealPayments } from "../../../contracts/payments/DealPayments.sol";
import { FeeRouter } from "../../../contracts/payments/FeeRouter.sol";
import { InsurancePool } from "../../../contracts/payments/InsurancePool.sol";
import { Ledger } from "../../../contracts/payments/Ledger.sol";
import { UsageChannels } from "../../../contracts/payments/UsageChannels.sol";
import { InviteRegistry } from "../../../contracts/registry/InviteRegistry.sol";
import { ProviderRegistry } from "../../../contracts/registry/ProviderRegistry.sol";
import { ServiceCatalog } from "../../../contracts/registry/ServiceCatalog.sol";
import { ExitBounties } from "../../../contracts/staking/ExitBounties.sol";
import { RewardPool } from "../../../contracts/staking/RewardPool.sol";
import { StakeVault } from "../../../contracts/staking/StakeVault.sol";
import { EverToken } from "../../../contracts/token/EverToken.sol";
import { PossessionProofs } from "../../../contracts/verification/PossessionProofs.sol";
import { RandomBeacon } from "../../../contracts/verification/RandomBeacon.sol";
import { VM } from "../Vm.sol";

/// @notice A test over a deployment. Handlers ask whoever makes them for it: the runner knows a contract by the code that creates it, to
/// which arguments would be added.
abstract contract Deployed {
    Deployment public deployment;
}

/// @notice The protocol wired as `contracts/ignition/modules/Protocol.ts` wires it, with short spans, and four payment tokens: a plain one,
/// one that takes a fee on each transfer, one that calls back, and EVER. Without the council and the lens, which hold and move nothing.
contract Deployment {
    uint64 public constant EMISSION = 1;
    uint64 public constant SLASHER = 2;
    uint64 public constant INSURER = 4;
    uint64 public constant GUARDIAN = 7;
    uint64 private constant _ADMIN = 0;
    uint256 public constant STARTED_AT = 1_800_000_000;
    uint256 public constant PERIOD_SECONDS = 100;
    uint256 public constant HOLDBACK_PERIODS = 3;
    uint256 public constant REFUND_DELAY = 3_000;
    uint256 public constant EPOCH = 5_000;
    /// @dev What a multisig does for the timelock in the first phase is done by nobody here.
    address public constant PAUSER = address(0x6A);
    /// @dev Key of the account that may invite providers.
    uint256 private constant _ISSUER_KEY = 0x155;
    uint256 private constant _ORIGIN = STARTED_AT - 220 * PERIOD_SECONDS; // words of periods end at 224; nothing may depend on it

    EverTimelock public timelock;
    AccessManager public manager;
    EverToken public ever;
    RandomBeacon public beacon;
    FeeRouter public router;
    Ledger public ledger;
    DealPayments public payments;
    ServiceCatalog public catalog;
    InviteRegistry public invites;
    ProviderRegistry public registry;
    StakeVault public vault;
    PossessionProofs public proofs;
    DealMarket public market;
    UsageChannels public channels;
    InsurancePool public insurance;
    RewardPool public rewards;
    EverGovernor public governor;
    Guardian public guardian;
    ExitBounties public exits;
    /// @notice By their number in the ledger, less one; EVER is number 4.
    PlainToken[3] public tokens;

    constructor() {
        VM.warp(STARTED_AT);
        VM.roll(1_000);
        timelock = new EverTimelock(100, 50, 200, address(this));
        manager = new AccessManager(address(this));
        _deployMoney();
        _deployStakeAndMarket();
        _deployPolicy();
        _connect();
    }

    /// @notice Gives EVER out of the first holders' stock. Base units.
    function fund(address account, uint256 amount) external {
        ever.transfer(account, amount);
    }

    /// @notice Gives a role as a vote would.
    function grant(uint64 role, address account) external {
        VM.prank(address(timelock));
        manager.grantRole(role, account, 0);
    }

    /// @notice An invitation for one account, by the first issuer.
    function inviteFor(address invitee, uint64 nonce) external view returns (bytes memory) {
        return inviteBy(_ISSUER_KEY, invitee, nonce, uint40(block.timestamp + 1 days), "");
    }

    /// @notice A batch of one in the first issuer's name, signed by `key`.
    function inviteBy(
        uint256 key,
        address invitee,
        uint64 nonce,
        uint40 expiresAt,
        bytes memory claim
    ) public view returns (bytes memory) {
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(uint32(1), invitee))));
        address issuer = VM.addr(_ISSUER_KEY);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, invites.hashBatch(issuer, nonce, expiresAt, 1, root));
        return
            abi.encode(
                IInviteRegistry.Invite(
                    issuer,
                    nonce,
                    expiresAt,
                    1,
                    1,
                    invitee,
                    new bytes32[](0),
                    abi.encodePacked(r, s, v),
                    claim
                )
            );
    }

    function _deployMoney() private {
        address[] memory holders = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (holders[0], amounts[0]) = (address(this), 9e26);
        ever = new EverToken(holders, amounts, address(manager));
        beacon = new RandomBeacon(_ORIGIN, PERIOD_SECONDS, 40, 20);
        router = new FeeRouter(address(ever), _ORIGIN, EPOCH, 100, 1e18, 1_000, 2_000, address(manager));
        ledger = new Ledger(address(router), REFUND_DELAY);
        payments = new DealPayments(ledger, HOLDBACK_PERIODS, _ORIGIN, PERIOD_SECONDS);
    }

    function _deployStakeAndMarket() private {
        catalog = new ServiceCatalog(address(manager));
        invites = new InviteRegistry(address(manager));
        registry = new ProviderRegistry(invites, catalog, address(manager));
        vault = new StakeVault(address(ever), 1_000, PERIOD_SECONDS, address(manager));
        proofs = new PossessionProofs(beacon, payments, ledger, registry);
        market = new DealMarket(
            DealMarket.Parts(ledger, payments, proofs, beacon, registry, catalog, vault),
            150,
            3,
            2
        );
        channels = new UsageChannels(ledger, catalog, 1_000, 2_000);
    }

    function _deployPolicy() private {
        insurance = new InsurancePool(payments, ledger, address(manager));
        rewards = new RewardPool(
            RewardPool.Parts(
                address(ever),
                address(router),
                address(ledger),
                address(payments),
                address(channels),
                address(vault)
            ),
            1e24,
            100
        );
        governor = new EverGovernor(
            ever,
            vault,
            timelock,
            IEverGovernor.Settings(20, 200, 50, 1_000 ether, 400),
            IEverGovernor.Floors(1, 10, 5)
        );
        guardian = new Guardian(IEntryGate(address(catalog)), IEntryGate(address(invites)), PAUSER, address(manager));
        exits = new ExitBounties(vault);
    }

    function _connect() private {
        _assign(address(ever), ever.mint.selector, EMISSION);
        _assign(address(vault), vault.slash.selector, SLASHER);
        _assign(address(vault), vault.freeze.selector, SLASHER);
        _assign(address(vault), vault.unfreeze.selector, SLASHER);
        _assign(address(insurance), insurance.compensate.selector, INSURER);
        _assign(address(catalog), catalog.pauseEntries.selector, GUARDIAN);
        _assign(address(invites), invites.pauseEntries.selector, GUARDIAN);
        manager.grantRole(EMISSION, address(rewards), 0);
        manager.grantRole(GUARDIAN, address(guardian), 0);
        router.connect(ledger, address(insurance));
        invites.setGate(address(registry));
        registry.setMarket(address(market), true);
        vault.setMarket(address(market), true);
        invites.setPhase(IInviteRegistry.Phase.Invite);
        invites.setIssuer(VM.addr(_ISSUER_KEY), type(uint32).max);
        catalog.setService("hosting", 2 ** 30, 1 ether, 1, 100, 1_000, true);
        catalog.setService("rpc", 2 ** 30, 1 ether, 2, 250, 1_000, true);
        tokens = [new PlainToken(), PlainToken(new FeeToken()), new ReentrantToken()];
        for (uint256 i; i < 3; ++i) catalog.setToken(ledger.registerToken(address(tokens[i])), true);
        catalog.setToken(ledger.registerToken(address(ever)), true);
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
        manager.grantRole(_ADMIN, address(timelock), 0);
        manager.renounceRole(_ADMIN, address(this));
    }

    function _assign(address target, bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }
}
