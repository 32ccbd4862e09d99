import { expect } from "chai";
import { network } from "hardhat";
import { bytesToHex, concat, type Hex, hexToBytes, keccak256, numberToHex, padHex, toRlp } from "viem";
import { PERIOD_SECONDS, PROOF_WINDOW_SECONDS, RETRY_SECONDS } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const {
  revertWithCustomError: refuses,
  revertWithCustomErrorWithArgs: refusesWithArgs,
  emitWithArgs,
} = viem.assertions;

const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
const random = createRandom(99);
const randomBytes = (length: number): Hex => bytesToHex(Uint8Array.from({ length }, () => random(256)));
const PERIOD = 3n;

interface Header {
  parentHash: Hex;
  difficulty: bigint;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  extraData: Hex;
  mixHash: Hex;
  /** What comes after the mixHash: the nonce, and whatever the forks appended. */
  rest: readonly Hex[];
}

/** A RandomBeacon whose third period just ended, and headers around that moment. */
async function ended() {
  const originAt = BigInt(await networkHelpers.time.latest()) - 10n;
  const spans = [PERIOD_SECONDS, PROOF_WINDOW_SECONDS, RETRY_SECONDS] as const;
  const beacon = await viem.deployContract("RandomBeacon", [originAt, ...spans]);
  const boundaryAt = originAt + (PERIOD + 1n) * PERIOD_SECONDS;
  await networkHelpers.time.increaseTo(boundaryAt);
  const usual: Header = {
    parentHash: randomBytes(32),
    difficulty: 0n,
    number: 20_000_000n, // this chain has no such block yet: BLOCKHASH knows nothing of it
    gasLimit: 30_000_000n,
    gasUsed: 12_345_678n,
    timestamp: boundaryAt,
    extraData: "0x6265617665726275696c642e6f7267",
    mixHash: randomBytes(32),
    rest: ["0x0000000000000000", numberToHex(7n), randomBytes(32), "0x", "0x", randomBytes(32)],
  };
  return { beacon, boundaryAt, usual };
}

const integer = (value: bigint): Hex => (value === 0n ? "0x" : bytesToHex(hexToBytes(numberToHex(value))));

function fieldsOf(header: Header): Hex[] {
  const { difficulty, number, gasLimit, gasUsed, timestamp } = header;
  return [
    header.parentHash,
    randomBytes(32),
    randomBytes(20),
    ...Array.from({ length: 3 }, () => randomBytes(32)),
    randomBytes(256),
    ...[difficulty, number, gasLimit, gasUsed, timestamp].map(integer),
    header.extraData,
    header.mixHash,
    ...header.rest,
  ];
}

const encode = (header: Header): Hex => toRlp(fieldsOf(header));

/** Makes the chain say that whatever block it is asked for has this hash. */
async function vouchFor(header: Hex) {
  await networkHelpers.setCode(HISTORY, `0x7f${keccak256(header).slice(2)}5f5260205ff3`);
}

describe("BlockHeader, as RandomBeacon reads it", () => {
  const extras = [0, 1, 31, 32, 55, 56, 97, 255, 256, 300, 70_000];
  const variants: [string, Partial<Header>][] = [
    ...extras.map((length): [string, Partial<Header>] => [
      `${length} bytes of extra data`,
      { extraData: randomBytes(length) },
    ]),
    ["extra data of one byte that is its own encoding", { extraData: "0x7f" }],
    ["extra data of one byte that is not", { extraData: "0x80" }],
    ["nothing but what it needs", { rest: [] }],
    ["15 fields, as before London", { rest: ["0x0000000000000000"] }],
    ["40 fields", { rest: Array.from({ length: 26 }, (_, i) => randomBytes(i)) }],
    ["numbers of one byte", { number: 127n, gasLimit: 128n, gasUsed: 1n }],
    ["numbers that are zero", { gasUsed: 0n, gasLimit: 0n }],
    ["numbers of eight bytes", { number: 2n ** 64n - 1n, gasLimit: 2n ** 63n, gasUsed: 2n ** 56n }],
  ];
  for (const [name, change] of variants) {
    it(`reads a header with ${name}`, async () => {
      const { beacon, boundaryAt, usual } = await networkHelpers.loadFixture(ended);
      const parent = encode({ ...usual, timestamp: boundaryAt - 1n, number: 1n });
      const header = { ...usual, ...change, parentHash: keccak256(parent) };
      const encoded = encode(header);
      await vouchFor(encoded);
      const seed = `${header.mixHash.slice(0, 56)}0000000000` as Hex;
      const any = () => true;
      const recorded = beacon.write.record([PERIOD, parent, encoded]);
      await emitWithArgs(recorded, beacon, "RoundRecorded", [PERIOD, seed, header.number, any, any]);
    });
  }

  it("refuses proof of work: its mixHash was chosen", async () => {
    const { beacon, usual } = await networkHelpers.loadFixture(ended);
    const header = encode({ ...usual, difficulty: 1n });
    await refuses(beacon.write.record([PERIOD, header, header]), beacon, "BeaconHeaderInvalid");
  });

  it("refuses what is no list, is longer or shorter than it says, or has fields of another shape", async () => {
    const { beacon, usual } = await networkHelpers.loadFixture(ended);
    const good = encode(usual);
    const body = `0x${good.slice(8)}` as Hex;
    const size = (good.length - 8) / 2;
    const fields = fieldsOf(usual);
    const withField = (index: number, value: Hex) => toRlp(fields.with(index, value));
    const malformed: Hex[] = [
      "0x",
      "0x00",
      "0xc0",
      "0xf8",
      "0xf90000",
      "0xff",
      padHex("0xff", { dir: "right", size: 700 }),
      concat([good, "0x00"]),
      `0x${good.slice(2, -2)}`,
      concat(["0xf9", numberToHex(size + 1, { size: 2 }), body]),
      concat(["0xf9", numberToHex(size - 1, { size: 2 }), body]),
      concat(["0xb9", numberToHex(size, { size: 2 }), body]),
      toRlp([fields as never]),
      withField(0, randomBytes(31)),
      withField(6, randomBytes(255)),
      withField(8, randomBytes(9).replace(/^0x../, "0xff") as Hex),
      withField(11, randomBytes(32)),
      withField(13, randomBytes(31)),
      withField(13, "0x"),
      toRlp(fields.slice(0, 13)),
      toRlp(fields.slice(0, 8)),
      toRlp([...fields.slice(0, 12), [randomBytes(3)], ...fields.slice(13)]),
    ];
    for (const [i, header] of malformed.entries()) {
      await refuses(beacon.write.record([PERIOD, good, header]), beacon, "BeaconHeaderInvalid").catch((cause) => {
        throw new Error(`as header: ${i}`, { cause });
      });
      await refuses(beacon.write.record([PERIOD, header, good]), beacon, "BeaconHeaderInvalid").catch((cause) => {
        throw new Error(`as parent: ${i}`, { cause });
      });
    }
  });

  it("answers a list whose length takes more bytes than it needs like any other unknown block", async () => {
    const { beacon, usual } = await networkHelpers.loadFixture(ended);
    const good = encode(usual);
    const long = concat(["0xfb", numberToHex((good.length - 8) / 2, { size: 4 }), `0x${good.slice(8)}`]);
    await refusesWithArgs(beacon.write.record([PERIOD, good, long]), beacon, "BeaconBlockUnknown", [
      usual.number,
      keccak256(long),
    ]);
  });

  it("never does anything but refuse, whatever is changed in a header", async () => {
    const { beacon, usual } = await networkHelpers.loadFixture(ended);
    const good = hexToBytes(encode(usual));
    await vouchFor(bytesToHex(good));
    for (let i = 0; i < 400; i++) {
      const place = random(good.length);
      const damaged = i % 2 === 0 ? good.with(place, (good[place] ?? 0) ^ (1 + random(255))) : good.subarray(0, place);
      const call = beacon.simulate.record([PERIOD, bytesToHex(good), bytesToHex(damaged)]);
      const message = await call.then(
        () => "taken",
        (error: Error) => error.message,
      );
      expect(message).to.match(/BeaconHeaderInvalid|BeaconBlockUnknown/);
    }
  });
});
