"use client";

import { useState } from "react";
import { exactAmount, parseAmount } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";

/**
 * An amount of EVER as it is typed, with its problem once somebody has tried to use it. Base units.
 * @param tooMuch What to say above `most`.
 * @param least Without it, zero is too little.
 */
export function useEverAmount(
  most: bigint | undefined,
  tooMuch: string,
  least?: { amount: bigint; tooLittle: string },
) {
  const [text, setText] = useState("");
  const [isTried, setTried] = useState(false);
  const parsed = parseAmount(text, EVER_UNIT);
  const problem = !parsed.ok
    ? parsed.problem
    : least && parsed.amount < least.amount
      ? least.tooLittle
      : !least && parsed.amount === 0n
        ? "Enter more than zero."
        : most !== undefined && parsed.amount > most
          ? tooMuch
          : undefined;
  return {
    text,
    setText,
    clear: () => {
      setText("");
      setTried(false);
    },
    error: isTried ? problem : undefined,
    /** The amount, or undefined after showing why not. */
    take: () => {
      setTried(true);
      return parsed.ok && !problem ? parsed.amount : undefined;
    },
    parsed,
    setMost: () => most !== undefined && setText(exactAmount(most, EVER_UNIT.decimals)),
  };
}
