import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../keepers/src/config.ts";
import { findDeployCheck } from "../../scripts/deploy-check.mjs";
import { DEPLOY } from "./helpers/expressions.ts";

const tool = findDeployCheck();
if (!tool) {
  const text =
    "Helm chart and Compose file are not checked: build the tool with `node scripts/deploy-check.mjs` (Go 1.26).";
  if (process.env.CI && spawnSync("go", ["version"]).status === 0) throw new Error(text);
  console.warn(text);
}

const directory = mkdtempSync(join(tmpdir(), "4ever-deploy-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PROVIDER = "0x1111111111111111111111111111111111111111";
const NEEDED = { keeper: { provider: PROVIDER, publicUrl: "https://provider.example.org" } };

type Labels = Record<string, string>;
type Container = Record<string, unknown> & { name: string; image: string };
// biome-ignore lint/suspicious/noExplicitAny: manifests are checked by Kubernetes' own types before we look into them
type Manifest = { kind: string; metadata: { name: string; labels: Labels }; spec: any; data: Record<string, string> };

function run(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(tool ?? "deploy-check", args, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

let files = 0;
/** Renders the chart with values on top of what every provider has to set. */
function render(values: { keeper?: object } & Record<string, unknown> = {}) {
  const file = join(directory, `values-${files++}.json`); // JSON is YAML
  writeFileSync(file, JSON.stringify({ ...NEEDED, ...values, keeper: { ...NEEDED.keeper, ...values.keeper } }));
  return run(["chart", join(DEPLOY, "helm/4ever"), "release", file]);
}

function manifests(values: Parameters<typeof render>[0] = {}): Manifest[] {
  const { status, stdout, stderr } = render(values);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as Manifest[];
}

const isWithin = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

describe.skipIf(!tool)("the Helm chart", () => {
  it.each([
    ["no provider", { keeper: { provider: "" } }, "provider"],
    [
      "several processes on a volume for one",
      { keeper: { storage: { accessMode: "ReadWriteOnce" } } },
      "ReadWriteMany",
    ],
    ["no key at all", { keeper: { keySecret: "" } }, "keySecret"],
    ["a database address among the values", { keeper: { config: { databaseUrl: "postgresql://x" } } }, "databaseUrl"],
    ["a graph-node without Kubo", { kubo: { enabled: false } }, "kubo.enabled"],
  ])("refuses %s", (_, values, message) => {
    const { status, stderr } = render(values);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  it("has workloads with probes and resources, that run as nobody special, and services, budgets and policies that find them", () => {
    const all = manifests();
    const workloads = all.filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind));
    expect(workloads.map(({ metadata }) => metadata.name).sort()).toEqual(
      ["graph-node", "keeper", "kubo", "postgres"].map((part) => `release-${part}`),
    );
    const podLabels = workloads.map(({ spec }) => spec.template.metadata.labels as Labels);
    for (const { spec, metadata } of workloads) {
      expect(isWithin(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
      for (const container of spec.template.spec.containers as Container[]) {
        expect(Object.keys(container), metadata.name).toEqual(
          expect.arrayContaining(["startupProbe", "livenessProbe", "readinessProbe", "resources", "securityContext"]),
        );
        expect(container.image).toMatch(/:.+$/);
      }
    }
    const selectors = all.flatMap(({ kind, spec }): Labels[] => {
      if (kind === "Service") return [spec.selector];
      if (kind === "PodDisruptionBudget") return [spec.selector.matchLabels];
      return kind === "NetworkPolicy" ? [spec.podSelector.matchLabels] : [];
    });
    expect(selectors.length).toBeGreaterThan(8);
    for (const selector of selectors) expect(podLabels.filter((labels) => isWithin(selector, labels))).toHaveLength(1);
  });

  it("names secrets and holds none", () => {
    const all = manifests();
    expect(all.filter(({ kind }) => kind === "Secret")).toEqual([]);
    const text = JSON.stringify(all);
    for (const secret of ["keeper-key", "keeper-urls", "postgres"]) expect(text).toContain(`"${secret}"`);
  });

  it("gives the keeper a configuration that it takes", () => {
    const config = (values?: Parameters<typeof render>[0]) => {
      const map = manifests(values).find(
        ({ metadata, kind }) => kind === "ConfigMap" && metadata.name === "release-keeper",
      );
      const env = { KEEPER_DATABASE_URL: "postgresql://u:p@h/keeper", KEEPER_RPC_URL: "https://node" };
      return parseConfig(JSON.parse(map?.data["keeper.json"] ?? ""), "/config", env);
    };
    expect(config()).toMatchObject({
      contentUrl: "https://{cid}.ipfs.provider.example.org",
      keystore: { file: "/key/keystore.json", passwordFile: "/key/password" },
      storage: { adapter: "kubo", api: "http://release-kubo:5001" },
    });
    const signer = { url: "https://signer", address: PROVIDER };
    const other = config({ keeper: { keySecret: "", config: { signer, settleEveryPeriods: 3 } } });
    expect(other).toMatchObject({ signer, settleEveryPeriods: 3 });
    expect(other.keystore).toBeUndefined();
  });

  it("shows strangers what is for them, and neither metrics nor health", () => {
    const ingress = manifests().find(({ kind }) => kind === "Ingress");
    const rules = ingress?.spec.rules as { host: string; http: { paths: { path: string; pathType: string }[] } }[];
    expect(
      rules.map(({ host, http }) => [host, http.paths.map(({ path, pathType }) => `${pathType} ${path}`)]),
    ).toEqual([
      ["provider.example.org", ["Exact /", "Prefix /channels", "Prefix /deals", "Prefix /ipfs"]],
      ["*.ipfs.provider.example.org", ["Prefix /"]],
    ]);
  });
});

describe.skipIf(!tool)("the Compose file", () => {
  const names = [...readFileSync(join(DEPLOY, "compose/example.env"), "utf8").matchAll(/^(\w+)=/gm)].map(
    ([, name]) => name,
  );
  const folder = join(directory, "compose");
  mkdirSync(folder);
  for (const name of ["compose.yaml", "keeper.json"]) copyFileSync(join(DEPLOY, "compose", name), join(folder, name));
  const file = join(folder, "compose.yaml");
  const filled = Object.fromEntries(names.map((name) => [name, `the-${name?.toLowerCase()}`]));

  it.each(["POSTGRES_PASSWORD", "KEEPER_PROVIDER"])("refuses to start without %s", (name) => {
    const { status, stderr } = run(["compose", file], { ...filled, [name]: "" });
    expect(status).toBe(1);
    expect(stderr).toContain(name);
  });

  it("loads with what the example names, has every part, and lets nobody reach what is for the inside", () => {
    const { status, stdout, stderr } = run(["compose", file], filled);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    type Service = { ports?: { target: number; host_ip?: string }[]; healthcheck?: object };
    const { services } = JSON.parse(stdout) as { services: Record<string, Service> };
    expect(Object.keys(services).sort()).toEqual(["gateway", "graph-node", "keeper", "kubo", "postgres"]);
    const open = Object.values(services).flatMap(({ ports = [] }) =>
      ports.filter(({ host_ip }) => host_ip !== "127.0.0.1").map(({ target }) => target),
    );
    expect([...new Set(open)].sort()).toEqual([4001, 8080, 8443]);
  });

  it("gives the keeper a configuration that it takes", () => {
    const { keystore, storage } = parseConfig(
      JSON.parse(readFileSync(join(folder, "keeper.json"), "utf8")),
      "/config",
      {
        KEEPER_DATABASE_URL: "postgresql://u:p@h/keeper",
        KEEPER_RPC_URL: "https://node",
        KEEPER_PROVIDER: PROVIDER,
        KEEPER_PUBLIC_URL: "https://provider.example.org",
        KEEPER_CONTENT_URL: "https://{cid}.ipfs.provider.example.org",
      },
    );
    expect(keystore?.file).toBe("/run/secrets/keystore");
    expect(storage).toEqual({ adapter: "kubo", api: "http://kubo:5001" });
  });
});

describe("the image", () => {
  it("copies files that are there, and leaves none of them out of its context", () => {
    const root = join(DEPLOY, "..");
    const text = readFileSync(join(DEPLOY, "keeper.Dockerfile"), "utf8");
    const ignore = readFileSync(join(DEPLOY, "keeper.Dockerfile.dockerignore"), "utf8").split("\n");
    const sources = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) => (list ?? "").split(" "));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(ignore).toContain(`!${source}`);
    }
  });
});
