import { createPieceHasher, sharedBatchHasher } from "../../../../sdk/src/pieces/index.ts";

/** Hashes so many MB of varying data, best of three passes. */
globalThis.onmessage = ({ data: megabytes }: MessageEvent<number>) => {
  const chunk = new Uint8Array(1_000_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
  let [mbPerSecond, root] = [0, ""];
  for (let pass = 0; pass < 3; pass++) {
    const hasher = createPieceHasher();
    const startedAt = performance.now();
    for (let i = 0; i < megabytes; i++) hasher.update(chunk);
    root = hasher.finish().root;
    mbPerSecond = Math.max(mbPerSecond, megabytes / ((performance.now() - startedAt) / 1000));
  }
  (globalThis as unknown as Worker).postMessage({ engine: sharedBatchHasher().engine, mbPerSecond, root });
};
