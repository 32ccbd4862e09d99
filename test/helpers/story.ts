// What providers, customers and passers-by do in stories on a local chain: people by the sdk's actions, a keeper's duties by hand.
import { type Hex, keccak256, numberToHex, parseEther, parseEventLogs, stringToHex } from "viem";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { dealMarketAbi, possessionProofsAbi, randomBeaconAbi } from "../../sdk/src/generated/abis.ts";
import { publishOffer } from "../../sdk/src/offers.ts";
import { periodAt, startOf } from "../../sdk/src/periods.ts";
import { buildProof } from "../../sdk/src/proofs/build.ts";
import { encodeHeader, type HeaderBlock } from "../../sdk/src/proofs/header.ts";
import type { SlotRecord } from "../../sdk/src/proofs/meta.ts";
import { register } from "../../sdk/src/providers.ts";
import { allocate, stake } from "../../sdk/src/stakes.ts";
import { getToken } from "../../sdk/src/tokens.ts";
import { LOCAL_ACCOUNTS, type LocalChain } from "./local-chain.ts";
import { type OpenablePiece, pieceOf, readerOf, uniformPiece } from "./proofs.ts";

export const HOSTING = keccak256(stringToHex("hosting"));
export const MIB = 2n ** 20n;
/** Customer of most stories. */
export const CUSTOMER: number = LOCAL_ACCOUNTS.firstFree;
/** 3 LUSD per GiB and 30 periods: 0.1 per GiB and period. */
export const UNIT_PRICE = 3_000_000n;

/** Registers the first local provider with its invitation, stakes 100 EVER, backs hosting with 50 and offers a GiB. */
export async function enterProvider(chain: LocalChain, number = 0) {
  const { deployment } = chain;
  const provider = chain.walletOf(LOCAL_ACCOUNTS.providers[number] ?? LOCAL_ACCOUNTS.providers[0]);
  const operator = chain.walletOf(LOCAL_ACCOUNTS.operators[number] ?? LOCAL_ACCOUNTS.operators[0]);
  const invite = deployment.invites?.find(({ invitee }) => invitee === provider.account.address)?.invite;
  await claimFaucet(provider, { deployment });
  await register(provider, {
    deployment,
    operator: operator.account.address,
    group: number + 1,
    endpoint: `http://127.0.0.1:${9_000 + number}`,
    name: `Provider ${number + 1}`,
    ...(invite && { invite }),
  });
  await stake(provider, { deployment, amount: parseEther("100") });
  await allocate(provider, { deployment, serviceId: HOSTING, amount: parseEther("50") });
  const token = await getToken(provider, { deployment });
  const { offerId } = await publishOffer(provider, {
    deployment,
    serviceId: HOSTING,
    token,
    unitPrice: UNIT_PRICE,
    capacityBytes: 1024n * MIB,
    minTermPeriods: 2,
    region: "eu",
  });
  return { provider, operator, offerId, token };
}

/** A piece of 64 MiB that costs nothing to open. */
export function storyPiece(seed = "story"): OpenablePiece {
  return uniformPiece(Number((64n * MIB) / 128n), seed);
}

/** Gives the customer money and asks for 100 MiB for 10 periods. */
export async function requestStoryDeal(chain: LocalChain, offerId: number, piece: OpenablePiece, index = CUSTOMER) {
  const { deployment } = chain;
  const customer = chain.walletOf(index);
  await claimFaucet(customer, { deployment });
  const deal = await requestDeal(customer, {
    deployment,
    offerId,
    capacityBytes: 100n * MIB,
    termPeriods: 10,
    firstPiece: pieceOf(piece),
  });
  return { customer, ...deal };
}

type Operator = ReturnType<LocalChain["walletOf"]>;

/** What the operator's keeper does, step by step. */
export function keeperOf(chain: LocalChain, operator: Operator, provider: Hex) {
  const { DealMarket, PossessionProofs, RandomBeacon } = chain.deployment.contracts;
  const clock = chain.deployment.parameters;
  const proofs = { address: PossessionProofs, abi: possessionProofsAbi, account: operator.account } as const;
  const mined = (hash: Hex) => chain.reader.waitForTransactionReceipt({ hash });
  const blockOf = async (number: bigint) =>
    (await chain.reader.request({
      method: "eth_getBlockByNumber",
      params: [numberToHex(number), false],
    })) as HeaderBlock;

  return {
    async openSet(): Promise<number> {
      const receipt = await mined(
        await operator.writeContract({ ...proofs, functionName: "openSet", args: [provider, DealMarket] }),
      );
      const [opened] = parseEventLogs({ abi: possessionProofsAbi, eventName: "SetOpened", logs: receipt.logs });
      return Number(opened?.args.setId);
    },
    async accept(dealId: bigint, setId: number) {
      const market = { address: DealMarket, abi: dealMarketAbi } as const;
      return mined(await operator.writeContract({ ...market, functionName: "accept", args: [dealId, setId] }));
    },
    async addFirst(setId: number, dealId: bigint, piece: OpenablePiece) {
      const args = [BigInt(setId), dealId, [pieceOf(piece)], 0n, "0x"] as const;
      return mined(await operator.writeContract({ ...proofs, functionName: "addPieces", args }));
    },
    /** The period that runs now. */
    period: async () => periodAt(clock, await chain.now()),
    /** Goes to the first second of a period. */
    enter: (period: number) => chain.goTo(startOf(clock, period)),
    /** Goes to the end of a period, and records its seed from the block at that boundary. */
    async record(period: number) {
      await chain.goTo(startOf(clock, period + 1));
      const { number } = await chain.reader.getBlock();
      const [parent, header] = await Promise.all([blockOf(number - 1n), blockOf(number)]);
      const args = [BigInt(period), encodeHeader(parent), encodeHeader(header)] as const;
      const beacon = { address: RandomBeacon, abi: randomBeaconAbi } as const;
      return mined(await operator.writeContract({ ...beacon, functionName: "record", args }));
    },
    async prove(setId: number, period: number, pieces: readonly OpenablePiece[]) {
      const set = BigInt(setId);
      const beacon = { address: RandomBeacon, abi: randomBeaconAbi } as const;
      const [[seed], total] = await Promise.all([
        chain.reader.readContract({ ...beacon, functionName: "roundOf", args: [BigInt(period)] }),
        chain.reader.readContract({ ...proofs, functionName: "totalAt", args: [set, BigInt(period)] }),
      ]);
      const slots = await slotsOf(chain, setId);
      const proof = await buildProof({ seed, setId: set, period, total, slots, readPiece: readerOf(pieces) });
      return mined(
        await operator.writeContract({ ...proofs, functionName: "prove", args: [set, BigInt(period), proof] }),
      );
    },
    async reportMissed(setId: number, period: number) {
      const [first] = await slotsOf(chain, setId);
      if (!first) throw new Error("the set is empty");
      const args = [BigInt(setId), BigInt(period), BigInt(first.slot), first.root, first.meta] as const;
      return mined(await operator.writeContract({ ...proofs, functionName: "reportMissed", args }));
    },
    async removePiece(setId: number, { slot, root, meta }: SlotRecord) {
      const args = [BigInt(setId), BigInt(slot), root, meta] as const;
      return mined(await operator.writeContract({ ...proofs, functionName: "removePiece", args }));
    },
  };
}

/** The slots of a set as its events tell them. */
export async function slotsOf({ reader, deployment }: LocalChain, setId: number): Promise<SlotRecord[]> {
  const logs = await reader.getLogs({ address: deployment.contracts.PossessionProofs, fromBlock: 0n });
  const events = parseEventLogs({ abi: possessionProofsAbi, logs, eventName: ["PieceAdded", "PieceRemoved"] });
  const slots = new Map<number, SlotRecord>();
  for (const { eventName, args } of events) {
    if (args.setId !== BigInt(setId)) continue;
    const slot = Number(args.slot);
    const known = slots.get(slot);
    if (eventName === "PieceAdded") slots.set(slot, { slot, root: args.root, meta: args.meta });
    else if (known) slots.set(slot, { ...known, meta: args.meta | (args.period << 56n) });
  }
  return [...slots.values()];
}
