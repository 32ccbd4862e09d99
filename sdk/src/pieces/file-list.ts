import { PieceError } from "./errors.ts";

/** A file to be hosted. `path` is relative to the chosen directory, with "/" between its parts. */
export interface PieceFile {
  path: string;
  sizeBytes: number;
  /**
   * The content in chunks of any size; each is used up before the next is asked for, so all may live in `scratch`, which has the
   * size of a block. Throws `PieceFileUnreadable` or `PieceFileChanged`.
   */
  open(scratch: Uint8Array): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What was left out of a piece, and why. A skipped directory stands for everything in it. */
export interface SkippedEntry {
  path: string;
  reason: "hidden" | "symlink" | "special";
}

/**
 * Whether a name is left out unless hidden entries are asked for. Our choice, as other hosts do: `.git` and `.env` are secrets
 * more often than content, and what is published cannot be taken back. `.well-known` is made to be published.
 */
export function isHiddenName(name: string): boolean {
  return name.startsWith(".") && name !== ".well-known";
}

/**
 * Checks paths, leaves hidden entries out, and sorts by the UTF-8 bytes of the whole path: the order in which files enter the CAR.
 * Throws `PiecePathInvalid`, `PiecePathTwice`, and `PieceEmpty` when no file is left.
 */
export function arrangeFiles(
  files: Iterable<PieceFile>,
  { includeHidden = false }: { includeHidden?: boolean } = {},
): { files: PieceFile[]; skipped: SkippedEntry[] } {
  const hidden = new Set<string>();
  const kept: PieceFile[] = [];
  for (const file of files) {
    const parts = file.path.split("/");
    checkParts(file.path, parts);
    const hiddenAt = includeHidden ? -1 : parts.findIndex(isHiddenName);
    if (hiddenAt === -1) kept.push(file);
    else hidden.add(parts.slice(0, hiddenAt + 1).join("/"));
  }
  checkUnique(kept);
  const skipped = [...hidden].sort().map((path): SkippedEntry => ({ path, reason: "hidden" }));
  if (kept.length === 0) throw new PieceError("PieceEmpty", { skipped: skipped.length });
  kept.sort((a, b) => compareUtf8(a.path, b.path));
  return { files: kept, skipped };
}

function checkParts(path: string, parts: readonly string[]): void {
  const problem = partsProblem(path, parts);
  if (problem !== undefined) throw new PieceError("PiecePathInvalid", { path, problem });
}

function partsProblem(path: string, parts: readonly string[]): string | undefined {
  if (path === "") return "it has no name";
  if (!path.isWellFormed()) return "its name is no valid Unicode";
  // A browser turns "\" in an address into "/", so nobody could open it; the UnixFS importer reads "\/" as part of a name.
  if (path.includes("\\")) return 'a name with "\\" has no address';
  if (path.includes("\0")) return "a name cannot hold a zero byte";
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return 'empty, "." and ".." parts are not names';
  return undefined;
}

function checkUnique(kept: readonly PieceFile[]): void {
  const files = new Set<string>();
  for (const { path } of kept) {
    if (files.has(path)) throw new PieceError("PiecePathTwice", { path });
    files.add(path);
  }
  for (const { path } of kept) {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      const directory = path.slice(0, slash);
      if (files.has(directory)) throw new PieceError("PiecePathTwice", { path: directory });
    }
  }
}

/**
 * Compares well-formed texts by their UTF-8 bytes without making them. That is the order of code points, which UTF-16 keeps except
 * for surrogates: they stand for the highest code points, but come before U+E000 … U+FFFF.
 */
function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
