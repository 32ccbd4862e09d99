/** A cut that somebody typed in percent, in basis points; or what is wrong with it. */
export type ParsedCut = { ok: true; cutBps: number } | { ok: false; problem: string };

/** @param mostBps Undefined until the contract was asked: it refuses more in any case. */
export function parseCut(text: string, mostBps: number | undefined): ParsedCut {
  const match = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (!match) return { ok: false, problem: "Enter percent with at most two decimals, such as 10 or 7.5." };
  const cutBps = Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  if (mostBps !== undefined && cutBps > mostBps) return { ok: false, problem: `At most ${mostBps / 100} %.` };
  return { ok: true, cutBps };
}
