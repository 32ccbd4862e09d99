// Who may import whom (style guide, "Who may import whom"): read from the sources, so that Solidity and TypeScript share one table.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

/** One import that goes against the direction of the layers. */
export type Violation = { file: string; line: number; specifier: string; reason: string };

type Rule = {
  /** Files the rule is for; the first rule that matches decides. */
  files: RegExp;
  /** Our own files that may be imported; `$1` is the first group of `files`. */
  may: string[];
  /** The same, for `import type` only. */
  mayType?: string[];
  /** Packages that may be imported; all when absent. */
  packages?: RegExp;
  reason: string;
};

/** Modules that reach outside the process: decisions take what they need as arguments. */
const WITHOUT_IO =
  /^(?!node:(fs|net|tls|dgram|http2?|https|child_process|worker_threads|timers|cluster)\b)(?!(fastify|pg|pg-boss|drizzle-orm|helia|pino)\b)/;

const RULES: Rule[] = [
  {
    files: /^contracts\/interfaces\/.*\.sol$/,
    may: ["contracts/interfaces/", "contracts/libraries/"],
    packages: /^@openzeppelin\/contracts\//,
    reason: "interfaces import interfaces, libraries and OpenZeppelin",
  },
  { files: /^contracts\/mocks\/.*\.sol$/, may: ["contracts/"], reason: "mocks import contracts only" },
  {
    files: /^contracts\/.*\.sol$/,
    may: ["contracts/interfaces/", "contracts/libraries/", "abstract contracts/"],
    packages: /^@openzeppelin\/contracts\//,
    reason:
      "a contract imports interfaces, libraries, abstract bases and OpenZeppelin, never another concrete contract",
  },
  {
    files: /^contracts\/.*\.ts$/,
    may: ["contracts/", "artifacts/"],
    reason: "deployment modules import only contracts",
  },
  { files: /^sdk\//, may: ["sdk/"], reason: "sdk imports nothing of ours" },
  {
    files: /^keepers\/src\/domain\//,
    may: ["keepers/src/domain/", "sdk/"],
    packages: WITHOUT_IO,
    reason: "keepers/domain decides without I/O: it imports sdk only",
  },
  {
    files: /^keepers\/src\/duties\//,
    may: ["keepers/src/duties/", "keepers/src/domain/", "sdk/"],
    mayType: ["keepers/src/"],
    reason: "duties get adapters, chain and store as arguments: only their types are imported",
  },
  {
    files: /^keepers\/src\/(adapters\/[^/]+|chain)\//,
    may: ["keepers/src/$1/", "keepers/src/domain/", "sdk/"],
    mayType: ["keepers/src/adapters/"],
    reason: "adapters and chain import keepers/domain and sdk",
  },
  { files: /^keepers\//, may: ["keepers/", "sdk/"], reason: "keepers import sdk only, never web or scripts" },
  {
    files: /^web\/features\/([^/]+)\//,
    may: ["web/features/$1/", "web/components/", "web/lib/", "sdk/"],
    reason: "features do not import each other",
  },
  {
    files: /^web\/(components|lib)\//,
    may: ["web/components/", "web/lib/", "sdk/"],
    reason: "components and lib know no feature and no route",
  },
  { files: /^web\//, may: ["web/", "sdk/"], reason: "web imports sdk only, never keepers or scripts" },
  {
    files: /^subgraph\//,
    may: ["subgraph/"],
    packages: /^@graphprotocol\/graph-ts$/,
    reason: "the subgraph imports its own generated code",
  },
  {
    files: /^scripts\/security\/lemmas\/.*\.sol$/,
    may: ["contracts/libraries/"],
    packages: /^@openzeppelin\/contracts\//,
    reason: "lemmas are about libraries",
  },
  {
    files: /^scripts\//,
    may: ["scripts/", "sdk/", "contracts/ignition/", "artifacts/"],
    reason: "scripts start keepers and web as processes, and import sdk and deployment modules",
  },
];

const IMPORT =
  /(?:^|[\n;}])\s*(?<keyword>import|export)\s+(?<type>type\s)?(?:[\w*${}\s,]*?\bfrom\s*)?["'](?<specifier>[^"'\n]+)["']|\b(?:import|require)\s*\(\s*["'](?<dynamic>[^"'\n]+)["']/g;

/** Comments become blanks of the same length, so that positions stay. */
function withoutComments(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|(^|[^:"'`\\])\/\/[^\n]*/g,
    (comment, before: string | undefined) => (before ?? "") + comment.slice(before?.length ?? 0).replace(/[^\n]/g, " "),
  );
}

/** The imports of one source file, Solidity or TypeScript. */
export function importsOf(source: string): { specifier: string; isType: boolean; line: number }[] {
  const text = withoutComments(source);
  return [...text.matchAll(IMPORT)].map(({ groups = {}, index, 0: match }) => ({
    specifier: groups.specifier ?? groups.dynamic ?? "",
    isType: groups.type !== undefined,
    line: text.slice(0, index + match.length).split("\n").length,
  }));
}

/** The path of one of our files that `specifier` names, or undefined for a package. */
function ourPath(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.normalize(posix.join(posix.dirname(file), specifier));
  if (specifier.startsWith("@/")) return `web/${specifier.slice(2)}`; // web's alias of its own root
  const own = /^@4ever\/(\w+)(\/.*)?$/.exec(specifier);
  if (own) return `${own[1]}/${own[2]?.slice(1) ?? ""}`;
  return /^(contracts|sdk|keepers|web|scripts|test)\//.test(specifier) ? specifier : undefined;
}

function isAbstract(text: string | undefined): boolean {
  const kinds = [...withoutComments(text ?? "").matchAll(/^\s*(abstract contract|contract|library|interface)\s/gm)];
  return kinds.length > 0 && kinds.every(([, kind]) => kind !== "contract");
}

/**
 * Imports in `file` (path from the root, with `/`) that the table forbids.
 * @param read gives the text of another of our files, to tell an abstract contract from a concrete one
 */
export function violationsOf(file: string, source: string, read: (path: string) => string | undefined): Violation[] {
  const rule = RULES.find(({ files }) => files.test(file));
  if (!rule) return [];
  const group = rule.files.exec(file)?.[1] ?? "";
  const allows = (allowed: string[], path: string) =>
    allowed.some((entry) => {
      const [, abstract, folder = ""] = /^(abstract )?(.*)$/.exec(entry.replace("$1", group)) ?? [];
      return path.startsWith(folder) && (!abstract || isAbstract(read(path)));
    });
  return importsOf(source).flatMap(({ specifier, isType, line }) => {
    const path = ourPath(file, specifier);
    const isAllowed =
      path === undefined
        ? (rule.packages?.test(specifier) ?? true)
        : allows(rule.may, path) || (isType && allows(rule.mayType ?? [], path));
    return isAllowed ? [] : [{ file, line, specifier, reason: rule.reason }];
  });
}

const SOURCES = ["contracts", "sdk", "keepers", "web", "subgraph", "scripts"];
const SKIPPED = new Set(["node_modules", "generated", "build", "out", ".next", "coverage", "public"]);

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourceFiles(path);
    return /\.(sol|[cm]?tsx?|[cm]?js)$/.test(entry.name) ? [path] : [];
  });
}

/** All imports under `root` that go against the layers. Reads the tree; a missing folder is skipped. */
export function findViolations(root: string): Violation[] {
  const read = (path: string) => {
    const full = join(root, path);
    return statSync(full, { throwIfNoEntry: false })?.isFile() ? readFileSync(full, "utf8") : undefined;
  };
  return SOURCES.filter((folder) => statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory())
    .flatMap((folder) => sourceFiles(join(root, folder)))
    .flatMap((full) => {
      const file = relative(root, full).split(sep).join("/");
      return violationsOf(file, readFileSync(full, "utf8"), read);
    });
}

if (import.meta.main) {
  const violations = findViolations(dirname(dirname(import.meta.dirname)));
  for (const { file, line, specifier, reason } of violations) {
    console.error(`${file}:${line} imports ${specifier}: ${reason}`);
  }
  process.exitCode = violations.length > 0 ? 1 : 0;
}
