import { expect } from "chai";
import { network } from "hardhat";
import {
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  parseAbiParameters,
  stringToHex,
  zeroAddress,
} from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { ledgerFixtures, PLAIN, TOKEN } from "../../helpers/fixtures/ledger.ts";
import { balancesOf, GENESIS_USD, USD } from "../../helpers/money.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, deposited } = ledgerFixtures(connection);

const FEE = 3;

describe("Ledger.constructor", () => {
  it("refuses a fee recipient of zero", async () => {
    const { ledger } = await load(fresh);
    await rejects(viem.deployContract("Ledger", [zeroAddress, 1n]), ledger, "LedgerAccountInvalid", []);
  });
});

const ABC = stringToHex("abc", { size: 32 });
/** Reverts with 96 bytes: 32 decimals to whoever asks for these, and the symbol "abc" as a string. */
const REVERTING_ANSWER = "0x602060005260036020526261626360e81b60405260606000fd";

describe("Ledger.registerToken", () => {
  it("refuses an account without code", async () => {
    const { ledger, customer } = await load(fresh);
    await rejects(ledger.write.registerToken([customer.account.address]), ledger, "LedgerTokenInvalid", [
      getAddress(customer.account.address),
    ]);
  });

  it("numbers a token and tells its decimals and symbol", async () => {
    const { ledger } = await load(fresh);
    const token = await viem.deployContract("PlainToken");
    await emits(ledger.write.registerToken([token.address]), ledger, "TokenRegistered", [
      4,
      getAddress(token.address),
      6,
      "PLAIN",
    ]);
    expect(await ledger.read.tokenIdOf([token.address])).to.equal(4);
    expect(await ledger.read.tokenOf([4])).to.equal(getAddress(token.address));
  });

  it("keeps the number of a token that has one", async () => {
    const { ledger, usd } = await load(fresh);
    await ledger.write.registerToken([usd.address]);
    expect(await ledger.read.tokenIdOf([usd.address])).to.equal(TOKEN);
    expect(await ledger.read.tokenOf([4])).to.equal(zeroAddress);
  });

  for (const [name, decimals, symbol] of [
    ["that answers nothing", "0x", "0x"],
    ["whose answers are one byte too short", `0x${"00".repeat(31)}`, `0x${"00".repeat(63)}`],
    ["whose symbol is one byte shorter than it claims", word(300n), `${word(32n)}${word(3n).slice(2)}6162`],
    ["of 300 decimals and a symbol in bytes32", word(300n), stringToHex("MKR", { size: 32 })],
    ["with a symbol of 33 bytes", word(256n), encodeAbiParameters(parseAbiParameters("string"), ["x".repeat(33)])],
    ["whose symbol claims to be longer than the reply", word(2n ** 255n), `${word(32n)}${word(32n).slice(2)}`],
    ["whose symbol lies elsewhere", "0x12", `${word(64n)}${word(1n).slice(2)}${word(3n).slice(2)}${ABC.slice(2)}`],
  ] as const) {
    it(`takes a token ${name}, as one that does not say`, async () => {
      const { ledger } = await load(fresh);
      const odd = await viem.deployContract("OddToken", [decimals, symbol as `0x${string}`]);
      await emits(ledger.write.registerToken([odd.address]), ledger, "TokenRegistered", [
        4,
        getAddress(odd.address),
        0,
        "",
      ]);
    });
  }

  it("believes nothing of a token that reverts with an answer", async () => {
    const { ledger } = await load(fresh);
    const other = await viem.deployContract("PlainToken");
    await networkHelpers.setCode(other.address, REVERTING_ANSWER);
    const registered = [4, getAddress(other.address), 0, ""];
    await emits(ledger.write.registerToken([other.address]), ledger, "TokenRegistered", registered);
  });

  it("takes a symbol that ends with its last byte", async () => {
    const { ledger } = await load(fresh);
    const odd = await viem.deployContract("OddToken", [word(1n), `${word(32n)}${word(3n).slice(2)}616263`]);
    const registered = [4, getAddress(odd.address), 1, "abc"];
    await emits(ledger.write.registerToken([odd.address]), ledger, "TokenRegistered", registered);
  });

  it("takes a symbol of 32 bytes", async () => {
    const { ledger } = await load(fresh);
    const symbol = "x".repeat(32);
    const odd = await viem.deployContract("OddToken", [
      word(255n),
      encodeAbiParameters(parseAbiParameters("string"), [symbol]),
    ]);
    const registered = [4, getAddress(odd.address), 255, symbol];
    await emits(ledger.write.registerToken([odd.address]), ledger, "TokenRegistered", registered);
  });
});

describe("Ledger.deposit", () => {
  it("refuses a token without a number", async () => {
    const { ledger, customer, by } = await load(fresh);
    for (const tokenId of [0, 4]) {
      const deposit = ledger.write.deposit([customer.account.address, tokenId, 1n], by.customer);
      await rejects(deposit, ledger, "LedgerTokenUnknown", [tokenId]);
    }
  });

  it("refuses an account of zero", async () => {
    const { ledger, usd, by } = await load(fresh);
    await usd.write.approve([ledger.address, 1n], by.customer);
    await rejects(ledger.write.deposit([zeroAddress, TOKEN, 1n], by.customer), ledger, "LedgerAccountInvalid", []);
  });

  it("refuses more than the allowance or the wallet hold", async () => {
    const { ledger, usd, customer, by } = await load(fresh);
    const account = getAddress(customer.account.address);
    await usd.write.approve([ledger.address, 5n], by.customer);
    await rejects(ledger.write.deposit([account, TOKEN, 6n], by.customer), usd, "ERC20InsufficientAllowance", [
      getAddress(ledger.address),
      5n,
      6n,
    ]);
    await usd.write.approve([ledger.address, 2n * GENESIS_USD], by.customer);
    const tooMuch = ledger.write.deposit([account, TOKEN, GENESIS_USD + 1n], by.customer);
    await rejects(tooMuch, usd, "ERC20InsufficientBalance", [account, GENESIS_USD, GENESIS_USD + 1n]);
  });

  it("credits another account when asked to", async () => {
    const { ledger, usd, customer, provider, by } = await load(fresh);
    const [from, account] = [getAddress(customer.account.address), getAddress(provider.account.address)];
    await usd.write.approve([ledger.address, 7n * USD], by.customer);
    await emits(ledger.write.deposit([account, TOKEN, 7n * USD], by.customer), ledger, "Deposited", [
      account,
      TOKEN,
      from,
      7n * USD,
    ]);
    expect(await balancesOf(ledger, TOKEN, [account, from])).to.deep.equal([7n * USD, 0n]);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(7n * USD);
    expect(await usd.read.balanceOf([from])).to.equal(GENESIS_USD - 7n * USD);
  });

  it("credits what arrived of a token that takes a fee", async () => {
    const { ledger, fee, customer, by } = await load(fresh);
    const account = getAddress(customer.account.address);
    await fee.write.approve([ledger.address, 100n * USD], by.customer);
    await emits(ledger.write.deposit([account, FEE, 100n * USD], by.customer), ledger, "Deposited", [
      account,
      FEE,
      account,
      99n * USD,
    ]);
    expect(await ledger.read.balanceOf([account, FEE])).to.equal(99n * USD);
    expect(await fee.read.balanceOf([ledger.address])).to.equal(99n * USD);
  });

  it("takes nothing as nothing", async () => {
    const { ledger, customer, by } = await load(fresh);
    await ledger.write.deposit([customer.account.address, TOKEN, 0n], by.customer);
    expect(await ledger.read.balanceOf([customer.account.address, TOKEN])).to.equal(0n);
  });
});

describe("Ledger.depositWithPermit", () => {
  it("refuses a foreign submitter whose permit fails, whatever allowance stands", async () => {
    const { ledger, usd, permit, customer, stranger, by } = await load(fresh);
    const [owner, foreign] = [customer.account.address, getAddress(stranger.account.address)];
    await usd.write.approve([ledger.address, 100n * USD], by.customer);
    const signed = { ...(await permit(100n * USD)), amount: 90n * USD };
    const submission = ledger.write.depositWithPermit([owner, TOKEN, signed], by.stranger);
    await rejects(submission, usd, "ERC2612InvalidSigner");
    const used = await permit(50n * USD);
    await ledger.write.depositWithPermit([owner, TOKEN, used], by.stranger);
    const again = ledger.write.depositWithPermit([owner, TOKEN, used], by.stranger);
    await rejects(again, usd, "ERC2612InvalidSigner");
    expect(await balancesOf(ledger, TOKEN, [owner, foreign])).to.deep.equal([50n * USD, 0n]);
  });

  it("refuses a foreign submitter for a token whose permit does nothing", async () => {
    const { ledger, permit, customer, by } = await load(fresh);
    const silent = await viem.deployContract("SilentToken");
    const owner = getAddress(customer.account.address);
    await ledger.write.registerToken([silent.address]);
    await silent.write.mint([owner, USD]);
    await silent.write.approve([ledger.address, USD], by.customer);
    const signed = await permit(USD);
    const submission = ledger.write.depositWithPermit([owner, 4, signed], by.stranger);
    await rejects(submission, ledger, "LedgerPermitInvalid", [owner]);
  });

  it("refuses the owner whose permit fails and whose allowance is too small", async () => {
    const { ledger, usd, permit, customer, by } = await load(fresh);
    const owner = getAddress(customer.account.address);
    await usd.write.approve([ledger.address, 4n * USD], by.customer);
    const expired = await permit(5n * USD, 1n);
    const deposit = ledger.write.depositWithPermit([owner, TOKEN, expired], by.customer);
    await rejects(deposit, ledger, "LedgerAllowanceInsufficient", [owner, 4n * USD, 5n * USD]);
  });

  it("lets anyone submit, and credits the owner", async () => {
    const { ledger, permit, customer, stranger, by } = await load(fresh);
    const owner = getAddress(customer.account.address);
    const submission = ledger.write.depositWithPermit([owner, TOKEN, await permit(9n * USD)], by.stranger);
    await emits(submission, ledger, "Deposited", [owner, TOKEN, owner, 9n * USD]);
    expect(await balancesOf(ledger, TOKEN, [owner, stranger.account.address])).to.deep.equal([9n * USD, 0n]);
  });

  it("works for the owner after somebody used the permit at the token", async () => {
    const { ledger, usd, permit, customer, by } = await load(fresh);
    const owner = customer.account.address;
    const signed = await permit(9n * USD);
    const { amount, deadline, v, r, s } = signed;
    await usd.write.permit([owner, ledger.address, amount, deadline, v, r, s], by.stranger);
    await ledger.write.depositWithPermit([owner, TOKEN, signed], by.customer);
    expect(await ledger.read.balanceOf([owner, TOKEN])).to.equal(9n * USD);
    expect(await usd.read.allowance([owner, ledger.address])).to.equal(0n);
  });

  it("takes the allowance of a token without permit from its owner", async () => {
    const { ledger, plain, permit, customer, by } = await load(fresh);
    await plain.write.approve([ledger.address, 9n * USD], by.customer);
    await ledger.write.depositWithPermit([customer.account.address, PLAIN, await permit(9n * USD)], by.customer);
    expect(await ledger.read.balanceOf([customer.account.address, PLAIN])).to.equal(9n * USD);
  });
});

describe("Ledger.withdraw", () => {
  it("refuses more than the balance", async () => {
    const { ledger, customer, stranger, by } = await load(deposited);
    const account = getAddress(customer.account.address);
    const tooMuch = ledger.write.withdraw([account, TOKEN, 1_000n * USD + 1n], by.customer);
    await rejects(tooMuch, ledger, "LedgerBalanceInsufficient", [account, TOKEN, 1_000n * USD, 1_000n * USD + 1n]);
    const foreign = getAddress(stranger.account.address);
    const nothing = ledger.write.withdraw([account, TOKEN, 1n], by.stranger);
    await rejects(nothing, ledger, "LedgerBalanceInsufficient", [foreign, TOKEN, 0n, 1n]);
  });

  it("refuses to pay nobody or itself, and a token without a number", async () => {
    const { ledger, customer, by } = await load(deposited);
    for (const to of [zeroAddress, ledger.address]) {
      await rejects(ledger.write.withdraw([to, TOKEN, 1n], by.customer), ledger, "LedgerAccountInvalid", []);
    }
    const unknown = ledger.write.withdraw([customer.account.address, 9, 0n], by.customer);
    await rejects(unknown, ledger, "LedgerTokenUnknown", [9]);
  });

  it("pays to whom the owner says", async () => {
    const { ledger, usd, customer, provider, by } = await load(deposited);
    const [account, to] = [getAddress(customer.account.address), getAddress(provider.account.address)];
    await emits(ledger.write.withdraw([to, TOKEN, 400n * USD], by.customer), ledger, "Withdrawn", [
      account,
      TOKEN,
      to,
      400n * USD,
    ]);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(600n * USD);
    expect(await usd.read.balanceOf([to])).to.equal(400n * USD);
    await ledger.write.withdraw([to, TOKEN, 600n * USD], by.customer);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(0n);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(0n);
  });

  for (const entry of ["deposit", "withdraw", "registerToken"] as const) {
    it(`lets no token that calls back into ${entry} gain anything`, async () => {
      const { ledger, customer, by } = await load(fresh);
      const token = await viem.deployContract("ReentrantToken");
      const account = customer.account.address;
      await ledger.write.registerToken([token.address]);
      await token.write.mint([account, 10n * USD]);
      await token.write.approve([ledger.address, 10n * USD], by.customer);
      await ledger.write.deposit([account, 4, 5n * USD], by.customer);
      const { abi } = ledger;
      const inner = {
        deposit: () => encodeFunctionData({ abi, functionName: "deposit", args: [account, 4, 1n] }),
        withdraw: () => encodeFunctionData({ abi, functionName: "withdraw", args: [account, 4, 0n] }),
        registerToken: () => encodeFunctionData({ abi, functionName: "registerToken", args: [token.address] }),
      }[entry]();
      await token.write.arm([ledger.address, inner]);
      const outer = ledger.write.withdraw([account, 4, 5n * USD], by.customer);
      if (entry === "registerToken") await outer;
      else await rejects(outer, ledger, "LedgerReentered", []);
      const left = await ledger.read.balanceOf([account, 4]);
      expect(await token.read.balanceOf([ledger.address])).to.equal(left);
    });
  }
});

function word(value: bigint): `0x${string}` {
  return encodeAbiParameters(parseAbiParameters("uint256"), [value]);
}
