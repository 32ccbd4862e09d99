import { expect } from "chai";
import { network } from "hardhat";
import { deployPossession, FIRST_PERIOD } from "../../helpers/possession.ts";
import { type OpenablePiece, uniformPiece } from "../../helpers/proofs.ts";

const GIB_LEAVES = 2 ** 23;
const MIB_LEAVES = 2 ** 13;

/** Ceilings of the protocol's gas table, whole transactions. */
for (const [fork, networkName, most] of [
  ["Cancun", "default", { one: 147_000n, hundred: 160_000n, tenThousand: 130_000n }],
  ["Prague", "prague", { one: 186_000n, hundred: 205_000n, tenThousand: 140_000n }],
] as const) {
  const connection = await network.create(networkName);

  describe(`PossessionProofs.prove, gas on ${fork}`, () => {
    async function proveFor(pieces: OpenablePiece[]) {
      const context = await deployPossession(connection);
      const { proofs, setId, by, add, close, build } = context;
      for (let i = 0; i < pieces.length; i += 200) await add(pieces.slice(i, i + 200));
      const gas: bigint[] = [];
      for (const period of [FIRST_PERIOD + 1n, FIRST_PERIOD + 2n]) {
        await close(period);
        const proof = await build(period, pieces);
        const client = await connection.viem.getPublicClient();
        const hash = await proofs.write.prove([setId, period, proof], by.operator);
        const { gasUsed } = await client.getTransactionReceipt({ hash });
        gas.push(gasUsed);
        console.log(fork, pieces.length, period, gasUsed, proof.length / 2 - 1);
      }
      return gas;
    }

    it("proves one piece of 1 GiB", async () => {
      for (const gas of await proveFor([uniformPiece(GIB_LEAVES, "one")])) expect(gas <= most.one).to.equal(true);
    });
    it("proves 100 pieces of 1 GiB", async () => {
      const pieces = Array.from({ length: 100 }, (_, i) => uniformPiece(GIB_LEAVES, `hundred/${i}`));
      for (const gas of await proveFor(pieces)) expect(gas <= most.hundred).to.equal(true);
    });
    it("proves 10,000 pieces of 1 MiB", async () => {
      const pieces = Array.from({ length: 10_000 }, (_, i) => uniformPiece(MIB_LEAVES, `many/${i}`));
      for (const gas of await proveFor(pieces)) expect(gas <= most.tenThousand).to.equal(true);
    });
  });
}
