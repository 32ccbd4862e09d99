import { InvalidArgumentError } from "commander";
import { type Address, getAddress, type Hex, isAddress } from "viem";
import { type Clock, periodsIn } from "../periods.ts";
import { UnitError } from "../units.ts";

const TERM_UNITS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** `30` → 30 periods; `30d` → as many periods as cover 30 days. Throws `UnitError`. */
export function parseTerm(text: string, clock: Clock): number {
  const match = /^(\d{1,9})([dhms])?$/.exec(text.trim());
  const count = Number(match?.[1] ?? 0);
  if (!match || count === 0)
    throw new UnitError(`"${text}" is not a term. Write it like 30d, 12h, or a number of periods.`);
  const unit = match[2] as keyof typeof TERM_UNITS | undefined;
  return unit ? periodsIn(clock, count * TERM_UNITS[unit]) : count;
}

/** Throws `UnitError`. */
export function parseOfferId(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UnitError(`"${text}" is not the number of an offer.`);
}

/** Throws `UnitError`. */
export function parseDealId(text: string): bigint {
  if (/^\d{1,17}$/.test(text)) return BigInt(text);
  throw new UnitError(`"${text}" is not the number of a deal.`);
}

/** Throws `UnitError`. */
export function parseChannelId(text: string): bigint {
  if (/^\d{1,17}$/.test(text)) return BigInt(text);
  throw new UnitError(`"${text}" is not the number of a channel.`);
}

/** Throws `UnitError`. */
export function parseTokenId(text: string): number {
  const tokenId = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (tokenId >= 1 && tokenId < 2 ** 32) return tokenId;
  throw new UnitError(`"${text}" is not the number of a token.`);
}

/** `30d` → seconds. Throws `UnitError`. */
export function parseSeconds(text: string): number {
  const match = /^(\d{1,6})([dhms])$/.exec(text.trim());
  if (!match) throw new UnitError(`"${text}" is not a time. Write it like 30d or 12h.`);
  return Number(match[1]) * TERM_UNITS[match[2] as keyof typeof TERM_UNITS];
}

/** Throws `UnitError`. */
export function parseAddress(text: string): Address {
  if (isAddress(text, { strict: false })) return getAddress(text);
  throw new UnitError(`"${text}" is not an address: 0x and 40 hexadecimal digits.`);
}

/** 32 bytes. Throws `UnitError`. */
export function parseHash(text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text as Hex;
  throw new UnitError(`"${text}" is not a hash: 0x and 64 hexadecimal digits.`);
}

/** For commander: turns a thrown sentence into a refused option. */
export function parsed<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (cause) {
      if (cause instanceof UnitError) throw new InvalidArgumentError(cause.message);
      throw cause;
    }
  };
}
