import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, type Hex, keccak256, numberToHex, zeroHash } from "viem";
import {
  boundaryBlock,
  headersOf,
  PERIOD_SECONDS,
  PROOF_WINDOW_SECONDS,
  RETRY_SECONDS,
  rpcBlock,
} from "../../helpers/proofs.ts";

const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
/** What EIP-2935 puts there. @see https://eips.ethereum.org/EIPS/eip-2935 */
const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
const PERIOD = 10n;

for (const fork of ["default", "prague"] as const) {
  const connection = await network.create(fork);
  const { viem, networkHelpers } = connection;
  const { revertWithCustomErrorWithArgs: refuses, emitWithArgs: emits } = viem.assertions;

  /** Ten periods have passed; the tenth runs. */
  async function deployed() {
    const [recorder] = await viem.getWalletClients();
    if (!recorder) throw new Error("too few accounts");
    const originAt = BigInt(await networkHelpers.time.latest()) + 100n - PERIOD * PERIOD_SECONDS;
    const beacon = await viem.deployContract("RandomBeacon", [
      originAt,
      PERIOD_SECONDS,
      PROOF_WINDOW_SECONDS,
      RETRY_SECONDS,
    ]);
    const endAt = originAt + (PERIOD + 1n) * PERIOD_SECONDS;
    return { beacon, originAt, endAt, recorder };
  }

  /** The tenth period ended; two blocks were mined before its end, three after it. */
  async function ended() {
    const context = await networkHelpers.loadFixture(deployed);
    await networkHelpers.time.increaseTo(context.endAt - 12n);
    await networkHelpers.time.increaseTo(context.endAt - 1n);
    const first = await boundaryBlock(connection, context.endAt + 11n);
    await networkHelpers.mine(3, { interval: 12 });
    return { ...context, first, headers: await headersOf(connection, first) };
  }

  describe(`RandomBeacon, ${fork}`, () => {
    it("refuses spans into which no proof fits", async () => {
      for (const [window, retry] of [
        [0n, 1n],
        [PERIOD_SECONDS, 1n],
        [1n, 0n],
      ] as const) {
        const { beacon } = await networkHelpers.loadFixture(deployed);
        const call = viem.deployContract("RandomBeacon", [1n, PERIOD_SECONDS, window, retry]);
        await refuses(call as never, beacon, "BeaconSpansInvalid", [PERIOD_SECONDS, window, retry]);
      }
    });

    it("tells its spans, and nothing of a period that nobody recorded", async () => {
      const { beacon, originAt } = await networkHelpers.loadFixture(deployed);
      const spans = [beacon.read.ORIGIN(), beacon.read.PERIOD_SECONDS(), beacon.read.PROOF_WINDOW_SECONDS()];
      expect(await Promise.all(spans)).to.deep.equal([originAt, PERIOD_SECONDS, PROOF_WINDOW_SECONDS]);
      expect(await beacon.read.RETRY_SECONDS()).to.equal(RETRY_SECONDS);
      expect(await beacon.read.roundOf([PERIOD])).to.deep.equal([zeroHash, 0]);
    });

    it("refuses a period that has not ended", async () => {
      const { beacon, endAt, headers } = await networkHelpers.loadFixture(ended);
      const nextEnd = endAt + PERIOD_SECONDS;
      const call = beacon.write.record([PERIOD + 1n, ...headers]);
      await refuses(call, beacon, "BeaconTooEarly", [PERIOD + 1n, nextEnd]);
      await refuses(beacon.read.boundaryOf([PERIOD + 1n]) as never, beacon, "BeaconTooEarly", [PERIOD + 1n, nextEnd]);
    });

    it("refuses once no whole proof window is left, and takes the last second before", async () => {
      const { originAt, endAt } = await networkHelpers.loadFixture(deployed);
      const retry = 5_000n;
      const spans = [PERIOD_SECONDS, PROOF_WINDOW_SECONDS, retry] as const;
      const beacon = await viem.deployContract("RandomBeacon", [originAt, ...spans]);
      const latestAt = endAt + PERIOD_SECONDS - PROOF_WINDOW_SECONDS;
      const boundaryAt = latestAt - ((latestAt - endAt) % retry);
      await networkHelpers.time.increaseTo(boundaryAt - 1n);
      const headers = await headersOf(connection, await boundaryBlock(connection, boundaryAt));
      const snapshot = await networkHelpers.takeSnapshot();

      await networkHelpers.time.increaseTo(latestAt + 1n);
      await refuses(beacon.write.record([PERIOD, ...headers]), beacon, "BeaconTooLate", [PERIOD, latestAt]);
      await snapshot.restore();
      await networkHelpers.time.setNextBlockTimestamp(latestAt);
      await beacon.write.record([PERIOD, ...headers]);
      const [, dueAt] = await beacon.read.roundOf([PERIOD]);
      expect(BigInt(dueAt)).to.equal(endAt + PERIOD_SECONDS);
    });

    it("refuses a second record of the same period", async () => {
      const { beacon, headers } = await networkHelpers.loadFixture(ended);
      await beacon.write.record([PERIOD, ...headers]);
      await refuses(beacon.write.record([PERIOD, ...headers]), beacon, "BeaconRoundKnown", [PERIOD]);
    });

    it("refuses any other block than the first one at or after the boundary", async () => {
      const { beacon, endAt, first } = await networkHelpers.loadFixture(ended);
      const timeOf = async (number: bigint) => BigInt((await rpcBlock(connection, number)).timestamp);
      for (const number of [first - 1n, first + 1n, first + 2n]) {
        const call = beacon.write.record([PERIOD, ...(await headersOf(connection, number))]);
        const times = [await timeOf(number - 1n), await timeOf(number)] as const;
        await refuses(call, beacon, "BeaconBoundaryMissed", [endAt, ...times]);
      }
    });

    it("refuses a header that is not the parent's", async () => {
      const { beacon, first, headers } = await networkHelpers.loadFixture(ended);
      const [before] = await headersOf(connection, first - 1n);
      for (const [header, number] of [
        [before, first - 2n],
        [headers[1], first],
      ] as const) {
        const call = beacon.write.record([PERIOD, header, headers[1]]);
        await refuses(call, beacon, "BeaconBlockUnknown", [number, keccak256(header)]);
      }
    });

    it("refuses a header that the chain did not make", async () => {
      const { beacon, first, headers } = await networkHelpers.loadFixture(ended);
      const [parent, header] = headers;
      const forged = `${header.slice(0, -2)}${header.endsWith("00") ? "01" : "00"}` as Hex;
      const call = beacon.write.record([PERIOD, parent, forged]);
      await refuses(call, beacon, "BeaconBlockUnknown", [first, keccak256(forged)]);
    });

    it("refuses a block whose hash the chain has forgotten, unless EIP-2935 remembers it", async () => {
      const { beacon, first, headers } = await networkHelpers.loadFixture(ended);
      await networkHelpers.mine(260);
      const header = headers[1];
      const record = () => beacon.write.record([PERIOD, ...headers]);
      const unknown = () => refuses(record(), beacon, "BeaconBlockUnknown", [first, keccak256(header)]);
      await unknown();
      const returns32 = (word: Hex) => `0x7f${word.slice(2)}5f5260205ff3` as Hex;
      for (const code of ["0x00", "0x5f5ffd", "0xfe", returns32(zeroHash), returns32(keccak256("0x"))] as const) {
        await networkHelpers.setCode(HISTORY, code);
        await unknown();
      }
      const returns33 = `0x7f${keccak256(header).slice(2)}5f5260215ff3` as Hex;
      await networkHelpers.setCode(HISTORY, returns33);
      await unknown();

      await networkHelpers.setCode(HISTORY, HISTORY_CODE);
      await networkHelpers.setStorageAt(HISTORY, numberToHex(first % 8_191n), keccak256(header));
      await record();
      const [seed] = await beacon.read.roundOf([PERIOD]);
      expect(seed).to.not.equal(zeroHash);
    });

    it("records 27 bytes of the block's mixHash and the time until which proofs are taken", async () => {
      const { beacon, first, headers, recorder, endAt } = await networkHelpers.loadFixture(ended);
      expect(await beacon.read.boundaryOf([PERIOD])).to.equal(endAt);
      const recordedAt = endAt + 1_000n;
      await networkHelpers.time.setNextBlockTimestamp(recordedAt);
      const block = await rpcBlock(connection, first);
      const seed = `${block.mixHash.slice(0, 56)}0000000000` as Hex;
      const dueAt = Number(recordedAt + PROOF_WINDOW_SECONDS);
      const by = getAddress(recorder.account.address);
      const recorded = beacon.write.record([PERIOD, ...headers]);
      await emits(recorded, beacon, "RoundRecorded", [PERIOD, seed, first, dueAt, by]);
      expect(await beacon.read.roundOf([PERIOD])).to.deep.equal([seed, dueAt]);
      expect(await beacon.read.roundOf([PERIOD + 1n])).to.deep.equal([zeroHash, 0]);
    });

    it("moves on to the next boundary when nobody recorded the first in time", async () => {
      const { beacon, endAt, headers } = await networkHelpers.loadFixture(ended);
      const secondAt = endAt + RETRY_SECONDS;
      await networkHelpers.time.increaseTo(secondAt - 2n);
      expect(await beacon.read.boundaryOf([PERIOD])).to.equal(endAt);
      const number = await boundaryBlock(connection, secondAt);
      expect(await beacon.read.boundaryOf([PERIOD])).to.equal(secondAt);
      const stale = beacon.write.record([PERIOD, ...headers]);
      await refuses(stale, beacon, "BeaconBoundaryMissed", [secondAt, endAt - 1n, endAt + 11n]);
      await beacon.write.record([PERIOD, ...(await headersOf(connection, number))]);
      const [seed] = await beacon.read.roundOf([PERIOD]);
      expect(seed.slice(0, 56)).to.equal((await rpcBlock(connection, number)).mixHash.slice(0, 56));
    });

    it("keeps to its gas ceiling", async () => {
      const { beacon, headers } = await networkHelpers.loadFixture(ended);
      const client = await viem.getPublicClient();
      const hash = await beacon.write.record([PERIOD, ...headers]);
      const { gasUsed } = await client.getTransactionReceipt({ hash });
      expect(gasUsed <= 75_000n, `${gasUsed}`).to.equal(true);
    });
  });
}
