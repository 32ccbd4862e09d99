import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, parseEther, stringToHex } from "viem";
import {
  deployPolicy,
  FEE_BPS,
  GIB,
  HOSTING,
  MAX_TERM_PERIODS,
  STAKE_PER_GIB,
  serviceIdOf,
} from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = () => networkHelpers.loadFixture(policy);
const policy = () => deployPolicy(connection);

type Terms = [string, bigint, bigint, number, number, number, boolean];
const USUAL: Terms = ["hosting", GIB, STAKE_PER_GIB, 1, FEE_BPS, MAX_TERM_PERIODS, true];
const CHANGE_SECONDS = 30n * 86_400n;
const MAX_STAKE = parseEther("1000000");

/** The usual terms of `hosting`, with some of them changed. */
function terms(
  change: Partial<Record<"name" | "unitBytes" | "stake" | "proofClass" | "fee" | "term" | "active", unknown>>,
): Terms {
  const keys = ["name", "unitBytes", "stake", "proofClass", "fee", "term", "active"] as const;
  return keys.map((key, i) => change[key] ?? USUAL[i]) as Terms;
}

const parameter = (name: string): Hex => stringToHex(name, { size: 32 });

describe("ServiceCatalog.setService", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { catalog, stranger } = await load();
    await viem.assertions.revertWithCustomError(
      catalog.write.setService(USUAL, { account: stranger.account }),
      catalog,
      "AccessManagedUnauthorized",
    );
  });

  const outside: [string, Terms, [string, bigint, bigint, bigint]][] = [
    ["an empty name", terms({ name: "" }), ["name", 0n, 1n, 64n]],
    ["a name of 65 bytes", terms({ name: "n".repeat(65) }), ["name", 65n, 1n, 64n]],
    ["no unit", terms({ name: "new", unitBytes: 0n }), ["unitBytes", 0n, 1n, 2n ** 50n]],
    [
      "too large a unit",
      terms({ name: "new", unitBytes: 2n ** 50n + 1n }),
      ["unitBytes", 2n ** 50n + 1n, 1n, 2n ** 50n],
    ],
    ["another unit of a known service", terms({ unitBytes: GIB + 1n }), ["unitBytes", GIB + 1n, GIB, GIB]],
    ["no stake", terms({ name: "new", stake: 0n }), ["stakePerUnit", 0n, 10n ** 12n, MAX_STAKE]],
    [
      "too much stake",
      terms({ name: "new", stake: MAX_STAKE + 1n }),
      ["stakePerUnit", MAX_STAKE + 1n, 10n ** 12n, MAX_STAKE],
    ],
    ["no proof class", terms({ proofClass: 0 }), ["proofClass", 0n, 1n, 255n]],
    ["a fee above the bound", terms({ fee: 501 }), ["feeBps", 501n, 0n, 500n]],
    ["no term", terms({ term: 0 }), ["maxTermPeriods", 0n, 1n, 3_660n]],
    ["too long a term", terms({ term: 3_661 }), ["maxTermPeriods", 3_661n, 1n, 3_660n]],
  ];
  for (const [what, args, [name, value, min, max]] of outside) {
    it(`refuses ${what}`, async () => {
      const { catalog } = await load();
      await viem.assertions.revertWithCustomErrorWithArgs(
        catalog.write.setService(args),
        catalog,
        "CatalogParameterInvalid",
        [parameter(name), value, min, max],
      );
    });
  }

  const bounds: [string, Terms, Terms][] = [
    ["name", terms({ name: "n" }), terms({ name: "n".repeat(64) })],
    ["unit", terms({ name: "least", unitBytes: 1n }), terms({ name: "most", unitBytes: 2n ** 50n })],
    ["stake", terms({ name: "least", stake: 10n ** 12n }), terms({ name: "most", stake: MAX_STAKE })],
    ["proof class", terms({ proofClass: 1 }), terms({ proofClass: 255 })],
    ["fee", terms({ fee: 0 }), terms({ fee: 500 })],
    ["term", terms({ term: 1 }), terms({ term: 3_660 })],
  ];
  for (const [what, least, most] of bounds) {
    it(`takes the least and the most ${what}`, async () => {
      const { catalog } = await load();
      for (const args of [least, most]) {
        await catalog.write.setService(args);
        const [name, unitBytes, stakePerUnit, proofClass, feeBps, maxTermPeriods, active] = args;
        expect(await catalog.read.serviceOf([serviceIdOf(name)])).to.deep.include({
          unitBytes,
          stakePerUnit,
          proofClass,
          feeBps,
          maxTermPeriods,
          active,
        });
      }
    });
  }

  it("refuses another stake within 30 days of the last change, by a second", async () => {
    const { catalog } = await load();
    const earliestAt = BigInt((await catalog.read.serviceOf([HOSTING])).changedAt) + CHANGE_SECONDS;
    await networkHelpers.time.setNextBlockTimestamp(earliestAt - 1n);
    await viem.assertions.revertWithCustomErrorWithArgs(
      catalog.write.setService(terms({ stake: STAKE_PER_GIB + 1n })),
      catalog,
      "CatalogChangeTooSoon",
      [HOSTING, earliestAt],
    );
  });

  it("refuses a change of more than a quarter, by one", async () => {
    const { catalog } = await load();
    await networkHelpers.time.increase(CHANGE_SECONDS);
    const [least, most] = [(STAKE_PER_GIB * 3n) / 4n, (STAKE_PER_GIB * 5n) / 4n];
    for (const stake of [least - 1n, most + 1n]) {
      await viem.assertions.revertWithCustomErrorWithArgs(
        catalog.write.setService(terms({ stake })),
        catalog,
        "CatalogParameterInvalid",
        [parameter("stakePerUnit"), stake, least, most],
      );
    }
  });

  it("changes the stake by a quarter after 30 days, and then not again", async () => {
    const { catalog } = await load();
    await networkHelpers.time.increase(CHANGE_SECONDS);
    const stake = (STAKE_PER_GIB * 3n) / 4n;
    await catalog.write.setService(terms({ stake }));
    const service = await catalog.read.serviceOf([HOSTING]);
    expect(service.stakePerUnit).to.equal(stake);
    expect(service.changedAt).to.equal(await networkHelpers.time.latest());
    await viem.assertions.revertWithCustomError(
      catalog.write.setService(terms({ stake: STAKE_PER_GIB })),
      catalog,
      "CatalogChangeTooSoon",
    );
  });

  it("adds a service under the hash of its name", async () => {
    const { catalog } = await load();
    await viem.assertions.emitWithArgs(
      catalog.write.setService(terms({ name: "ipfs", fee: 0, active: false })),
      catalog,
      "ServiceChanged",
      [serviceIdOf("ipfs"), "ipfs", GIB, STAKE_PER_GIB, 1, 0, MAX_TERM_PERIODS, false],
    );
    expect(await catalog.read.serviceOf([serviceIdOf("ipfs")])).to.deep.equal({
      unitBytes: GIB,
      stakePerUnit: STAKE_PER_GIB,
      proofClass: 1,
      feeBps: 0,
      maxTermPeriods: MAX_TERM_PERIODS,
      changedAt: await networkHelpers.time.latest(),
      active: false,
    });
  });

  it("changes everything but stake and unit at any time", async () => {
    const { catalog } = await load();
    const { changedAt } = await catalog.read.serviceOf([HOSTING]);
    await catalog.write.setService(terms({ proofClass: 2, fee: 500, term: 1, active: false }));
    expect(await catalog.read.serviceOf([HOSTING])).to.deep.include({
      proofClass: 2,
      feeBps: 500,
      maxTermPeriods: 1,
      changedAt,
      active: false,
    });
  });
});

describe("ServiceCatalog.serviceOf", () => {
  it("refuses an unknown service", async () => {
    const { catalog } = await load();
    const id = serviceIdOf("nothing");
    await viem.assertions.revertWithCustomErrorWithArgs(
      catalog.read.serviceOf([id]),
      catalog,
      "CatalogServiceUnknown",
      [id],
    );
  });
});

describe("ServiceCatalog.stakeFor", () => {
  it("refuses an unknown service", async () => {
    const { catalog } = await load();
    await viem.assertions.revertWithCustomError(
      catalog.read.stakeFor([serviceIdOf("nothing"), 1n]),
      catalog,
      "CatalogServiceUnknown",
    );
  });

  it("rounds up to a multiple of 10^12", async () => {
    const { catalog } = await load();
    expect(await catalog.read.stakeFor([HOSTING, 0n])).to.equal(0n);
    expect(await catalog.read.stakeFor([HOSTING, 1n])).to.equal(10n ** 12n);
    expect(await catalog.read.stakeFor([HOSTING, GIB])).to.equal(STAKE_PER_GIB);
    expect(await catalog.read.stakeFor([HOSTING, GIB + 1n])).to.equal(STAKE_PER_GIB + 10n ** 12n);
    expect(await catalog.read.stakeFor([HOSTING, 2n ** 64n - 1n])).to.equal(2n ** 34n * STAKE_PER_GIB);
  });
});

describe("ServiceCatalog.setToken", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { catalog, stranger } = await load();
    await viem.assertions.revertWithCustomError(
      catalog.write.setToken([1, true], { account: stranger.account }),
      catalog,
      "AccessManagedUnauthorized",
    );
  });

  it("lists and unlists a token", async () => {
    const { catalog } = await load();
    expect(await catalog.read.isTokenListed([1])).to.equal(false);
    await viem.assertions.emitWithArgs(catalog.write.setToken([1, true]), catalog, "TokenListed", [1, true]);
    expect(await catalog.read.isTokenListed([1])).to.equal(true);
    await catalog.write.setToken([1, false]);
    expect(await catalog.read.isTokenListed([1])).to.equal(false);
  });
});
