import { expect } from "chai";
import { network } from "hardhat";
import type { Hex } from "viem";
import { deployLedger, GENESIS_USD, MAX_UINT128 } from "../../helpers/money.ts";
import { DEAL_ID, deployPossession, FIRST_PERIOD } from "../../helpers/possession.ts";
import {
  type OpenablePiece,
  PERIOD_SECONDS,
  pieceOf,
  signPieces,
  slotsOf,
  uniformPiece,
} from "../../helpers/proofs.ts";

const GIB_LEAVES = 2 ** 23;
const MIB_LEAVES = 2 ** 13;

/** Ceilings of the protocol's gas table, whole transactions. */
const FORKS = [
  { fork: "Cancun", name: "default", one: 147_000n, hundred: 160_000n, tenThousand: 130_000n },
  { fork: "Prague", name: "prague", one: 186_000n, hundred: 205_000n, tenThousand: 140_000n },
] as const;
const MOST_ADD = 86_000n;
const MOST_OF_20 = 42_000n;
const MOST_REMOVE = 50_000n;
/** Not in the table: payments keep the rate before when a deal's bytes change for the first time in a period. */
const MOST_RATE = 28_000n;
/** Not in the table: the ledger is asked who the customer is. */
const MOST_CUSTOMER = 9_500n;

for (const { fork, name, ...most } of FORKS) {
  const connection = await network.create(name);
  const { viem, networkHelpers } = connection;

  const gasOf = async (hash: Hex) => {
    const client = await viem.getPublicClient();
    return (await client.getTransactionReceipt({ hash })).gasUsed;
  };
  const expectAtMost = (gas: bigint, ceiling: bigint, what: string) => {
    if (process.env.SHOW_GAS) console.log(`      ${fork} ${what}: ${gas}`);
    expect(gas <= ceiling, `${what}: ${gas} of ${ceiling}`).to.equal(true);
  };

  /** A set with a running deal whose money is in the real payments; the market is a plain account. */
  async function running() {
    const { ledger, usd, customer, provider, agent: market, operator } = await deployLedger(connection);
    const originAt = BigInt(await networkHelpers.time.latest()) + 1_000n - FIRST_PERIOD * PERIOD_SECONDS;
    const payments = await viem.deployContract("DealPayments", [ledger.address, 30n, originAt, PERIOD_SECONDS]);
    const beacon = await viem.deployContract("BeaconDouble", [originAt, PERIOD_SECONDS]);
    const registry = await viem.deployContract("DealDouble");
    const proofs = await viem.deployContract("PossessionProofs", [
      beacon.address,
      payments.address,
      ledger.address,
      registry.address,
    ]);
    const by = {
      customer: { account: customer.account },
      operator: { account: operator.account },
      market: { account: market.account },
    };
    await registry.write.setOperator([provider.account.address, operator.account.address]);
    await usd.write.approve([ledger.address, GENESIS_USD], by.customer);
    await ledger.write.deposit([customer.account.address, 1, GENESIS_USD], by.customer);
    const approval = [payments.address, market.account.address, 1, MAX_UINT128, 2n ** 40n] as const;
    await ledger.write.approveOperator(approval, by.customer);
    await networkHelpers.time.increaseTo(originAt + FIRST_PERIOD * PERIOD_SECONDS);
    await proofs.write.openSet([provider.account.address, market.account.address], by.operator);
    const terms = {
      payer: customer.account.address,
      payee: provider.account.address,
      tokenId: 1,
      most: GENESIS_USD / 2n,
      signer: customer.account.address,
      capacityBytes: 2n ** 46n,
      unitPrice: 1n,
      feeBps: 100,
      expiresAt: 2 ** 40 - 1,
    };
    await payments.write.reserve([DEAL_ID, terms], by.market);
    await payments.write.start([DEAL_ID, proofs.address, 1, Number(FIRST_PERIOD) + 400], by.market);
    let nonce = 0n;
    const add = async (pieces: OpenablePiece[]) => {
      const request = { market: market.account.address, dealId: DEAL_ID, pieces, nonce: ++nonce };
      const signature = await signPieces(connection, customer.account.address, { ...request, proofs: proofs.address });
      return proofs.write.addPieces([1n, DEAL_ID, pieces.map(pieceOf), nonce, signature], by.operator);
    };
    const enter = (period: bigint) => networkHelpers.time.increaseTo(originAt + period * PERIOD_SECONDS);
    return { proofs, beacon, payments, by, add, enter };
  }

  describe(`PossessionProofs, gas on ${fork}`, () => {
    async function proveFor(pieces: OpenablePiece[], ceiling: bigint) {
      const { proofs, setId, by, add, close, build } = await deployPossession(connection);
      for (let i = 0; i < pieces.length; i += 200) await add(pieces.slice(i, i + 200));
      for (const period of [FIRST_PERIOD + 1n, FIRST_PERIOD + 2n]) {
        await close(period);
        const proof = await build(period, pieces);
        const gas = await gasOf(await proofs.write.prove([setId, period, proof], by.operator));
        expectAtMost(gas, ceiling, `prove ${pieces.length} pieces, period ${period}`);
      }
    }

    it("proves one piece of 1 GiB", async () => {
      await proveFor([uniformPiece(GIB_LEAVES, "one")], most.one);
    });

    it("proves 100 pieces of 1 GiB", async () => {
      await proveFor(
        Array.from({ length: 100 }, (_, i) => uniformPiece(GIB_LEAVES, `hundred/${i}`)),
        most.hundred,
      );
    }).timeout(60_000);

    it("proves 10,000 pieces of 1 MiB", async () => {
      await proveFor(
        Array.from({ length: 10_000 }, (_, i) => uniformPiece(MIB_LEAVES, `many/${i}`)),
        most.tenThousand,
      );
    }).timeout(180_000);

    it("adds a piece: the first, another one, and one to a set of 10,000", async () => {
      const { add, enter } = await running();
      const piece = (i: number) => uniformPiece(MIB_LEAVES, `add/${i}`);
      expectAtMost(await gasOf(await add([piece(0)])), MOST_ADD, "add the first piece");
      expectAtMost(await gasOf(await add([piece(1)])), MOST_ADD, "add in the same period");
      for (let i = 0; i < 50; i++) await add(Array.from({ length: 200 }, (_, j) => piece(2 + 200 * i + j)));
      expectAtMost(await gasOf(await add([piece(10_002)])), MOST_ADD, "add to 10,000");
      for (let i = 1n; i < 6n; i++) {
        await enter(FIRST_PERIOD + i);
        const gas = await gasOf(await add([piece(10_002 + Number(i))]));
        expectAtMost(gas, MOST_ADD + MOST_RATE, `add, first of period ${i} of the deal`);
      }
    }).timeout(180_000);

    it("adds 20 pieces at once", async () => {
      const { add } = await running();
      const pieces = Array.from({ length: 20 }, (_, i) => uniformPiece(MIB_LEAVES, `batch/${i}`));
      expectAtMost((await gasOf(await add(pieces))) / 20n, MOST_OF_20, "each of 20");
    });

    it("removes a piece, whoever does it", async () => {
      const { proofs, by, add, enter } = await running();
      await add([0, 1, 2, 3].map((i) => uniformPiece(MIB_LEAVES, `remove/${i}`)));
      const slots = await slotsOf(connection, proofs.address, 1n);
      const remove = async (i: number, who: keyof typeof by) => {
        const { slot, root, meta } = slots[i] as (typeof slots)[number];
        return gasOf(await proofs.write.removePiece([1n, BigInt(slot), root, meta], by[who]));
      };
      expectAtMost(await remove(0, "operator"), MOST_REMOVE, "remove by the operator");
      expectAtMost(await remove(1, "customer"), MOST_REMOVE + MOST_CUSTOMER, "remove by the customer");
      await enter(FIRST_PERIOD + 1n);
      expectAtMost(await remove(2, "operator"), MOST_REMOVE + MOST_RATE, "remove, first of a period");
    });
  });
}
