import type { Hex } from "viem";
import { CarStream, type PieceSink } from "./car-stream.ts";
import { FileNodes, importDirectories } from "./directories.ts";
import { PieceError } from "./errors.ts";
import { arrangeFiles, type PieceFile, type SkippedEntry } from "./file-list.ts";
import type { PieceTree } from "./tree.ts";
import { BLOCK_BYTES, cutBlocks, importFile, type PutBlock } from "./unixfs.ts";

/** How far a build is. Bytes are those of the files, without what the CAR adds. */
export interface BuildProgress {
  bytesDone: number;
  bytesTotal: number;
  filesDone: number;
  filesTotal: number;
}

/** How a piece is built. */
export interface BuildOptions {
  /** Also names that start with a dot; `.well-known` is always in. Off unless asked for: see `isHiddenName`. */
  includeHidden?: boolean;
  /** Most bytes of the CAR. */
  maxSizeBytes?: number;
  /** Called after every block of at most 1 MiB and after every file. */
  onProgress?: (progress: BuildProgress) => void;
  signal?: AbortSignal;
}

/** A finished piece: the CAR is in the sink. */
export interface BuiltPiece {
  /** Merkle root of the CAR's bytes, as on chain. */
  root: Hex;
  leafCount: number;
  sizeBytes: number;
  /** The directory's CIDv1 in base32: what a gateway serves. */
  cid: string;
  /** In the order of the CAR. */
  files: { path: string; sizeBytes: number; cid: string }[];
  /** Left out on purpose; show it to whoever chose the directory. */
  skipped: SkippedEntry[];
  blockCount: number;
  tree: PieceTree;
}

/**
 * Turns files into one piece in one pass. The same files give the same CID, the same bytes and the same root, everywhere:
 * profile unixfs-v1-2025, one wrapping directory, files in the order of their paths' UTF-8 bytes, one at a time, each block once.
 * Empty directories do not exist here, since a browser cannot tell of them; nor do modes and times.
 * Throws `PieceError`s of the file list, the files and the sink, or the signal's reason.
 */
export async function buildPiece(
  source: Iterable<PieceFile>,
  sink: PieceSink,
  { includeHidden, maxSizeBytes = Number.MAX_SAFE_INTEGER, onProgress, signal }: BuildOptions = {},
): Promise<BuiltPiece> {
  const { files, skipped } = arrangeFiles(source, { includeHidden });
  const bytesTotal = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const progress: BuildProgress = { bytesDone: 0, bytesTotal, filesDone: 0, filesTotal: files.length };
  const stream = new CarStream(sink, maxSizeBytes);
  const [scratch, gather] = [new Uint8Array(BLOCK_BYTES), new Uint8Array(BLOCK_BYTES)];

  async function* contentOf(file: PieceFile) {
    const { bytesDone } = progress;
    for await (const block of cutBlocks(file.open(scratch), gather)) {
      signal?.throwIfAborted();
      yield block;
      if (block.length === 0) continue;
      progress.bytesDone += block.length;
      onProgress?.({ ...progress });
    }
    if (progress.bytesDone - bytesDone !== file.sizeBytes)
      throw new PieceError("PieceFileChanged", { path: file.path });
    progress.filesDone++;
    onProgress?.({ ...progress });
  }

  try {
    const put: PutBlock = (cid, block) => stream.put(cid, block);
    const nodes = new FileNodes(files.length);
    for (const file of files) nodes.add(await importFile(contentOf(file), put));
    const { cid: root } = await importDirectories(files, nodes, put);
    const tree = await stream.close(root.bytes);
    return {
      root: tree.root,
      leafCount: tree.leafCount,
      sizeBytes: tree.sizeBytes,
      cid: root.toString(),
      files: files.map(({ path, sizeBytes }, i) => ({ path, sizeBytes, cid: nodes.textAt(i) })),
      skipped,
      blockCount: stream.blockCount,
      tree,
    };
  } finally {
    await stream.idle();
  }
}
