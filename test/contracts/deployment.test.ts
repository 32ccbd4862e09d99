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
  stringToHex,
  toFunctionSignature,
  zeroAddress,
  zeroHash,
} from "viem";
import { LOCAL_ACCOUNTS, localAccount, localGenesis } from "../../contracts/ignition/local-chain.ts";
import { INVITE_QUOTA, protocolModule, ROLES } from "../../contracts/ignition/modules/Protocol.ts";
import { LOCAL } from "../../contracts/ignition/profiles.ts";
import { createAssertions } from "../helpers/assertions.ts";
import { AUTHORITY, CONTRACT_OF } from "../helpers/authority-list.ts";
import { councilSalt } from "../helpers/governance.ts";
import { Phase, serviceIdOf } from "../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers, ignition } = connection;
const { rejects } = createAssertions(connection);

const COUNCIL = localAccount(LOCAL_ACCOUNTS.council).address;
const ADMIN_ROLE = 0n;
/** Checks that end in the access manager's refusal. */
const ASKS_MANAGER = /^restricted$|canCallWithDelay|^authority\(\)$/;
/** Largest code that a chain accepts (EIP-170). Bytes. */
const MAX_CODE_BYTES = 24_576;

async function deployed() {
  const originAt = await networkHelpers.time.latest();
  const client = await viem.getPublicClient();
  const wallets = await viem.getWalletClients();
  const [deployer, councillor, inviter, , , , , , , , stranger] = wallets;
  if (!deployer || !councillor || !inviter || !stranger) throw new Error("too few accounts");
  const contracts = await ignition.deploy(protocolModule(LOCAL, localGenesis(originAt)));
  const { faucet, usd, council, ...core } = contracts;
  if (!faucet || !usd || !council) throw new Error("the local chain lacks its faucet or its council");
  return { core, ...core, council, faucet, usd, client, originAt, deployer, councillor, inviter, stranger };
}
const load = () => networkHelpers.loadFixture(deployed);

describe("the deployed protocol", () => {
  it("has the parameters of its profile", async () => {
    const { beacon, market, payments, channels, vault, ledger, timelock, governor, guardian, council, originAt } =
      await load();
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
    expect(await timelock.read.MIN_DELAY_SECONDS()).to.equal(BigInt(LOCAL.minTimelockDelaySeconds));
    expect(await timelock.read.MAX_DELAY_SECONDS()).to.equal(BigInt(LOCAL.justice.executionSeconds));
    const { votingDelay, votingPeriod, voteExtension, proposalThreshold, quorumBps } = LOCAL.governor;
    expect(await governor.read.votingDelay()).to.equal(BigInt(votingDelay));
    expect(await governor.read.votingPeriod()).to.equal(BigInt(votingPeriod));
    expect(await governor.read.lateQuorumVoteExtension()).to.equal(voteExtension);
    expect(await governor.read.proposalThreshold()).to.equal(proposalThreshold);
    expect(await governor.read.quorumNumerator()).to.equal(BigInt(quorumBps));
    expect(await governor.read.MIN_VOTING_PERIOD()).to.equal(BigInt(LOCAL.governorFloors.votingPeriod));
    expect(await council.read.ENDS_AT()).to.equal(BigInt(originAt + LOCAL.councilTermSeconds));
    expect(await guardian.read.guardian()).to.equal(COUNCIL);
  });

  it("has one clock", async () => {
    const { beacon, proofs, payments, market } = await load();
    for (const contract of [proofs, payments, market]) {
      expect(await contract.read.ORIGIN()).to.equal(await beacon.read.ORIGIN());
      expect(await contract.read.PERIOD_SECONDS()).to.equal(await beacon.read.PERIOD_SECONDS());
    }
  });

  it("counts votes of tokens, of stake and of the governor by one clock", async () => {
    const { ever, vault, governor, client } = await load();
    const { timestamp } = await client.getBlock();
    for (const contract of [ever, vault, governor]) {
      expect(await contract.read.CLOCK_MODE()).to.equal("mode=timestamp");
      expect(await contract.read.clock({ blockTag: "latest" })).to.equal(Number(timestamp));
    }
    expect(await governor.read.STAKE()).to.equal(getAddress(vault.address));
    expect(await governor.read.token()).to.equal(getAddress(ever.address));
  });

  it("lets the council say something of new entries, and nothing of what is owned, paid or decided", async () => {
    const { core, catalog, invites, registry, vault, guardian, council } = await load();
    const targets = [catalog, invites, registry, vault, guardian].map(({ address }) => address);
    for (const { address } of [...Object.values(core), council]) {
      expect(await council.read.isTarget([address])).to.equal(targets.includes(address));
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
    const { quota } = await invites.read.issuerOf([localAccount(LOCAL_ACCOUNTS.inviter).address]);
    expect(quota).to.equal(INVITE_QUOTA);
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

  it("asks the access manager in the listed functions and in no other, whoever calls", async () => {
    const { core, client, deployer, inviter, stranger } = await load();
    const refused: string[] = [];
    for (const [name, contract] of Object.entries(core)) {
      if (name === "manager" || name === "timelock") continue;
      for (const item of contract.abi as Abi) {
        if (item.type !== "function" || item.stateMutability === "view" || item.stateMutability === "pure") continue;
        const data = encodeFunctionData({ abi: [item], args: item.inputs.map(emptyValueOf) });
        const callers = [deployer, inviter, stranger].map(({ account }) => account.address);
        const refusals = await Promise.all(
          callers.map((account) => isRefusedByManager(() => client.call({ account, to: contract.address, data }))),
        );
        if (!refusals.some(Boolean)) continue;
        expect(refusals, `${name}.${item.name}`).to.deep.equal([true, true, true]);
        refused.push(`${CONTRACT_OF[name]}.${toFunctionSignature(item)}`);
      }
    }
    const listed = Object.entries(AUTHORITY).flatMap(([contract, functions]) =>
      Object.entries(functions).flatMap(([signature, [check]]) =>
        ASKS_MANAGER.test(check) && contract !== "AccessManager" ? [`${contract}.${signature}`] : [],
      ),
    );
    expect(refused.sort()).to.deep.equal(listed.sort());
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
  async function proposed(protocol: Awaited<ReturnType<typeof deployed>>, target: Address, data: Hex) {
    const { timelock, council, councillor } = protocol;
    const salt = councilSalt(council.address, zeroHash);
    const call = [[target], [0n], [data], zeroHash, salt] as const;
    const delay = await timelock.read.getMinDelay();
    await council.write.propose([[target], [data], zeroHash], { account: councillor.account });
    return { call, delay };
  }

  it("cannot be proposed by anybody else, nor past the council's contract", async () => {
    const { timelock, council, invites, deployer, councillor } = await load();
    const data = encodeFunctionData({ abi: invites.abi, functionName: "setPhase", args: [Phase.Open] });
    const propose = council.write.propose([[invites.address], [data], zeroHash], { account: deployer.account });
    await rejects(propose, council, "CouncilOnly", [getAddress(deployer.account.address)]);
    const call = [invites.address, 0n, data, zeroHash, zeroHash, BigInt(LOCAL.timelockDelaySeconds)] as const;
    for (const { account } of [deployer, councillor]) {
      await rejects(timelock.write.schedule(call, { account }), timelock, "AccessControlUnauthorizedAccount");
    }
  });

  it("waits, is executed by anyone, and opens the network", async () => {
    const protocol = await load();
    const { timelock, invites, stranger } = protocol;
    const data = encodeFunctionData({ abi: invites.abi, functionName: "setPhase", args: [Phase.Open] });
    const { call, delay } = await proposed(protocol, invites.address, data);
    await viem.assertions.revertWithCustomError(
      timelock.write.executeBatch(call, { account: stranger.account }),
      timelock,
      "TimelockUnexpectedOperationState",
    );
    await networkHelpers.time.increase(delay);
    await timelock.write.executeBatch(call, { account: stranger.account });
    expect(await invites.read.phase()).to.equal(Phase.Open);
  });

  it("cannot mint or slash before somebody was named for it: neither the council nor the timelock", async () => {
    const { timelock, council, ever, vault, manager, councillor } = await load();
    const mint = encodeFunctionData({ abi: ever.abi, functionName: "mint", args: [COUNCIL, 1n] });
    const proposal = council.write.propose([[ever.address], [mint], zeroHash], { account: councillor.account });
    await rejects(proposal, council, "CouncilTargetForbidden", [getAddress(ever.address)]);

    await networkHelpers.impersonateAccount(timelock.address);
    await networkHelpers.setBalance(timelock.address, parseEther("1"));
    const account = { account: timelock.address };
    const refused = [getAddress(timelock.address)];
    await rejects(ever.write.mint([COUNCIL, 1n], account), ever, "AccessManagedUnauthorized", refused);
    const slash = vault.write.slash([COUNCIL, zeroHash, 1n, zeroHash, COUNCIL], account);
    await rejects(slash, vault, "AccessManagedUnauthorized", refused);
    expect((await manager.read.hasRole([ROLES.SLASHER, timelock.address]))[0]).to.equal(false);
  });

  it("moves no customer's money, even of a timelock that grants it every role", async () => {
    const protocol = await load();
    const { ledger, usd, faucet, manager, timelock, stranger, councillor } = protocol;
    const owner = stranger.account.address;
    const amount = 1_000_000n;
    await faucet.write.claim([owner], { account: stranger.account });
    await usd.write.approve([ledger.address, amount], { account: stranger.account });
    await ledger.write.deposit([owner, 1, amount], { account: stranger.account });

    await networkHelpers.impersonateAccount(timelock.address);
    await networkHelpers.setBalance(timelock.address, parseEther("1"));
    for (const role of [ADMIN_ROLE, ...Object.values(ROLES)]) {
      await manager.write.grantRole([role, COUNCIL, 0], { account: timelock.address });
    }
    const asCouncil = { account: councillor.account };
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

function _selectorOf(item: AbiFunction): Hex {
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
