import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Rounds that share processes, ports or a browser run one file at a time, after what is cheap. */
const inTurn = (groupOrder: number) => ({ fileParallelism: false, sequence: { groupOrder } });

/** Stories that wait minutes for stake to thaw: `npm test` tells them beside the others, on a network of their own. */
const PROVIDER_STORIES = ["test/e2e/becoming-a-provider.test.ts", "test/e2e/delegating.test.ts"];
/** Beside nothing else of the same run: pages are measured. */
const QUALITY = ["test/e2e/quality.test.ts"];
const story = {
  globalSetup: ["test/e2e/helpers/global-setup.ts"],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  ...inTurn(5),
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: "sdk", include: ["test/sdk/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 } },
      { test: { name: "fuzz", include: ["test/fuzz/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "scripts",
          include: ["test/scripts/*.test.ts", "test/scripts/{security,soak,web}/*.test.ts", "test/deploy/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "keepers",
          include: ["test/keepers/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...inTurn(1),
        },
      },
      {
        test: {
          name: "subgraph",
          include: ["test/subgraph/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          ...inTurn(2),
        },
      },
      {
        test: {
          name: "stack",
          include: ["test/scripts/stack/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          ...inTurn(3),
        },
      },
      {
        // As in web/tsconfig.json.
        resolve: { alias: { "@": fileURLToPath(new URL("web", import.meta.url)) } },
        test: {
          name: "web",
          include: ["test/web/**/*.test.{ts,tsx}"],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          ...inTurn(4),
        },
      },
      { test: { name: "e2e", include: ["test/e2e/*.test.ts"], exclude: [...PROVIDER_STORIES, ...QUALITY], ...story } },
      { test: { name: "e2e-provider", include: PROVIDER_STORIES, ...story } },
      { test: { name: "quality", include: QUALITY, ...story } },
    ],
  },
});
