import { expect } from "chai";
import { network } from "hardhat";
import {
  type Abi,
  type AbiFunction,
  type AbiParameter,
  type Address,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  parseEther,
  parseEventLogs,
  stringToHex,
  toFunctionSignature,
  zeroAddress,
  zeroHash,
} from "viem";
import { LOCAL_ACCOUNTS, localAccount, localGenesis } from "../../contracts/ignition/local-chain.ts";
import { protocolModule, ROLES } from "../../contracts/ignition/modules/Protocol.ts";
import { LOCAL } from "../../contracts/ignition/profiles.ts";
import { createAssertions } from "../helpers/assertions.ts";
import { Phase, serviceIdOf } from "../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers, ignition } = connection;
const { rejects } = createAssertions(connection);

const COUNCIL = localAccount(LOCAL_ACCOUNTS.council).address;
const ADMIN_ROLE = 0n;
const ACCESS_CONTROL_ROLES = ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"] as const;
/** Largest code that a chain accepts (EIP-170). Bytes. */
const MAX_CODE_BYTES = 24_576;

async function deployed() {
  const originAt = await networkHelpers.time.latest();
  const client = await viem.getPublicClient();
  const wallets = await viem.getWalletClients();
  const [deployer, council, , , , , , , , , stranger] = wallets;
  if (!deployer || !council || !stranger) throw new Error("too few accounts");
  const contracts = await ignition.deploy(protocolModule(LOCAL, localGenesis(originAt)));
  const { faucet, usd, ...core } = contracts;
  if (!faucet || !usd) throw new Error("the local chain has no faucet");
  return { core, ...core, faucet, usd, client, originAt, deployer, council, stranger };
}
const load = () => networkHelpers.loadFixture(deployed);

describe("the deployed protocol", () => {
  it("has the parameters of its profile", async () => {
    const { beacon, market, payments, channels, vault, ledger, timelock, originAt } = await load();
    expect(await beacon.read.ORIGIN()).to.equal(BigInt(originAt));
    expect(await beacon.read.PERIOD_SECONDS()).to.equal(BigInt(LOCAL.periodSeconds));
    expect(await beacon.read.PROOF_WINDOW_SECONDS()).to.equal(BigInt(LOCAL.proofWindowSeconds));
    expect(await beacon.read.RETRY_SECONDS()).to.equal(BigInt(LOCAL.retrySeconds));
    expect(await payments.read.HOLDBACK_PERIODS()).to.equal(BigInt(LOCAL.holdbackPeriods));
    expect(await channels.read.CLOSE_WINDOW()).to.equal(BigInt(LOCAL.closeWindowSeconds));
    expect(await channels.read.PAYOUT_DELAY()).to.equal(BigInt(LOCAL.payoutDelaySeconds));
    expect(await market.read.ACCEPT_SECONDS()).to.equal(BigInt(LOCAL.acceptSeconds));
    expect(await market.read.GRACE_PERIODS()).to.equal(BigInt(LOCAL.gracePeriods));
    expect(await market.read.NOTICE_PERIODS()).to.equal(BigInt(LOCAL.noticePeriods));
    expect(await vault.read.UNBONDING_SECONDS()).to.equal(BigInt(LOCAL.unbondingSeconds));
    expect(await ledger.read.REFUND_DELAY()).to.equal(BigInt(LOCAL.refundDelaySeconds));
    expect(await timelock.read.getMinDelay()).to.equal(BigInt(LOCAL.timelockDelaySeconds));
  });

  it("has one clock", async () => {
    const { beacon, proofs, payments, market } = await load();
    for (const contract of [proofs, payments, market]) {
      expect(await contract.read.ORIGIN()).to.equal(await beacon.read.ORIGIN());
      expect(await contract.read.PERIOD_SECONDS()).to.equal(await beacon.read.PERIOD_SECONDS());
    }
  });

  it("is ready for deals: market, token, services, gate, phase and issuer", async () => {
    const { ledger, usd, catalog, registry, vault, market, invites } = await load();
    expect(await ledger.read.tokenOf([1])).to.equal(getAddress(usd.address));
    expect(await catalog.read.isTokenListed([1])).to.equal(true);
    expect(await registry.read.isMarket([market.address])).to.equal(true);
    expect(await vault.read.isMarket([market.address])).to.equal(true);
    expect(await invites.read.gate()).to.equal(getAddress(registry.address));
    expect(await invites.read.phase()).to.equal(Phase.Invite);
    expect(await invites.read.isIssuer([localAccount(LOCAL_ACCOUNTS.inviter).address])).to.equal(true);
    for (const { name, stakePerUnit, feeBps } of LOCAL.services) {
      expect(await catalog.read.serviceOf([serviceIdOf(name)])).to.deep.include({ stakePerUnit, feeBps, active: true });
    }
  });

  it("pays its fees to the router, which insures by the pool and belongs to this ledger for ever", async () => {
    const { ledger, router, insurance, payments, ever, beacon } = await load();
    const { fees } = LOCAL;
    expect(await ledger.read.FEE_RECIPIENT()).to.equal(getAddress(router.address));
    expect(await router.read.ledger()).to.equal(getAddress(ledger.address));
    expect(await router.read.insurance()).to.equal(getAddress(insurance.address));
    expect(await router.read.EVER()).to.equal(getAddress(ever.address));
    expect(await router.read.EPOCH_ORIGIN()).to.equal(await beacon.read.ORIGIN());
    expect(await router.read.EPOCH_SECONDS()).to.equal(BigInt(fees.epochSeconds));
    expect(await router.read.HALF_LIFE_SECONDS()).to.equal(BigInt(fees.halfLifeSeconds));
    expect(await router.read.SHARE_DELAY_SECONDS()).to.equal(BigInt(fees.shareDelaySeconds));
    expect(await router.read.FLOOR_PRICE()).to.equal(fees.floorPrice);
    expect(await router.read.insuranceBps()).to.equal(fees.insuranceBps);
    expect(await insurance.read.LEDGER()).to.equal(getAddress(ledger.address));
    expect(await insurance.read.PAYMENTS()).to.equal(getAddress(payments.address));
  });

  it("rewards what its own deals and channels paid, within what its own router burned", async () => {
    const { rewards, ledger, router, payments, channels, vault, ever } = await load();
    expect(await rewards.read.ROUTER()).to.equal(getAddress(router.address));
    expect(await rewards.read.LEDGER()).to.equal(getAddress(ledger.address));
    expect(await rewards.read.PAYMENTS()).to.equal(getAddress(payments.address));
    expect(await rewards.read.CHANNELS()).to.equal(getAddress(channels.address));
    expect(await rewards.read.VAULT()).to.equal(getAddress(vault.address));
    expect(await rewards.read.EVER()).to.equal(getAddress(ever.address));
    expect(await rewards.read.FIRST_EMISSION()).to.equal(LOCAL.fees.firstEmission);
    expect(await rewards.read.HALVING_EPOCHS()).to.equal(BigInt(LOCAL.fees.halvingEpochs));
  });

  it("charges no fee in the catalogue that payments or channels would refuse", async () => {
    const { catalog, payments, channels } = await load();
    expect(await catalog.read.MAX_FEE_BPS()).to.be.at.most(await payments.read.MAX_FEE_BPS());
    expect(await catalog.read.MAX_FEE_BPS()).to.be.at.most(await channels.read.MAX_FEE_BPS());
  });

  it("fits every contract into what a chain accepts", async () => {
    const { core, client } = await load();
    for (const { address } of Object.values(core)) {
      const code = await client.getCode({ address });
      expect(((code?.length ?? 2) - 2) / 2).to.be.within(1, MAX_CODE_BYTES);
    }
  });
});

describe("authority after the deployment", () => {
  it("leaves the access manager with the timelock, emission with the rewards, slasher and insurer with nobody", async () => {
    const { manager, timelock, rewards, client } = await load();
    const logs = await client.getLogs({ address: manager.address, fromBlock: 0n });
    const members = new Map<bigint, Set<Address>>(
      [...Object.values(ROLES), ADMIN_ROLE].map((role) => [role, new Set()]),
    );
    for (const { eventName, args } of parseEventLogs({ abi: manager.abi, logs })) {
      if (eventName === "RoleGranted")
        members.set(args.roleId, (members.get(args.roleId) ?? new Set()).add(args.account));
      if (eventName === "RoleRevoked") members.get(args.roleId)?.delete(args.account);
    }
    expect(Object.fromEntries([...members].map(([role, accounts]) => [`${role}`, [...accounts]]))).to.deep.equal({
      [`${ADMIN_ROLE}`]: [getAddress(timelock.address)],
      [`${ROLES.EMISSION}`]: [getAddress(rewards.address)],
      [`${ROLES.SLASHER}`]: [],
      [`${ROLES.INSURER}`]: [],
    });
  });

  it("lets the council propose to the timelock, anyone execute, and nobody but itself administer it", async () => {
    const { timelock, client } = await load();
    const logs = await client.getLogs({ address: timelock.address, fromBlock: 0n });
    const granted = parseEventLogs({ abi: timelock.abi, logs, eventName: "RoleGranted" });
    const names = new Map<Hex, string>([[zeroHash, "DEFAULT_ADMIN_ROLE"]]);
    for (const name of ACCESS_CONTROL_ROLES) names.set(keccak256(stringToHex(name)), name);
    expect(granted.map(({ args }) => `${names.get(args.role)} ${args.account}`).sort()).to.deep.equal(
      [
        `DEFAULT_ADMIN_ROLE ${getAddress(timelock.address)}`,
        `PROPOSER_ROLE ${COUNCIL}`,
        `CANCELLER_ROLE ${COUNCIL}`,
        `EXECUTOR_ROLE ${zeroAddress}`,
      ].sort(),
    );
  });

  it("leaves the deployer no token", async () => {
    const { ever, usd, ledger, faucet, deployer } = await load();
    const owner = deployer.account.address;
    expect(await ever.read.balanceOf([owner])).to.equal(0n);
    expect(await usd.read.balanceOf([owner])).to.equal(0n);
    expect(await ledger.read.balanceOf([owner, 1])).to.equal(0n);
    expect(await ever.read.balanceOf([COUNCIL])).to.equal(parseEther("100000000"));
    expect(await ever.read.balanceOf([faucet.address])).to.equal(parseEther("500000000"));
    expect(await ever.read.totalSupply()).to.equal(parseEther("600000000"));
  });

  /** Every function that asks the access manager, and the role that may call it. */
  const PRIVILEGED: Record<string, bigint> = {
    "ever.mint(address,uint256)": ROLES.EMISSION,
    "vault.freeze(address,bytes32,uint128)": ROLES.SLASHER,
    "vault.slash(address,bytes32,uint128,bytes32,address)": ROLES.SLASHER,
    "vault.unfreeze(address,bytes32)": ROLES.SLASHER,
    "insurance.compensate(uint256,uint128,uint128,bytes32)": ROLES.INSURER,
    "router.connect(address,address)": ADMIN_ROLE,
    "router.setInsuranceShare(uint16)": ADMIN_ROLE,
    "vault.setMarket(address,bool)": ADMIN_ROLE,
    "registry.setMarket(address,bool)": ADMIN_ROLE,
    "registry.setJailed(address,bool)": ADMIN_ROLE,
    "invites.setPhase(uint8)": ADMIN_ROLE,
    "invites.setIssuer(address,bool)": ADMIN_ROLE,
    "invites.setGate(address)": ADMIN_ROLE,
    "catalog.setService(string,uint64,uint96,uint8,uint16,uint32,bool)": ADMIN_ROLE,
    "catalog.setToken(uint32,bool)": ADMIN_ROLE,
    // The manager itself, when its administrator moves a contract to another manager.
    ...Object.fromEntries(
      ["ever", "vault", "registry", "invites", "catalog", "router", "insurance"].map((name) => [
        `${name}.setAuthority(address)`,
        ADMIN_ROLE,
      ]),
    ),
  };

  it("asks the access manager in these functions and in no other, whoever calls", async () => {
    const { core, client, manager, deployer, council, stranger } = await load();
    const refused: Record<string, bigint> = {};
    for (const [name, contract] of Object.entries(core)) {
      if (name === "manager" || name === "timelock") continue;
      for (const item of contract.abi as Abi) {
        if (item.type !== "function" || item.stateMutability === "view" || item.stateMutability === "pure") continue;
        const data = encodeFunctionData({ abi: [item], args: item.inputs.map(emptyValueOf) });
        const callers = [deployer, council, stranger].map(({ account }) => account.address);
        const refusals = await Promise.all(
          callers.map((account) => isRefusedByManager(() => client.call({ account, to: contract.address, data }))),
        );
        if (!refusals.some(Boolean)) continue;
        expect(refusals, `${name}.${item.name}`).to.deep.equal([true, true, true]);
        const role = await manager.read.getTargetFunctionRole([contract.address, selectorOf(item)]);
        refused[`${name}.${toFunctionSignature(item)}`] = role;
      }
    }
    expect(refused).to.deep.equal(PRIVILEGED);
  });

  it("has no administrator on money, proofs and the market", async () => {
    const { core } = await load();
    for (const name of ["ledger", "payments", "channels", "rewards", "market", "proofs", "beacon", "lens"] as const) {
      const names = (core[name].abi as Abi).flatMap((item) => (item.type === "function" ? [item.name] : []));
      expect(names.filter((each) => /authority|owner$|admin|pause|upgrade/i.test(each))).to.deep.equal([]);
    }
  });
});

describe("a decision of the council", () => {
  /** The council proposes one call, to be executed after the shortest delay. */
  async function proposed({ timelock, council }: Awaited<ReturnType<typeof deployed>>, target: Address, data: Hex) {
    const call = [target, 0n, data, zeroHash, zeroHash] as const;
    const delay = await timelock.read.getMinDelay();
    await timelock.write.schedule([...call, delay], { account: council.account });
    return { call, delay };
  }

  it("cannot be proposed by anybody else, nor sooner than the delay", async () => {
    const { timelock, invites, deployer, council } = await load();
    const data = encodeFunctionData({ abi: invites.abi, functionName: "setPhase", args: [Phase.Open] });
    const call = [invites.address, 0n, data, zeroHash, zeroHash] as const;
    await viem.assertions.revertWithCustomError(
      timelock.write.schedule([...call, BigInt(LOCAL.timelockDelaySeconds)], { account: deployer.account }),
      timelock,
      "AccessControlUnauthorizedAccount",
    );
    await viem.assertions.revertWithCustomErrorWithArgs(
      timelock.write.schedule([...call, 0n], { account: council.account }),
      timelock,
      "TimelockInsufficientDelay",
      [0n, BigInt(LOCAL.timelockDelaySeconds)],
    );
  });

  it("waits, is executed by anyone, and opens the network", async () => {
    const protocol = await load();
    const { timelock, invites, stranger } = protocol;
    const data = encodeFunctionData({ abi: invites.abi, functionName: "setPhase", args: [Phase.Open] });
    const { call, delay } = await proposed(protocol, invites.address, data);
    await viem.assertions.revertWithCustomError(
      timelock.write.execute(call, { account: stranger.account }),
      timelock,
      "TimelockUnexpectedOperationState",
    );
    await networkHelpers.time.increase(delay);
    await timelock.write.execute(call, { account: stranger.account });
    expect(await invites.read.phase()).to.equal(Phase.Open);
  });

  it("cannot mint or slash before somebody was named for it", async () => {
    const protocol = await load();
    const { timelock, ever, vault, manager, stranger } = protocol;
    const calls = [
      [ever.address, encodeFunctionData({ abi: ever.abi, functionName: "mint", args: [COUNCIL, 1n] })],
      [
        vault.address,
        encodeFunctionData({
          abi: vault.abi,
          functionName: "slash",
          args: [COUNCIL, zeroHash, 1n, zeroHash, COUNCIL],
        }),
      ],
    ] as const;
    for (const [target, data] of calls) {
      const { call, delay } = await proposed(protocol, target, data);
      await networkHelpers.time.increase(delay);
      await viem.assertions.revertWithCustomErrorWithArgs(
        timelock.write.execute(call, { account: stranger.account }),
        ever,
        "AccessManagedUnauthorized",
        [getAddress(timelock.address)],
      );
    }
    expect((await manager.read.hasRole([ROLES.SLASHER, timelock.address]))[0]).to.equal(false);
  });

  it("moves no customer's money, whatever role it grants", async () => {
    const protocol = await load();
    const { ledger, usd, faucet, manager, timelock, stranger, council } = protocol;
    const owner = stranger.account.address;
    const amount = 1_000_000n;
    await faucet.write.claim([owner], { account: stranger.account });
    await usd.write.approve([ledger.address, amount], { account: stranger.account });
    await ledger.write.deposit([owner, 1, amount], { account: stranger.account });

    for (const role of [ADMIN_ROLE, ...Object.values(ROLES)]) {
      const data = encodeFunctionData({ abi: manager.abi, functionName: "grantRole", args: [role, COUNCIL, 0] });
      const { call, delay } = await proposed(protocol, manager.address, data);
      await networkHelpers.time.increase(delay);
      await timelock.write.execute(call, { account: stranger.account });
    }
    const asCouncil = { account: council.account };
    const expiresAt = 2 ** 40 - 1;
    const attempts: [error: string, () => Promise<Hex>][] = [
      [
        "LedgerApprovalInsufficient",
        () => ledger.write.lock([COUNCIL, 1n, owner, COUNCIL, 1, amount, expiresAt], asCouncil),
      ],
      ["LedgerLockUnknown", () => ledger.write.raiseLock([COUNCIL, 1n, amount, expiresAt], asCouncil)],
      ["LedgerLockUnknown", () => ledger.write.pay([1n, amount], asCouncil)],
      ["LedgerLockUnknown", () => ledger.write.payFee([1n, amount], asCouncil)],
      ["LedgerLockUnknown", () => ledger.write.refund([1n, amount], asCouncil)],
      ["LedgerBalanceInsufficient", () => ledger.write.withdraw([COUNCIL, 1, amount], asCouncil)],
    ];
    for (const [error, attempt] of attempts) await rejects(attempt(), ledger, error);
    expect(await ledger.read.balanceOf([owner, 1])).to.equal(amount);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(amount);
  });
});

describe("the faucet of a local chain", () => {
  it("gives each account its share once in a while, and nothing more", async () => {
    const { faucet, ever, usd, stranger } = await load();
    const account = getAddress(stranger.account.address);
    const amounts = [parseEther("10000"), 10_000_000_000n] as const;
    await viem.assertions.emitWithArgs(faucet.write.claim([account]), faucet, "FaucetClaimed", [account, ...amounts]);
    expect(await ever.read.balanceOf([account])).to.equal(amounts[0]);
    expect(await usd.read.balanceOf([account])).to.equal(amounts[1]);

    const availableAt = await faucet.read.availableAtOf([account]);
    await networkHelpers.time.setNextBlockTimestamp(availableAt - 1n);
    await viem.assertions.revertWithCustomErrorWithArgs(faucet.write.claim([account]), faucet, "FaucetTooSoon", [
      account,
      availableAt,
    ]);
    await networkHelpers.time.setNextBlockTimestamp(availableAt);
    await faucet.write.claim([account]);
    expect(await ever.read.balanceOf([account])).to.equal(2n * amounts[0]);
  });

  it("says when its stock is used up", async () => {
    const { ever, deployer } = await load();
    const empty = await viem.deployContract("Faucet", [ever.address, 5n, 7n, 60n]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      empty.write.claim([deployer.account.address]),
      empty,
      "FaucetEmpty",
      [0n, 5n],
    );
  });

  it("alone mints the local dollar", async () => {
    const { usd, faucet, deployer } = await load();
    const caller = getAddress(deployer.account.address);
    await viem.assertions.revertWithCustomErrorWithArgs(usd.write.mint([caller, 1n]), usd, "LocalUsdMinterOnly", [
      getAddress(faucet.address),
      caller,
    ]);
    expect(await usd.read.decimals()).to.equal(6);
  });
});

/** Zero, false, empty: arguments that decode, so that a call reaches its first check. */
function emptyValueOf(parameter: AbiParameter): unknown {
  const { type } = parameter;
  if (type.endsWith("[]")) return [];
  if (type === "tuple") {
    const { components } = parameter as AbiParameter & { components: readonly AbiParameter[] };
    return Object.fromEntries(components.map((component) => [component.name, emptyValueOf(component)]));
  }
  if (type === "bool") return false;
  if (type === "string") return "";
  if (type === "bytes") return "0x";
  if (type === "address") return zeroAddress;
  if (type.startsWith("bytes")) return `0x${"00".repeat(Number(type.slice("bytes".length)))}`;
  return 0n;
}

function selectorOf(item: AbiFunction): Hex {
  return keccak256(stringToHex(toFunctionSignature(item))).slice(0, 10) as Hex;
}

const UNAUTHORIZED = keccak256(stringToHex("AccessManagedUnauthorized(address)")).slice(0, 10);

async function isRefusedByManager(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return false;
  } catch (error) {
    return JSON.stringify(errorDataOf(error)).includes(UNAUTHORIZED);
  }
}

/** Revert data anywhere in the chain of causes. */
function errorDataOf(error: unknown): unknown[] {
  if (typeof error !== "object" || error === null) return [];
  const { data, cause } = error as { data?: unknown; cause?: unknown };
  return [data ?? null, ...errorDataOf(cause)];
}
