import { describe, expect, it } from "vitest";
import { completeLock, type Lock, missingOptionals, platformOf } from "../../scripts/complete-lock.mjs";
import {
  explainFailure,
  fitsLock,
  fitsMachine,
  installFingerprint,
  isLockMismatch,
  skippedNatives,
} from "../../scripts/install-state.mjs";

const LINUX = { os: "linux", cpu: "x64", libc: "glibc" };

describe("platformOf", () => {
  it.each([
    ["@biomejs/cli-linux-arm64-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["@foundry-rs/anvil-darwin-amd64", { os: ["darwin"], cpu: ["x64"] }],
    ["@nomicfoundation/edr-linux-x64-gnu", { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }],
    ["@next/swc-win32-x64-msvc", { os: ["win32"], cpu: ["x64"] }],
    ["@tailwindcss/oxide-wasm32-wasi", { cpu: ["wasm32"] }],
    ["typescript", undefined],
  ])("reads %s", (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});

describe("completeLock", () => {
  const parent = (version: string) => ({
    optionalDependencies: { "@a/b-linux-x64": "1.0.0", "@a/b-darwin-arm64": version },
  });

  it("refuses what it cannot make a stub for", () => {
    const lock: Lock = { packages: { "node_modules/b": parent("^1.0.0") } };
    expect(() => completeLock(lock)).toThrow("@a/b-darwin-arm64@^1.0.0");
  });

  it("puts the stub beside its sibling, with the sibling's flags, and is done after one run", () => {
    const lock: Lock = {
      packages: {
        "web/node_modules/b": parent("1.0.0"),
        "web/node_modules/@a/b-linux-x64": { version: "1.0.0", dev: true, optional: true, os: ["linux"], cpu: ["x64"] },
      },
    };
    expect(completeLock(lock)).toEqual(["web/node_modules/@a/b-darwin-arm64"]);
    expect(lock.packages["web/node_modules/@a/b-darwin-arm64"]).toEqual({
      version: "1.0.0",
      cpu: ["arm64"],
      dev: true,
      optional: true,
      os: ["darwin"],
    });
    expect(missingOptionals(lock)).toEqual([]);
  });
});

describe("skippedNatives", () => {
  const lock: Lock = {
    packages: {
      "node_modules/edr-linux-x64-gnu": { optional: true, os: ["linux"], cpu: ["x64"], libc: ["glibc"] },
      "node_modules/edr-linux-x64-musl": { optional: true, os: ["linux"], cpu: ["x64"], libc: ["musl"] },
      "node_modules/edr-darwin-arm64": { optional: true, os: ["darwin"], cpu: ["arm64"] },
      "node_modules/required": {},
    },
  };

  it("names the package for this machine that is not there", () => {
    expect(skippedNatives(lock, LINUX, () => false)).toEqual(["node_modules/edr-linux-x64-gnu"]);
  });

  it("names nothing when it is there", () => {
    expect(skippedNatives(lock, LINUX, (path) => path === "node_modules/edr-linux-x64-gnu")).toEqual([]);
  });

  it("reads refused systems", () => {
    expect(fitsMachine({ os: ["!win32"] }, LINUX)).toBe(true);
    expect(fitsMachine({ os: ["!linux"] }, LINUX)).toBe(false);
  });
});

describe("fitsLock", () => {
  const lock: Lock = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/other-system": { version: "1.0.0", optional: true },
    },
  };

  it("takes an install that only lacks optional packages", () => {
    expect(fitsLock(lock, { packages: { "node_modules/a": { version: "1.0.0" } } })).toBe(true);
  });

  it("refuses another version, and a package that is absent", () => {
    expect(fitsLock(lock, { packages: { "node_modules/a": { version: "1.0.1" } } })).toBe(false);
    expect(fitsLock(lock, { packages: {} })).toBe(false);
  });
});

describe("installFingerprint", () => {
  const manifest = { name: "a", scripts: { x: "y" }, dependencies: { b: "1.0.0" } };
  const fingerprint = installFingerprint("lock", [manifest], LINUX);

  it("stays when a script changes", () => {
    expect(installFingerprint("lock", [{ ...manifest, scripts: {} }], LINUX)).toBe(fingerprint);
  });

  it("changes with the lock, a dependency and the machine", () => {
    expect(installFingerprint("lock 2", [manifest], LINUX)).not.toBe(fingerprint);
    expect(installFingerprint("lock", [{ ...manifest, dependencies: {} }], LINUX)).not.toBe(fingerprint);
    expect(installFingerprint("lock", [manifest], { ...LINUX, cpu: "arm64" })).not.toBe(fingerprint);
  });
});

describe("explainFailure", () => {
  it.each([
    ["npm error code ENOTFOUND", "cannot be reached"],
    ["npm error code ECONNREFUSED", "cannot be reached"],
    ["npm error ENOSPC: no space left on device", "disk is full"],
    ["npm error code EACCES", "cannot be written"],
    ["npm error code E401", "refuses access"],
    ["npm error code EINTEGRITY", "not the one that the lock records"],
    ["npm error code ETARGET", "does not have a package"],
    ["something else", "could not install"],
  ])("says a sentence about %s", (output, words) => {
    expect(explainFailure(output, "/clone")).toContain(words);
  });
});

describe("isLockMismatch", () => {
  it("knows npm ci's refusal", () => {
    const refusal =
      "npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.";
    expect(isLockMismatch(refusal)).toBe(true);
    expect(isLockMismatch("npm error code ENOTFOUND")).toBe(false);
  });
});
