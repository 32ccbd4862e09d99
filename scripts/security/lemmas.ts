// `npm run lemmas`: the compiler's checker and Z3 prove what lemmas/*.sol say of the arithmetic of shares, slashes and payments; the
// result is docs/security/lemmas.json. A time-out is unproven. Run `npx hardhat build` before it.
//   --only NAME      one lemma, and writes nothing
//   --seconds N      for each question to Z3 (default 60)
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import solc from "solc";
import { PROJECT_ROOT } from "../command.ts";
import { type CompilerInput, readCompilerInput } from "./compiler-input.ts";
import { closureOf, PREFIX } from "./money/compiler.ts";
import { childOf, childrenOf, listOf, type Node, Source, spanOf } from "./money/syntax.ts";

/**
 * `vacuous`: nothing meets the bounds that the lemma asks for, so that it says nothing. `unproven`: Z3 did not know within its time, or
 * the checker does not understand something; that is not a refutation.
 */
export type Outcome = "proven" | "refuted" | "vacuous" | "unproven";
/** `inputs` are any values of these types, `assumes` what is asked of them. */
export type Lemma = { says: string; inputs: string; assumes: string[]; outcome: Outcome };
export type Lemmas = { solver: string; seconds: number; lemmas: Record<string, Lemma> };

type Message = { severity: string; message: string; formattedMessage: string };
type Output = { errors?: Message[]; sources: Record<string, { ast: Node }> };

const FOLDER = join(import.meta.dirname, "lemmas");
const PLAIN_MATH = join(FOLDER, "plain/Math.sol");
export const RESULT = join(PROJECT_ROOT, "docs/security/lemmas.json");
const AST = { "*": { "": ["ast"] } };
const BINARY = process.platform === "win32" ? "z3.exe" : "z3";

/** The path of a Z3: `Z3_BIN`, where `.ci/run` puts one, or from the PATH; undefined where there is none. */
export function findSolver(env = process.env): string | undefined {
  if (env.Z3_BIN) return env.Z3_BIN;
  const folders = [join(PROJECT_ROOT, ".local/slither/bin"), ...(env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, BINARY)).find(existsSync);
}

/** Puts the text of functions where the lemmas ask for it by `// include SOURCE NAME`. @throws when there is none of that name */
export function withIncludes(text: string, sourceOf: (path: string) => { text: string; tree: Node }): string {
  return text.replace(/^ *\/\/ include (\S+) (\S+)$/gm, (_line, path: string, name: string) => {
    const { text, tree } = sourceOf(path);
    const functions = childrenOf(tree).flatMap((contract) => childrenOf(contract));
    const found = functions.find((node) => node.nodeType === "FunctionDefinition" && node.name === name);
    if (!found) throw new Error(`contracts/${path} has no function ${name}`);
    return new Source(text).text(spanOf(found)).replace(/\bprivate\b/, "internal");
  });
}

function readLemmas(): Record<string, string> {
  const files = globSync("*.sol", { cwd: FOLDER }).sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(FOLDER, file), "utf8")]));
}

/** A lemma and where it is: byte `end` is the last of its function. */
type Claim = Omit<Lemma, "outcome"> & { name: string; source: string; end: number };

export class Prover {
  readonly claims: Claim[];
  readonly #solver: string;
  readonly #seconds: number;
  readonly #input: CompilerInput;
  readonly #trees: Record<string, Node>;

  /** @param texts lemmas by their file's name, in place of the project's. */
  constructor(solver: string, seconds: number, texts = readLemmas()) {
    [this.#solver, this.#seconds] = [solver, seconds];
    this.#input = readCompilerInput([]);
    for (const name of Object.keys(this.#input.sources)) {
      if (name.endsWith("/utils/math/Math.sol"))
        this.#input.sources[name] = { content: readFileSync(PLAIN_MATH, "utf8") };
    }
    const trees = this.#parse();
    const sourceOf = (path: string) => {
      const [source, tree] = [this.#input.sources[PREFIX + path], trees[PREFIX + path]];
      if (!source || !tree) throw new Error(`There is no contracts/${path}`);
      return { text: source.content, tree };
    };
    const names = Object.keys(texts).map((file) => `project/scripts/security/lemmas/${file}`);
    for (const [i, text] of Object.values(texts).entries()) {
      this.#input.sources[names[i] ?? ""] = { content: withIncludes(text, sourceOf) };
    }
    this.#trees = this.#parse();
    this.claims = names.flatMap((name) => this.#claimsOf(name));
  }

  prove({ name, source, end }: Claim): Outcome {
    const { content } = this.#input.sources[source] ?? { content: "" };
    const outcome = this.#check(name, source, content);
    if (outcome !== "proven") return outcome;
    // What cannot come to its end proves whatever it likes.
    const reaching = new Source(content).edited([{ start: end, end, text: "assert(false); " }]);
    return this.#check(name, source, reaching) === "proven" ? "vacuous" : "proven";
  }

  #claimsOf(source: string): Claim[] {
    const text = new Source(this.#input.sources[source]?.content ?? "");
    return childrenOf(this.#trees[source] as Node).flatMap((contract) => {
      const lemma = childrenOf(contract).find(({ name }) => name === "lemma");
      const [parameters, body] = lemma ? [childOf(lemma, "parameters"), childOf(lemma, "body")] : [];
      if (!parameters || !body) return [];
      const says = /@title (.+)/.exec(String(childOf(contract, "documentation")?.text))?.[1] ?? "";
      const statements = listOf(body, "statements").map((node) => (node ? text.text(spanOf(node)) : ""));
      const assumes = statements.flatMap((statement) => /^require\((.*)\);?$/s.exec(statement)?.slice(1) ?? []);
      const inputs = text.text(spanOf(parameters)).replace(/\s+/g, " ");
      return [{ name: String(contract.name), source, says, inputs, assumes, end: spanOf(body).end - 1 }];
    });
  }

  #parse(): Record<string, Node> {
    const { sources } = this.#run({ stopAfter: "parsing" }, this.#input.sources);
    return Object.fromEntries(Object.entries(sources).map(([name, { ast }]) => [name, ast]));
  }

  #check(name: string, source: string, content: string): Outcome {
    const reached = [...closureOf([source], this.#trees)];
    const sources = Object.fromEntries(reached.map((one) => [one, this.#input.sources[one] ?? { content: "" }]));
    const modelChecker = {
      contracts: { [source]: [name] },
      engine: "bmc",
      targets: ["assert"],
      solvers: ["smtlib2"],
      showProvedSafe: true,
      showUnproved: true,
      showUnsupported: true,
      timeout: this.#seconds * 1_000,
    };
    const { errors = [] } = this.#run({ modelChecker }, { ...sources, [source]: { content } });
    const messages = errors.map(({ message }) => message);
    if (process.env.LEMMAS_VERBOSE) console.error([...new Set(messages)].join("\n"));
    const isSaid = (pattern: RegExp) => messages.some((message) => pattern.test(message));
    if (isSaid(/^BMC: Assertion violation happens/)) return "refuted";
    if (isSaid(/^BMC: .*(might happen|could not be proved)/)) return "unproven";
    return isSaid(/^BMC: Assertion violation check is safe/) ? "proven" : "unproven";
  }

  #run(settings: Record<string, unknown>, sources: CompilerInput["sources"]): Output {
    const input = { ...this.#input, sources, settings: { ...this.#input.settings, outputSelection: AST, ...settings } };
    const smtSolver = (query: string) => ({ contents: this.#ask(query) });
    const output: Output = JSON.parse(solc.compile(JSON.stringify(input), { smtSolver }));
    const failure = output.errors?.find(({ severity }) => severity === "error");
    if (failure) throw new Error(failure.formattedMessage);
    return output;
  }

  #ask(query: string): string {
    const folder = mkdtempSync(join(tmpdir(), "4ever-lemma-"));
    try {
      const file = join(folder, "query.smt2");
      writeFileSync(file, query);
      return spawnSync(this.#solver, ["-smt2", `-T:${this.#seconds}`, file], { encoding: "utf8" }).stdout;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { only: { type: "string" }, seconds: { type: "string", default: "60" } } });
  const solver = findSolver();
  if (!solver) {
    console.error(
      "SKIPPED: nothing was proven, there is no Z3. `pip install -r scripts/security/requirements.txt`, or name one by Z3_BIN.",
    );
    process.exit(0);
  }
  const seconds = Number(values.seconds);
  const version = execFileSync(solver, ["--version"], { encoding: "utf8" }).trim();
  const prover = new Prover(solver, seconds);
  const result: Lemmas = { solver: `${version}, solc ${solc.version()}`, seconds, lemmas: {} };
  for (const claim of prover.claims) {
    const { name, says, inputs, assumes } = claim;
    if (values.only !== undefined && values.only !== name) continue;
    const startedAt = performance.now();
    const outcome = prover.prove(claim);
    result.lemmas[name] = { says, inputs, assumes, outcome };
    console.log(
      `${outcome.padEnd(9)} ${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${name}: ${says}`,
    );
    if (outcome === "refuted" || outcome === "vacuous") process.exitCode = 1;
  }
  if (values.only === undefined) writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
}
