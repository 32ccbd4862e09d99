import { isAddress } from "viem";
import { dealKeyOf } from "../../deals.ts";
import { dealIdOf, lockIdOf, provingSetIdOf } from "../ids.ts";
import { digestOfCid } from "../search.ts";
import type { Condition, Filter, TableContext, Where } from "./table.ts";

/** Deal numbers have 12 bytes in a deal key, set numbers 4 bytes; periods are `Int` in the index. */
const MOST_DEAL = 2n ** 96n - 1n;
const MOST_SET = 2n ** 32n - 1n;
const MOST_PERIOD = 2n ** 31n - 1n;

/** Rows whose `field` is the address that somebody typed. */
export function addressFilter(label: string, field: string): Filter {
  return {
    label,
    example: "0x…",
    parse: (value) =>
      isAddress(value, { strict: false })
        ? matching({ [field]: value.toLowerCase() })
        : refusing(`“${value}” is not an address: 0x and 40 hexadecimal digits.`),
  };
}

/** One of a few values, each with its condition. */
export function choiceFilter(
  label: string,
  choices: Readonly<Record<string, { label: string; where: Where }>>,
): Filter {
  return {
    label,
    options: Object.entries(choices).map(([value, { label: words }]) => ({ value, label: words })),
    parse(value) {
      const choice = choices[value];
      return choice ? matching(choice.where) : refusing(`“${value}” is none of ${Object.keys(choices).join(", ")}.`);
    },
  };
}

/** Rows of a deal, by its number in the market. */
export const dealFilter: Filter = numbered("Deal", MOST_DEAL, (dealId, { market }) => ({
  deal: dealIdOf(dealKeyOf(market, dealId)),
}));

/** Money that went into or came from the lock of a deal, by its number in the market. */
export const lockFilter: Filter = numbered("Deal", MOST_DEAL, (dealId, { market, payments }) => ({
  lock: lockIdOf(payments, dealKeyOf(market, dealId)),
}));

/** Rows of a proving set, by its number in the verifier. */
export const setFilter: Filter = numbered("Proving set", MOST_SET, (setId, { verifier }) => ({
  provingSet: provingSetIdOf(verifier, Number(setId)),
}));

/** Rows of one period. */
export const periodFilter: Filter = numbered("Period", MOST_PERIOD, (period) => ({ period: Number(period) }));

/** Rows about a content, by its CID in any version and base. */
export function cidFilter(field: string): Filter {
  return {
    label: "CID",
    example: "bafy…",
    parse(value) {
      const digest = digestOfCid(value);
      return digest
        ? matching({ [field]: digest })
        : refusing(`“${value}” is not a CID with a SHA2-256 digest, like bafy… or Qm….`);
    },
  };
}

function numbered(label: string, most: bigint, where: (number: bigint, context: TableContext) => Where): Filter {
  return {
    label,
    example: "1",
    parse: (value, context) =>
      /^\d{1,30}$/.test(value) && BigInt(value) <= most
        ? matching(where(BigInt(value), context))
        : refusing(`“${value}” is not a number of a ${label.toLowerCase()}.`),
  };
}

function matching(where: Where): Condition {
  return { ok: true, where };
}

function refusing(problem: string): Condition {
  return { ok: false, problem };
}
