import { readFile } from "node:fs/promises";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HASHER_MODULE_PATH, hasherModuleSource } from "../../../scripts/build-hasher.ts";
import {
  BATCH_LEAVES,
  createBatchHasher,
  type HasherEngine,
  hashLeaf,
  hashNode,
  sharedBatchHasher,
} from "../../../sdk/src/pieces/batch-hasher.ts";
import { HASHER_SCALAR_BASE64, HASHER_SIMD_BASE64 } from "../../../sdk/src/pieces/generated/hasher-wasm.ts";
import { createRandomBytes } from "./naive-tree.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const rows = (hashes: Uint8Array) =>
  Array.from({ length: hashes.length / 32 }, (_, i) => hex(hashes.subarray(32 * i, 32 * i + 32)));

function engine(name: HasherEngine) {
  const hasher = createBatchHasher(name);
  if (hasher === undefined) throw new Error(`engine ${name} is missing`);
  return hasher;
}

describe("the generated module", () => {
  it("is what the generator writes", async () => {
    expect(await readFile(HASHER_MODULE_PATH, "utf8")).toBe(await hasherModuleSource());
  });

  it("stays below the 4 KiB that any browser compiles synchronously on its main thread", () => {
    for (const base64 of [HASHER_SIMD_BASE64, HASHER_SCALAR_BASE64]) expect(atob(base64).length).toBeLessThan(4096);
  });
});

describe.each<HasherEngine>(["simd", "scalar", "js"])("the %s engine", (name) => {
  const hasher = engine(name);
  const random = createRandomBytes(7);

  it("hashes leaves like the library, for every count around a pair of lanes", () => {
    for (const length of [1, 127, 128, 129, 256, 257, 384, 640, 1000]) {
      const data = random.bytes(length);
      const expected: string[] = [];
      for (let start = 0; start < length; start += 128) {
        const message = new Uint8Array(129);
        message.set(data.subarray(start, start + 128), 1);
        expected.push(hex(keccak_256(message)));
      }
      expect(rows(hasher.leaves(data))).toEqual(expected);
    }
  });

  it("hashes nodes like the library, and pairs an odd one out with the padding", () => {
    const padding = random.bytes(32);
    for (const count of [1, 2, 3, 4, 5, 8, 63]) {
      const hashes = random.bytes(32 * count);
      const padded = Uint8Array.from([...hashes, ...(count % 2 === 1 ? padding : [])]);
      const expected: string[] = [];
      for (let start = 0; start < padded.length; start += 64) {
        expected.push(hex(keccak_256(Uint8Array.from([1, ...padded.subarray(start, start + 64)]))));
      }
      expect(rows(hasher.nodes(hashes, padding))).toEqual(expected);
    }
  });

  it("does not let an earlier, longer batch shine through a short one", () => {
    hasher.leaves(new Uint8Array(4096).fill(0xff));
    expect(rows(hasher.leaves(Uint8Array.of(5)))).toEqual([hex(hashLeaf(Uint8Array.of(5)))]);
  });

  it("takes its own result as the next input", () => {
    const data = random.bytes(128 * 6);
    const leaves = hasher.leaves(data).slice();
    const inPlace = hasher.nodes(hasher.leaves(data), new Uint8Array(32)).slice();
    expect(rows(inPlace)).toEqual(rows(hasher.nodes(leaves, new Uint8Array(32))));
  });
});

describe("a full batch", () => {
  it("gives the same hashes on all engines", () => {
    const data = new Uint8Array(BATCH_LEAVES * 128).map((_, i) => (i * 31 + (i >> 9)) & 255);
    const simd = engine("simd").leaves(data).slice();
    expect(hex(keccak_256(engine("scalar").leaves(data)))).toBe(hex(keccak_256(simd)));
    expect(hex(keccak_256(engine("js").leaves(data)))).toBe(hex(keccak_256(simd)));
  });
});

describe("single hashes", () => {
  it("separate leaves from nodes by their first byte", () => {
    const [left, right] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const asLeaf = new Uint8Array(128);
    asLeaf.set(left);
    asLeaf.set(right, 32);
    expect(hex(hashNode(left, right))).not.toBe(hex(hashLeaf(asLeaf)));
  });

  it("have fixed vectors, which the contract's tests repeat", () => {
    expect(hex(hashLeaf(new Uint8Array(128)))).toBe("444b5adc238afc6067148cb80b10b6303dc34e35356809851c54631d5a0e571f");
    expect(hex(hashNode(new Uint8Array(32), new Uint8Array(32)))).toBe(
      "c07a1e8b7e0057673fdc2affe190d8a960c5fe615663f27b7ce84f3d93ef92a6",
    );
  });
});

describe("sharedBatchHasher", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  /** A fresh copy of the module, in a world with this WebAssembly. */
  async function engineWith(webAssembly: unknown) {
    vi.stubGlobal("WebAssembly", webAssembly);
    vi.resetModules();
    const fresh = await import("../../../sdk/src/pieces/batch-hasher.ts");
    return fresh.sharedBatchHasher().engine;
  }

  it("takes the fastest engine and keeps it", () => {
    expect(sharedBatchHasher().engine).toBe("simd");
    expect(sharedBatchHasher()).toBe(sharedBatchHasher());
  });

  it("does without SIMD, without WebAssembly, and where a security policy forbids to compile", async () => {
    const { validate, Module, Instance, CompileError } = WebAssembly;
    const simdBytes = atob(HASHER_SIMD_BASE64).length;
    const withoutSimd = { Module, Instance, CompileError, validate: (code: Uint8Array) => code.length !== simdBytes };
    const forbidden = {
      validate,
      Instance,
      CompileError,
      Module: class {
        constructor() {
          throw new CompileError("Refused to compile or instantiate WebAssembly module");
        }
      },
    };
    expect(await engineWith(withoutSimd)).toBe("scalar");
    expect(await engineWith(undefined)).toBe("js");
    expect(await engineWith(forbidden)).toBe("js");
  });
});
