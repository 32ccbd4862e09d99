// Compiles the money contracts with one source changed: the settings of the build, and only what the change reaches.
import solc from "solc";
import { type CompilerInput, readCompilerInput } from "../compiler-input.ts";
import { childrenOf, type Node } from "./syntax.ts";

/** Creation code by the contract's name, without `0x` and without metadata, so that equal code is equal text. */
export type Bytecodes = Record<string, string>;
export type Compiled = { bytecodes: Bytecodes } | { error: string };

type Output = {
  errors?: { severity: string; formattedMessage: string }[];
  sources: Record<string, { ast: Node }>;
  contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
};

/** How the compiler calls the folder `contracts`. */
export const PREFIX = "project/contracts/";

/** The sources themselves and all that they import, by the compiler's names. */
export function closureOf(roots: readonly string[], trees: Record<string, Node>): Set<string> {
  const reached = new Set(roots);
  for (const name of reached) {
    const tree = trees[name];
    if (!tree) throw new Error(`The compiler did not read ${name}`);
    const imports = childrenOf(tree).filter(({ nodeType }) => nodeType === "ImportDirective");
    for (const { absolutePath } of imports) reached.add(String(absolutePath));
  }
  return reached;
}

export class MoneyCompiler {
  readonly #input: CompilerInput;
  readonly #trees: Record<string, Node>;
  /** Deployable contracts: name → source. */
  readonly #contracts: ReadonlyMap<string, string>;

  /** @param contracts names of the contracts whose code counts. @throws when the contracts do not compile */
  constructor(contracts: readonly string[]) {
    this.#input = readCompilerInput([]);
    const { sources } = this.#compile(this.#input.sources, { "*": { "": ["ast"] } });
    this.#trees = Object.fromEntries(Object.entries(sources).map(([name, { ast }]) => [name, ast]));
    const found = Object.entries(this.#trees).flatMap(([source, tree]) =>
      childrenOf(tree)
        .filter(({ nodeType, name }) => nodeType === "ContractDefinition" && contracts.includes(String(name)))
        .map(({ name }) => [String(name), source] as const),
    );
    this.#contracts = new Map(found);
    const missing = contracts.filter((name) => !this.#contracts.has(name));
    if (missing.length > 0) throw new Error(`No contract is called ${missing.join(", ")}`);
  }

  /** Text and syntax of a source by its path below `contracts`. */
  sourceOf(path: string): { text: string; tree: Node } {
    const [source, tree] = [this.#input.sources[PREFIX + path], this.#trees[PREFIX + path]];
    if (!source || !tree) throw new Error(`There is no contracts/${path}`);
    return { text: source.content, tree };
  }

  /** Which of the contracts are made of a source, directly or not. */
  contractsWith(path: string): string[] {
    return [...this.#contracts]
      .filter(([, source]) => closureOf([source], this.#trees).has(PREFIX + path))
      .map(([name]) => name);
  }

  /**
   * The code of some contracts with some sources changed, by their paths below `contracts`. `added` are whole new sources; without `isOptimized` it takes
   * a third of the time, and the code does the same for more gas.
   */
  compile(
    contracts: readonly string[],
    changes: Record<string, string>,
    { added = {}, isOptimized = true }: { added?: Record<string, string>; isOptimized?: boolean } = {},
  ): Compiled {
    const wanted = contracts.map((name) => [this.#contracts.get(name) ?? "", name] as const);
    const sources = Object.fromEntries(
      [
        ...closureOf(
          wanted.map(([source]) => source),
          this.#trees,
        ),
      ].map((name) => {
        const content = changes[name.replace(PREFIX, "")] ?? this.#input.sources[name]?.content ?? "";
        return [name, { content }];
      }),
    );
    for (const [name, content] of Object.entries(added)) sources[name] = { content };
    const selection = Object.fromEntries(wanted.map(([source, name]) => [source, { [name]: ["evm.bytecode.object"] }]));
    try {
      const output = this.#compile(sources, selection, isOptimized);
      const codeOf = ([source, name]: readonly [string, string]) =>
        output.contracts?.[source]?.[name]?.evm.bytecode.object;
      return { bytecodes: Object.fromEntries(wanted.map((one) => [one[1], codeOf(one) ?? ""])) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  }

  #compile(
    sources: CompilerInput["sources"],
    outputSelection: Record<string, Record<string, string[]>>,
    isOptimized = true,
  ): Output {
    const metadata = { bytecodeHash: "none", appendCBOR: false };
    const optimizer = isOptimized ? {} : { optimizer: { enabled: false } };
    const settings = { ...this.#input.settings, ...optimizer, metadata, outputSelection };
    const output: Output = JSON.parse(solc.compile(JSON.stringify({ ...this.#input, sources, settings })));
    const failure = output.errors?.find(({ severity }) => severity === "error");
    if (failure) throw new Error(failure.formattedMessage);
    return output;
  }
}
