import { type FeeLot, lotPriceAt } from "@4ever/sdk/fees";
import { type Address, getAddress, type Hash, type Hex } from "viem";
import { formatMoney, parseAmount } from "@/lib/format/money";
import { EVER_UNIT, type Token } from "@/lib/tokens";

export interface AuctionToken extends Token {
  tokenId: number;
}

/** What became of a token's fees. Token base units; `burned` in EVER base units. */
export interface Auction {
  id: Hex;
  token: AuctionToken;
  isOpen: boolean;
  collected: bigint;
  insured: bigint;
  sold: bigint;
  burned: bigint;
}

/** A lot that somebody bought. `amount` in token base units; `price` in EVER base units, burned. */
export interface SoldLot {
  id: Hex;
  lotId: bigint;
  token: AuctionToken;
  amount: bigint;
  price: bigint;
  openedAt: number;
  soldAt: number;
  buyer: Address;
  hash: Hash;
}

interface TokenRow {
  address: Hex;
  symbol: string;
  decimals: number;
  tokenId: string;
}

export interface AuctionsResponse {
  feeAuctions: {
    id: Hex;
    token: TokenRow;
    lot: { lotId: string } | null;
    collected: string;
    insured: string;
    sold: string;
    burned: string;
  }[];
  feeLots: {
    id: Hex;
    lotId: string;
    amount: string;
    openedAt: string;
    price: string;
    buyer: Hex;
    soldAt: string;
    saleTransactionHash: Hash;
    auction: { token: TokenRow };
  }[];
}

const tokenFrom = ({ address, symbol, decimals, tokenId }: TokenRow): AuctionToken => ({
  address: getAddress(address),
  symbol,
  decimals,
  tokenId: Number(tokenId),
});

export function auctionsFrom({ feeAuctions, feeLots }: AuctionsResponse): { auctions: Auction[]; sold: SoldLot[] } {
  const auctions = feeAuctions.map(({ id, token, lot, collected, insured, sold, burned }) => ({
    id,
    token: tokenFrom(token),
    isOpen: lot !== null,
    collected: BigInt(collected),
    insured: BigInt(insured),
    sold: BigInt(sold),
    burned: BigInt(burned),
  }));
  const sold = feeLots.map(({ id, lotId, amount, openedAt, price, buyer, soldAt, saleTransactionHash, auction }) => ({
    id,
    lotId: BigInt(lotId),
    token: tokenFrom(auction.token),
    amount: BigInt(amount),
    price: BigInt(price),
    openedAt: Number(openedAt),
    soldAt: Number(soldAt),
    buyer: getAddress(buyer),
    hash: saleTransactionHash,
  }));
  return { auctions, sold };
}

/** EVER for one whole token: base units, rounded up. */
export function priceOfOne(price: bigint, amount: bigint, decimals: number): bigint {
  if (amount === 0n) return 0n;
  return (price * 10n ** BigInt(decimals) + amount - 1n) / amount;
}

/** Moments between the opening of a lot and the end of its fall, with what it costs then. */
export function curveOf(lot: FeeLot, nowAt: number): { at: number; price: bigint }[] {
  const { startedAt, halfLifeSeconds } = lot;
  const until = Math.max(floorAt(lot), nowAt, startedAt + halfLifeSeconds);
  const span = until - startedAt;
  const moments = new Set<number>();
  for (let i = 0; i <= POINTS; i++) moments.add(startedAt + Math.round((span * i) / POINTS));
  return [...moments].map((at) => ({ at, price: lotPriceAt(lot, at) }));
}

const POINTS = 96;

/** Unix seconds from which a lot costs its floor price. */
export function floorAt({ startPrice, floorPrice, startedAt, halfLifeSeconds }: FeeLot): number {
  let [price, halvings] = [startPrice, 0];
  while (price > floorPrice) [price, halvings] = [price >> 1n, halvings + 1];
  return startedAt + halvings * halfLifeSeconds;
}

export type Bid = { ok: true; maxPrice: bigint } | { ok: false; problem: string };

/** The most that somebody gives for a lot, as it is typed, against what it costs now. */
export function bidOf(text: string, { price, balance }: { price: bigint; balance: bigint | undefined }): Bid {
  const parsed = parseAmount(text, EVER_UNIT);
  if (!parsed.ok) return { ok: false, problem: parsed.problem };
  if (balance !== undefined && balance < price)
    return { ok: false, problem: `Your account has ${formatMoney(balance, EVER_UNIT)}: less than it costs now.` };
  if (parsed.amount < price)
    return { ok: false, problem: `It costs ${formatMoney(price, EVER_UNIT, "up")} now. Wait, or give as much.` };
  return { ok: true, maxPrice: parsed.amount };
}
