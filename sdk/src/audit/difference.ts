import type { Address, Hash } from "viem";

/** Where a figure was found that is not what it should be. */
export type Place =
  | { kind: "event"; contract: string; event: string; logIndex: number }
  | { kind: "contract"; contract: string; call: string }
  | { kind: "subgraph"; entity: string; id: string; field: string }
  | { kind: "calldata"; contract: string; call: string }
  | { kind: "header"; number: bigint }
  | { kind: "content"; source: string };

/** One figure that does not agree with what was re-computed. Figures are text, so that any kind of value can be told. */
export interface Difference {
  /** What it is about: `deal 7`, `account 0x… in token 1`, `period 310 of set 2`. */
  subject: string;
  /** Which figure of it. */
  figure: string;
  expected: string;
  found: string;
  place: Place;
  /** Height at which it shows. */
  block: bigint;
  transaction?: Hash;
}

/** Something that could not be found out; never a word against anybody. */
export interface Unknown {
  subject: string;
  /** A sentence. */
  reason: string;
}

/** Ends an audit that was asked for the first difference only. */
export class FirstDifference extends Error {
  override readonly name = "FirstDifference";
}

/** Collects what an audit finds. */
export class Findings {
  readonly differences: Difference[] = [];
  readonly unknowns: Unknown[] = [];
  /** Figures that agreed, by the kind of place where they were found. */
  readonly agreed: Record<Place["kind"], number> = {
    event: 0,
    contract: 0,
    subgraph: 0,
    calldata: 0,
    header: 0,
    content: 0,
  };
  readonly #isAll: boolean;

  constructor(isAll: boolean) {
    this.#isAll = isAll;
  }

  /** Throws {@link FirstDifference} unless all are wanted. */
  differ(difference: Difference): void {
    this.differences.push(difference);
    if (!this.#isAll) throw new FirstDifference(`${difference.subject}: ${difference.figure}`);
  }

  /** Compares one figure; gives whether it agrees. Addresses and hashes agree in either case of their letters. */
  compare(
    { subject, place, block, transaction }: Pick<Difference, "subject" | "place" | "block" | "transaction">,
    figure: string,
    expected: Figure,
    found: Figure,
  ): boolean {
    const [wanted, actual] = [textOf(expected), textOf(found)];
    if (wanted === actual) {
      this.agreed[place.kind]++;
      return true;
    }
    this.differ({
      subject,
      figure,
      expected: wanted,
      found: actual,
      place,
      block,
      ...(transaction && { transaction }),
    });
    return false;
  }

  unknown(unknown: Unknown): void {
    this.unknowns.push(unknown);
  }
}

/** A value that can be compared. */
export type Figure = bigint | number | string | boolean | null | undefined;

function textOf(figure: Figure): string {
  if (figure === null || figure === undefined) return "nothing";
  return typeof figure === "string" && /^0x[0-9a-f]*$/i.test(figure) ? figure.toLowerCase() : String(figure);
}

/** A key of maps by address. */
export function keyOf(address: Address): string {
  return address.toLowerCase();
}
