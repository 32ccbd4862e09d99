/** A part of a file, [from, to) in bytes. */
export type ByteRange = { from: number; to: number };

/**
 * What a Range header asks of a file: a range, `all` when there is none that we serve (several ranges, other units), or `unsatisfiable`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | "all" | "unsatisfiable" {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  if (!match) return "all";
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return "all";
  if (first === "") {
    const suffix = Number(last);
    return suffix === 0 || sizeBytes === 0 ? "unsatisfiable" : { from: Math.max(0, sizeBytes - suffix), to: sizeBytes };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "all"; // an invalid range is ignored
  if (from >= sizeBytes) return "unsatisfiable";
  return { from, to: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** Whether a list of entity tags, as in If-None-Match, names this one. */
export function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const strong = (tag: string) => tag.trim().replace(/^W\//, "");
  return header.split(",").some((tag) => tag.trim() === "*" || strong(tag) === strong(etag));
}
