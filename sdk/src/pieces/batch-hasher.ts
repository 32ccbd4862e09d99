import { keccak_256 } from "@noble/hashes/sha3.js";
import { HASHER_LAYOUT, HASHER_SCALAR_BASE64, HASHER_SIMD_BASE64 } from "./generated/hasher-wasm.ts";

/** Bytes of a leaf: with the domain byte it fills one keccak block, the cheapest unit a contract can hash. */
export const LEAF_BYTES = 128;
/** Bytes of a hash. */
export const HASH_BYTES = 32;
/** Most leaves that one call hashes: 1 MiB of data. */
export const BATCH_LEAVES = HASHER_LAYOUT.inputBytes / LEAF_BYTES;

const LEAF_DOMAIN = 0;
const NODE_DOMAIN = 1;

/** What hashes: WebAssembly with or without SIMD, or plain JavaScript. */
export type HasherEngine = "simd" | "scalar" | "js";

/**
 * Hashes many leaves or nodes of a piece tree per call. A result is a view that the next call overwrites; it may be handed
 * to `nodes` as it is, and then nothing is copied.
 */
export interface BatchHasher {
  readonly engine: HasherEngine;
  /** keccak256(0x00 ‖ leaf) of up to 1 MiB of data; the last leaf is filled with zeros. */
  leaves(data: Uint8Array): Uint8Array;
  /** keccak256(0x01 ‖ left ‖ right) of up to 8,192 hashes; an odd one out is paired with `padding`. */
  nodes(hashes: Uint8Array, padding: Uint8Array): Uint8Array;
}

/** keccak256(0x00 ‖ leaf), with a short leaf filled with zeros. */
export function hashLeaf(leaf: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + LEAF_BYTES);
  message[0] = LEAF_DOMAIN;
  message.set(leaf, 1);
  return keccak_256(message);
}

/** keccak256(0x01 ‖ left ‖ right). */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + 2 * HASH_BYTES);
  message[0] = NODE_DOMAIN;
  message.set(left, 1);
  message.set(right, 1 + HASH_BYTES);
  return keccak_256(message);
}

let shared: BatchHasher | undefined;

/** The fastest hasher that works here. One per thread is enough: its calls are synchronous and keep nothing. */
export function sharedBatchHasher(): BatchHasher {
  shared ??= createBatchHasher("simd") ?? createBatchHasher("scalar") ?? createJsHasher();
  return shared;
}

/** A hasher with the given engine, or undefined where the platform lacks it. */
export function createBatchHasher(engine: HasherEngine): BatchHasher | undefined {
  if (engine === "js") return createJsHasher();
  if (typeof WebAssembly === "undefined") return undefined;
  const base64 = engine === "simd" ? HASHER_SIMD_BASE64 : HASHER_SCALAR_BASE64;
  const code = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  if (!WebAssembly.validate(code)) return undefined;
  try {
    return createWasmHasher(engine, new WebAssembly.Instance(new WebAssembly.Module(code)));
  } catch (error) {
    // A Content-Security-Policy without 'wasm-unsafe-eval' refuses to compile what validates.
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

interface HasherExports {
  memory: WebAssembly.Memory;
  leaves(input: number, count: number, output: number): void;
  nodes(input: number, count: number, output: number): void;
}

function createWasmHasher(engine: HasherEngine, instance: WebAssembly.Instance): BatchHasher {
  const { memory, leaves, nodes } = instance.exports as unknown as HasherExports;
  const { inputOffset, outputOffset } = HASHER_LAYOUT;
  const bytes = new Uint8Array(memory.buffer);
  const output = (hashes: number) => bytes.subarray(outputOffset, outputOffset + hashes * HASH_BYTES);
  return {
    engine,
    leaves(data) {
      const count = Math.ceil(data.length / LEAF_BYTES);
      bytes.set(data, inputOffset);
      bytes.fill(0, inputOffset + data.length, inputOffset + count * LEAF_BYTES);
      leaves(inputOffset, count, outputOffset);
      return output(count);
    },
    nodes(hashes, padding) {
      const pairs = Math.ceil(hashes.length / (2 * HASH_BYTES));
      const isInPlace = hashes.buffer === bytes.buffer && hashes.byteOffset === outputOffset;
      if (!isInPlace) bytes.set(hashes, outputOffset);
      if (hashes.length < pairs * 2 * HASH_BYTES) bytes.set(padding, outputOffset + hashes.length);
      // In place: a pair is read before its hash lands at or below it.
      nodes(outputOffset, pairs, outputOffset);
      return output(pairs);
    },
  };
}

function createJsHasher(): BatchHasher {
  return {
    engine: "js",
    leaves(data) {
      const hashes = new Uint8Array(Math.ceil(data.length / LEAF_BYTES) * HASH_BYTES);
      for (let start = 0; start < data.length; start += LEAF_BYTES) {
        hashes.set(hashLeaf(data.subarray(start, start + LEAF_BYTES)), (start / LEAF_BYTES) * HASH_BYTES);
      }
      return hashes;
    },
    nodes(hashes, padding) {
      const parents = new Uint8Array(Math.ceil(hashes.length / (2 * HASH_BYTES)) * HASH_BYTES);
      for (let start = 0; start < hashes.length; start += 2 * HASH_BYTES) {
        const middle = start + HASH_BYTES;
        const right = middle < hashes.length ? hashes.subarray(middle, middle + HASH_BYTES) : padding;
        parents.set(hashNode(hashes.subarray(start, middle), right), start / 2);
      }
      return parents;
    },
  };
}
