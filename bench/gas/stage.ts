import { network } from "hardhat";
import { type Address, type Hash, type Hex, keccak256, maxUint128, parseEther, stringToHex, zeroAddress } from "viem";
import { LOCAL_ACCOUNTS, localGenesis } from "../../contracts/ignition/local-chain.ts";
import { protocolModule } from "../../contracts/ignition/modules/Protocol.ts";
import { PRODUCTION } from "../../contracts/ignition/profiles.ts";
import { buildProof } from "../../sdk/src/proofs/build.ts";
import type { SlotRecord } from "../../sdk/src/proofs/meta.ts";
import { admissionFor } from "../../test/helpers/invites.ts";
import {
  boundaryBlock,
  headersOf,
  type OpenablePiece,
  pieceOf,
  readerOf,
  signPieces,
  slotsOf,
} from "../../test/helpers/proofs.ts";

/** Forks that are measured, by the names of Hardhat's networks. */
export const FORKS = { cancun: "default", prague: "prague" } as const;
export type Fork = keyof typeof FORKS;

export const GIB = 2n ** 30n;
export const HOSTING = keccak256(stringToHex("hosting"));
/** 0.02 of a token with 6 decimals, per GiB and 30 periods. */
export const UNIT_PRICE = 20_000n;
/** The local dollar: the first token of the ledger. */
export const TOKEN = 1;
export const ENDPOINT = "https://provider-1.example.com:8443";
export const TERM_PERIODS = 365;
export const OFFER_ID = 1n;
/** What the provider offers, and where. */
export const OFFER_BYTES = 5_000n * GIB;
export const REGION = "eu-central";
/** The provider's proving set. */
export const SET = 1n;
const FAR_AWAY = 2n ** 40n - 1n;
const INVITE_SECONDS = 10 ** 9;
/** Every run is the same: time, keys and the randomness of blocks are fixed. */
const STARTS_AT = "2026-01-01T00:00:00Z";
const SEED = "4EVER gas";

export type Stage = Awaited<ReturnType<typeof createStage>>;

/** The whole protocol with production's parameters on a simulated chain, and whoever acts in it. */
export async function createStage(fork: Fork) {
  const connection = await network.create({ network: FORKS[fork], override: { initialDate: STARTS_AT } });
  const { viem, networkHelpers, ignition } = connection;
  const client = await viem.getPublicClient();
  const originAt = await networkHelpers.time.latest();
  const { faucet, usd, ...core } = await ignition.deploy(protocolModule(PRODUCTION, localGenesis(originAt)));
  if (!faucet || !usd) throw new Error("the local chain has no faucet");
  const contracts = { ...core, faucet, usd };
  const { beacon, ledger, payments, market, proofs, registry, vault, ever } = contracts;
  const wallets = await viem.getWalletClients();
  const walletOf = (index: number) => {
    const wallet = wallets[index];
    if (!wallet) throw new Error(`there is no account ${index}`);
    return wallet;
  };
  const inviter = walletOf(LOCAL_ACCOUNTS.inviter);
  const provider = walletOf(LOCAL_ACCOUNTS.providers[0]);
  const operator = walletOf(LOCAL_ACCOUNTS.operators[0]);
  const customer = walletOf(LOCAL_ACCOUNTS.firstFree);
  const newcomer = walletOf(LOCAL_ACCOUNTS.firstFree + 1);
  const by = {
    provider: { account: provider.account },
    operator: { account: operator.account },
    customer: { account: customer.account },
    newcomer: { account: newcomer.account },
  };
  const chainId = await client.getChainId();

  /** Gas of a whole transaction. Throws when it failed. */
  async function gasOf(sent: Promise<Hash> | Hash): Promise<number> {
    const receipt = await client.getTransactionReceipt({ hash: await sent });
    if (receipt.status !== "success") throw new Error(`transaction ${receipt.transactionHash} reverted`);
    return Number(receipt.gasUsed);
  }

  let invites = 0n;
  const inviteDomain = { chainId, address: contracts.invites.address };
  const inviteTerms = () => ({ nonce: invites++, expiresAt: originAt + INVITE_SECONDS });
  /** A fresh invitation for an account. */
  const invite = (account: Address) => admissionFor(inviter, inviteDomain, inviteTerms(), account);

  /** Goes to the beginning of a period; the randomness of its first block is the previous period's seed. */
  async function enter(period: bigint): Promise<void> {
    await networkHelpers.setPrevRandao(BigInt(keccak256(stringToHex(`${SEED}/${period}`))));
    await networkHelpers.time.increaseTo(await beacon.read.endOf([period - 1n]));
  }

  /** Records the seed of the period that has just ended. Gas. */
  async function record(period: bigint): Promise<number> {
    const number = await boundaryBlock(connection, await beacon.read.endOf([period]));
    const [parentHeader, header] = await headersOf(connection, number);
    return await gasOf(beacon.write.record([period, parentHeader, header]));
  }

  /** Proves a period whose seed is recorded. Gas. */
  async function prove(
    period: bigint,
    pieces: readonly OpenablePiece[],
    known?: readonly SlotRecord[],
  ): Promise<number> {
    const [seed] = await beacon.read.roundOf([period]);
    const total = await proofs.read.totalAt([SET, period]);
    const slots = known ?? (await slotsOf(connection, proofs.address, SET));
    const question = { seed, setId: SET, period: Number(period), total };
    const proof = await buildProof({ ...question, slots, readPiece: readerOf(pieces) });
    return await gasOf(proofs.write.prove([SET, period, proof], by.operator));
  }

  /** What a customer asks for: one replica of the offer. */
  const requestOf = (firstPiece: OpenablePiece, capacityBytes: bigint) => ({
    mode: 0,
    replicas: 1,
    proofClass: 1,
    offerId: Number(OFFER_ID),
    tokenId: TOKEN,
    capacityBytes,
    termPeriods: TERM_PERIODS,
    maxUnitPrice: UNIT_PRICE,
    bounty: 0n,
    payments: payments.address,
    verifier: proofs.address,
    sessionKey: zeroAddress,
    firstPiece: pieceOf(firstPiece),
  });

  /** Requests a deal with money that is in the ledger. Gas. */
  const request = (firstPiece: OpenablePiece, capacityBytes = GIB) =>
    gasOf(market.write.request([requestOf(firstPiece, capacityBytes)], by.customer));
  /** Accepts the latest deal. Gas. */
  const accept = async () => gasOf(market.write.accept([await market.read.dealCount(), Number(SET)], by.operator));
  /** Adds the piece that the latest request carried. Gas. */
  const addFirst = async (piece: OpenablePiece) =>
    gasOf(proofs.write.addPieces([SET, await market.read.dealCount(), [pieceOf(piece)], 0n, "0x"], by.operator));

  let nonce = 0n;
  /** Adds pieces to the latest deal under the customer's signature. Gas. */
  async function add(pieces: readonly OpenablePiece[]): Promise<number> {
    const dealId = await market.read.dealCount();
    nonce += 1n;
    const signed = { proofs: proofs.address, market: market.address, dealId, pieces, nonce };
    const signature: Hex = await signPieces(connection, customer.account.address, signed);
    return await gasOf(proofs.write.addPieces([SET, dealId, pieces.map(pieceOf), nonce, signature], by.operator));
  }

  /** A running deal of the whole capacity whose first piece is in the set. */
  async function openDeal(firstPiece: OpenablePiece, capacityBytes = GIB): Promise<bigint> {
    await request(firstPiece, capacityBytes);
    await accept();
    await addFirst(firstPiece);
    return await market.read.dealCount();
  }

  /**
   * The provider is registered, has staked 9,000 EVER and offers 5,000 GiB; the customer has money in the ledger and has approved the
   * market; both have been here before, so that what is measured is not somebody's first day. Period 1 has begun.
   */
  async function furnish(): Promise<void> {
    for (const { account } of [provider, customer, newcomer]) await contracts.faucet.write.claim([account.address]);
    const { address: operatorKey } = operator.account;
    await registry.write.register(
      [operatorKey, 1, ENDPOINT, "Provider 1", await invite(provider.account.address)],
      by.provider,
    );
    await ever.write.approve([vault.address, parseEther("10000")], by.provider);
    await vault.write.stake([parseEther("9000")], by.provider);
    await vault.write.allocate([HOSTING, parseEther("6000")], by.provider);
    await registry.write.publishOffer([HOSTING, TOKEN, UNIT_PRICE, OFFER_BYTES, 1, REGION], by.provider);
    await proofs.write.openSet([provider.account.address, market.address], by.operator);
    await contracts.usd.write.approve([ledger.address, maxUint128], by.customer);
    await ledger.write.deposit([customer.account.address, TOKEN, 5_000_000_000n], by.customer);
    await ledger.write.approveOperator([payments.address, market.address, TOKEN, maxUint128, FAR_AWAY], by.customer);
    await enter(1n);
  }

  return {
    connection,
    contracts,
    walletOf,
    provider,
    operator,
    customer,
    newcomer,
    by,
    gasOf,
    invite,
    inviter,
    inviteDomain,
    inviteTerms,
    enter,
    record,
    prove,
    requestOf,
    request,
    accept,
    addFirst,
    add,
    openDeal,
    furnish,
    slots: () => slotsOf(connection, proofs.address, SET),
    dealKeyOf: (dealId: bigint) => payments.read.dealKeyOf([market.address, dealId]),
  };
}
