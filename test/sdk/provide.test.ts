import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import {
  getEndpoint,
  getOffer,
  listOffers,
  obstacleOf,
  publishOffer,
  quote,
  updateOffer,
  withdrawOffer,
} from "../../sdk/src/offers.ts";
import { getProvider, setEndpoint, setGroup, setOperator, syncOperator } from "../../sdk/src/providers.ts";
import {
  allocate,
  delegate,
  getDelegation,
  getStake,
  listTranches,
  setCut,
  stake,
  thaw,
  undelegate,
  withdrawStake,
} from "../../sdk/src/stakes.ts";
import { costOf } from "../../sdk/src/units.ts";
import { type LocalChain, startLocalChain } from "../helpers/local-chain.ts";
import { enterProvider, HOSTING, keeperOf, MIB, UNIT_PRICE } from "../helpers/story.ts";

let chain: LocalChain;
let entered: Awaited<ReturnType<typeof enterProvider>>;
beforeAll(async () => {
  chain = await startLocalChain();
  entered = await enterProvider(chain);
});
afterAll(() => chain.stop());

const stakeOf = () =>
  getStake(chain.reader, {
    deployment: chain.deployment,
    provider: entered.provider.account.address,
    serviceId: HOSTING,
  });
const TERMS = { unitPrice: UNIT_PRICE, capacityBytes: 512n * MIB, minTermPeriods: 5, region: "us" };

describe("stake, allocate, thaw and withdrawStake", () => {
  it("say what is missing in EVER", async () => {
    const { deployment } = chain;
    const { provider } = entered;
    await expect(stake(chain.walletOf(18), { deployment, amount: 1n })).rejects.toMatchObject({
      code: "ERC20InsufficientBalance",
      message: "The account has 0 EVER; this needs 0.000000000000000001 EVER.",
    });
    await expect(
      allocate(provider, { deployment, serviceId: HOSTING, amount: parseEther("101") }),
    ).rejects.toMatchObject({
      code: "StakeInsufficient",
      message: "100 EVER of stake is available; this needs 101 EVER.",
    });
    await expect(thaw(provider, { deployment, amount: parseEther("51") })).rejects.toMatchObject({
      code: "StakeInsufficient",
    });
    await expect(thaw(provider, { deployment, amount: 0n })).rejects.toMatchObject({ code: "StakeAmountInvalid" });
    await expect(withdrawStake(provider, { deployment })).rejects.toMatchObject({ code: "StakeNothingThawing" });
  });

  it("give stake back after the unbonding", async () => {
    const { deployment } = chain;
    const { provider } = entered;
    await thaw(provider, { deployment, amount: parseEther("20") });
    const held = await stakeOf();
    expect(held).toMatchObject({
      active: parseEther("80"),
      thawing: parseEther("20"),
      allocated: parseEther("50"),
      allocation: { amount: parseEther("50"), reserved: 0n },
    });
    await expect(withdrawStake(provider, { deployment })).rejects.toMatchObject({
      code: "StakeStillThawing",
      hint: expect.stringMatching(/^Withdraw it from .+ UTC on\.$/),
    });
    const owner = provider.account.address;
    const tranches = await listTranches(chain.reader, { deployment, provider: owner, account: owner });
    expect(tranches).toMatchObject([{ number: 0, amount: parseEther("20") }]);
    await chain.goTo(tranches[0]?.thawsAt ?? 0);
    await withdrawStake(provider, { deployment });
    expect(await stakeOf()).toMatchObject({ active: parseEther("80"), thawing: 0n });
  });

  it("stakes by an approval when told to", async () => {
    const { deployment } = chain;
    await claimFaucet(chain.walletOf(15), { deployment });
    await stake(chain.walletOf(15), { deployment, amount: 7n, permit: "never" });
    const provider = chain.walletOf(15).account.address;
    expect(await getStake(chain.reader, { deployment, provider })).toMatchObject({ active: 7n });
  });
});

describe("delegate, undelegate and setCut", () => {
  it("say what the provider's own stake carries", async () => {
    const { deployment } = chain;
    const provider = chain.walletOf(15).account.address;
    await expect(
      delegate(entered.provider, { deployment, provider, amount: 57n, permit: "never" }),
    ).rejects.toMatchObject({
      code: "StakeDelegationExceeded",
      message:
        "The provider's own stake carries 0.000000000000000056 EVER of delegations; this would make 0.000000000000000057 EVER.",
    });
    await expect(delegate(chain.walletOf(15), { deployment, provider, amount: 1n })).rejects.toMatchObject({
      code: "StakeDelegationOwn",
    });
    await expect(setCut(chain.walletOf(15), { deployment, cutBps: 3_001 })).rejects.toMatchObject({
      code: "StakeCutInvalid",
      message: "A provider keeps at most 30 % of its delegators' rewards.",
    });
  });

  it("delegate with a permit and thaw by shares, which anybody pays out", async () => {
    const { deployment } = chain;
    const delegator = chain.walletOf(15);
    const owner = delegator.account.address;
    const provider = entered.provider.account.address;
    await delegate(delegator, { deployment, provider, amount: parseEther("6") });
    await delegate(delegator, { deployment, provider, amount: parseEther("1"), permit: "never" });
    const ask = { deployment, provider, delegator: owner };
    expect(await getDelegation(chain.reader, ask)).toEqual({ shares: parseEther("7"), amount: parseEther("7") });
    await expect(undelegate(delegator, { deployment, provider, shares: parseEther("8") })).rejects.toMatchObject({
      code: "StakeSharesInsufficient",
    });
    await undelegate(delegator, { deployment, provider, shares: parseEther("7") });
    const [tranche] = await listTranches(chain.reader, { deployment, provider, account: owner });
    await chain.goTo(tranche?.thawsAt ?? 0);
    await withdrawStake(entered.provider, { deployment, provider, owner });
    expect(await getDelegation(chain.reader, ask)).toEqual({ shares: 0n, amount: 0n });
    await setCut(entered.provider, { deployment, cutBps: 500 });
  });
});

describe("publishOffer, updateOffer and withdrawOffer", () => {
  it("refuse what makes no sense, and what is somebody else's", async () => {
    const { deployment } = chain;
    const { provider, token, offerId } = entered;
    const offer = { deployment, ...TERMS, token, serviceId: HOSTING };
    await expect(publishOffer(chain.walletOf(16), offer)).rejects.toMatchObject({ code: "RegistryProviderUnknown" });
    await expect(publishOffer(provider, { ...offer, unitPrice: 0n })).rejects.toMatchObject({
      code: "RegistryPriceInvalid",
    });
    await expect(publishOffer(provider, { ...offer, region: "x".repeat(65) })).rejects.toMatchObject({
      message: "The text has 65 bytes; at most 64 are possible.",
    });
    await expect(publishOffer(provider, { ...offer, token: { ...token, tokenId: 9 } })).rejects.toMatchObject({
      code: "RegistryTokenUnlisted",
    });
    await expect(withdrawOffer(chain.walletOf(16), { deployment, offerId })).rejects.toMatchObject({
      code: "RegistryOfferForeign",
    });
  });

  it("change what is for sale", async () => {
    const { deployment } = chain;
    const { provider, token } = entered;
    const { offerId } = await publishOffer(provider, { deployment, ...TERMS, token, serviceId: HOSTING });
    const found = await getOffer(chain.reader, { deployment, offerId });
    expect(found).toMatchObject({
      offerId,
      provider: provider.account.address,
      serviceId: HOSTING,
      tokenId: token.tokenId,
      unitPrice: UNIT_PRICE,
      freeBytes: 512n * MIB,
      minTermPeriods: 5,
      active: true,
    });
    await updateOffer(provider, { deployment, offerId, ...TERMS, unitPrice: 1n });
    expect(await listOffers(chain.reader, { deployment })).toMatchObject([
      { offerId: entered.offerId },
      { offerId, unitPrice: 1n },
    ]);
    await withdrawOffer(provider, { deployment, offerId });
    expect(await getOffer(chain.reader, { deployment, offerId })).toMatchObject({ active: false });
  });
});

describe("quote", () => {
  it("is what a request would lock", async () => {
    const { deployment } = chain;
    const { offerId, token } = entered;
    const found = await quote(chain.reader, { deployment, offerId, capacityBytes: MIB, termPeriods: 10 });
    expect(found).toMatchObject({ token, unitPrice: UNIT_PRICE, locked: costOf(UNIT_PRICE, MIB, 13n) });
  });
});

describe("obstacleOf", () => {
  it("names why an offer cannot take a deal", async () => {
    const { deployment } = chain;
    const offer = await getOffer(chain.reader, { deployment, offerId: entered.offerId });
    const obstacle = (change: object = {}, capacityBytes = MIB, termPeriods = 10) =>
      obstacleOf(chain.reader, { deployment, offer: { ...offer, ...change }, capacityBytes, termPeriods });
    expect(await obstacle()).toBeUndefined();
    expect(await obstacle({ active: false })).toBe("withdrawn");
    expect(await obstacle({}, 1025n * MIB)).toBe("capacity");
    expect(await obstacle({}, MIB, 1)).toBe("term");
    expect(await obstacle({}, MIB, 3_661)).toBe("term");
    expect(await obstacle({ tokenId: 9 })).toBe("token");
    expect(await obstacle({ provider: chain.walletOf(16).account.address })).toBe("stake");
    // 50 EVER back 50 GiB
    expect(await obstacle({ freeBytes: 2n ** 50n }, 50n * 1024n * MIB)).toBeUndefined();
    expect(await obstacle({ freeBytes: 2n ** 50n }, 50n * 1024n * MIB + 1n)).toBe("stake");
  });
});

describe("setGroup", () => {
  it("changes whom a provider is counted with", async () => {
    const { deployment } = chain;
    const { provider } = entered;
    await setGroup(provider, { deployment, group: 4_294_967_295 });
    expect(await getProvider(chain.reader, { deployment, provider: provider.account.address })).toMatchObject({
      group: 4_294_967_295,
    });
    await expect(setGroup(chain.walletOf(16), { deployment, group: 1 })).rejects.toMatchObject({
      code: "RegistryProviderUnknown",
    });
  });
});

describe("syncOperator", () => {
  it("hands an open set over to the changed key, whoever asks for it", async () => {
    const { deployment } = chain;
    const { provider, operator } = entered;
    const setId = await keeperOf(chain, operator, provider.account.address).openSet();
    const heir = chain.walletOf(17).account.address;
    await setOperator(provider, { deployment, operator: heir });
    const proofs = { address: deployment.contracts.PossessionProofs, abi: possessionProofsAbi } as const;
    const keyOf = async () =>
      (await chain.reader.readContract({ ...proofs, functionName: "setOf", args: [BigInt(setId)] })).operator;
    expect(await keyOf()).toBe(operator.account.address);
    await syncOperator(chain.walletOf(16), { deployment, setId: BigInt(setId) });
    expect(await keyOf()).toBe(heir);
    await expect(syncOperator(provider, { deployment, setId: 999n })).rejects.toMatchObject({
      code: "ProofsSetUnknown",
    });
    await setOperator(provider, { deployment, operator: operator.account.address });
  });
});

describe("setOperator and setEndpoint", () => {
  it("change where a provider is reached, and by whom it is run", async () => {
    const { deployment } = chain;
    const { provider } = entered;
    const where = { deployment, provider: provider.account.address };
    expect(await getEndpoint(chain.reader, where)).toEqual({ endpoint: "http://127.0.0.1:9000", name: "Provider 1" });
    await setEndpoint(provider, { deployment, endpoint: "https://new.example", name: "New" });
    expect(await getEndpoint(chain.reader, where)).toEqual({ endpoint: "https://new.example", name: "New" });
    await setOperator(provider, { deployment, operator: chain.walletOf(17).account.address });
    await expect(setEndpoint(provider, { deployment, endpoint: "", name: "" })).rejects.toMatchObject({
      message: "The endpoint has 0 bytes; 1 to 256 are possible.",
    });
    const nobody = chain.walletOf(16).account.address;
    expect(await getEndpoint(chain.reader, { deployment, provider: nobody })).toBeUndefined();
  });
});
