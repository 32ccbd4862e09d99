import { describe, expect, it } from "vitest";
import { arrangeFiles, isHiddenName } from "../../../sdk/src/pieces/file-list.ts";

const files = (...paths: string[]) =>
  paths.map((path) => ({
    path,
    sizeBytes: 0,
    async *open() {
      yield* [];
    },
  }));

const pathsOf = (...paths: string[]) => arrangeFiles(files(...paths)).files.map(({ path }) => path);

describe("arrangeFiles", () => {
  it("refuses paths that are absolute, climb, are empty, or that no address can carry", () => {
    for (const path of ["", "/a", "a/", "a//b", "./a", "a/../b", "..", "a\\b", "a\0b", "\uD800"]) {
      expect(() => arrangeFiles(files(path))).toThrow(expect.objectContaining({ name: "PiecePathInvalid" }));
    }
  });

  it("refuses a path that comes twice, or is a file and a directory", () => {
    expect(() => arrangeFiles(files("a", "b", "a"))).toThrow(
      expect.objectContaining({ name: "PiecePathTwice", details: { path: "a" } }),
    );
    expect(() => arrangeFiles(files("a/b/c", "a/b"))).toThrow(
      expect.objectContaining({ name: "PiecePathTwice", details: { path: "a/b" } }),
    );
  });

  it("refuses nothing, and nothing but hidden files", () => {
    expect(() => arrangeFiles([])).toThrow(expect.objectContaining({ name: "PieceEmpty", details: { skipped: 0 } }));
    expect(() => arrangeFiles(files(".a", "b/.c/d", "b/.c/e"))).toThrow(
      expect.objectContaining({ name: "PieceEmpty", details: { skipped: 2 } }),
    );
  });

  it("sorts by the UTF-8 bytes of the whole path", () => {
    expect(pathsOf("b", "a/x", "\u{1F600}", "a.b", "\uFF5E", "a0", "B", "a-b/x")).toEqual([
      "B",
      "a-b/x",
      "a.b",
      "a/x",
      "a0",
      "b",
      "\uFF5E",
      "\u{1F600}",
    ]);
  });
});

describe("isHiddenName", () => {
  it("spares .well-known alone", () => {
    expect([".git", ".env", ".well-known-not", ".well-known", "a.b"].map(isHiddenName)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
