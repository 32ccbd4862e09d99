import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../keepers/src/config.ts";
import { DeploymentError, parseDeployment } from "../../sdk/src/deployments.ts";
import { decryptKeystore } from "../../sdk/src/node/keystore.ts";
import { cidToDigest, digestToCid, isPieceError } from "../../sdk/src/pieces/index.ts";
import { bytes, holds } from "./property.ts";

const CONFIG = {
  role: "provider",
  rpcUrl: "http://127.0.0.1:8545",
  deployment: "deployment.json",
  databaseUrl: "postgresql://u:p@127.0.0.1:5432/k",
  schema: "keeper",
  keystore: { file: "keystore.json" },
  provider: `0x${"11".repeat(20)}`,
  dataDir: "data",
  listen: { host: "127.0.0.1", port: 7101 },
  publicUrl: "http://127.0.0.1:7101",
};

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    "",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "../..",
    Number.NaN,
    2 ** 53,
    -1,
    null,
    undefined,
    [],
  ),
);
const field = fc.constantFrom(
  ...Object.keys(CONFIG),
  "accept",
  "payout",
  "ipfs",
  "maxFeePerGasGwei",
  "pollMs",
  "patience",
  "__proto__",
  "constructor",
);

describe("files that people write", () => {
  it("make a configuration that fits its schema, or an error that names the field", async () => {
    expect(parseConfig(CONFIG, "/tmp").schema).toBe("keeper");
    await holds(400, [field, value], (name, drawn) => {
      try {
        const config = parseConfig({ ...CONFIG, [name]: drawn }, "/tmp");
        expect(new URL(config.rpcUrl).protocol).toMatch(/^https?:$/);
        expect(config.listen.port).toBeLessThan(65_536);
        expect(config.schema).toMatch(/^[a-z_][a-z0-9_]*$/);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message.length).toBeGreaterThan(20);
      }
    });
    await holds(200, [fc.anything()], (drawn) => {
      expect(() => parseConfig(drawn, "/tmp")).toThrow(ConfigError);
      expect(() => parseDeployment(drawn)).toThrow(DeploymentError);
    });
  });

  it("are no keystore unless they are whole", async () => {
    await holds(100, [fc.oneof(fc.string(), fc.json({ maxDepth: 3 }))], async (text) => {
      await expect(decryptKeystore(text, "password")).rejects.toBeInstanceOf(Error);
    });
  });
});

describe("content identifiers", () => {
  it("and their digests on chain are each other's reverse", async () => {
    await holds(200, [bytes(32, 32)], (digest) => {
      const hex = `0x${Buffer.from(digest).toString("hex")}` as const;
      expect(cidToDigest(digestToCid(hex))).toBe(hex);
      expect(cidToDigest(digestToCid(hex).toString())).toBe(hex);
    });
  });

  it("are refused by name in any other form", async () => {
    await holds(
      400,
      [fc.oneof(fc.string({ maxLength: 80 }), fc.stringMatching(/^(Qm|bafy|bafk|z|f0)[a-z0-9]{0,70}$/))],
      (text) => {
        try {
          expect(
            digestToCid(cidToDigest(text))
              .toV1()
              .equals(digestToCid(cidToDigest(text))),
          ).toBe(true);
        } catch (error) {
          if (!isPieceError(error, "CidUnsupported")) throw error;
        }
      },
    );
  });
});
