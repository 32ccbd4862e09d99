import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactManager } from "hardhat/types/artifacts";

const BUILDS = join(import.meta.dirname, "../../artifacts/build-info");

/** A node of solc's syntax tree. */
interface Node {
  nodeType: string;
  id: number;
  [key: string]: unknown;
}

/**
 * The functions of a contract that look at who calls, by signature, and what they compare the caller with: a modifier's name where the
 * check stands in one, otherwise the expression. Read from the compiler's syntax tree, through modifiers, inherited and internal
 * functions. What a function keeps under the caller's own address, such as its stake, is no authority over anybody else and not told;
 * a flag of the caller in a mapping is.
 */
export async function callerChecksOf(artifacts: ArtifactManager, contract: string): Promise<Record<string, string>> {
  const { buildInfoId, inputSourceName, contractName } = await artifacts.readArtifact(contract);
  if (!buildInfoId || !inputSourceName) throw new Error(`${contract} was not compiled from sources`);
  const build = await readBuild(buildInfoId);
  const root = build.nodes.find(({ nodeType, name, id }) => {
    return nodeType === "ContractDefinition" && name === contractName && build.sourceOf.get(id) === inputSourceName;
  });
  if (!root) throw new Error(`${contract} is not in its build`);
  const { methodIdentifiers } = build.contracts[inputSourceName]?.[contractName]?.evm ?? {};
  return new Scan(build.nodes, root, signaturesOf(methodIdentifiers ?? {})).checks();
}

interface Build {
  nodes: readonly Node[];
  /** Source file of each contract, by its node's id. */
  sourceOf: ReadonlyMap<number, string>;
  contracts: Output["contracts"];
}
const builds = new Map<string, Promise<Build>>();

/** What the compiler said in one run, read once. */
function readBuild(id: string): Promise<Build> {
  const known = builds.get(id);
  if (known) return known;
  const build = readFile(join(BUILDS, `${id}.output.json`), "utf8").then((text): Build => {
    const { output } = JSON.parse(text) as { output: Output };
    const sources = Object.entries(output.sources);
    const sourceOf = sources.flatMap(([name, { ast }]) =>
      membersOf(ast, "ContractDefinition").map(({ id: node }): [number, string] => [node, name]),
    );
    return {
      nodes: sources.flatMap(([, { ast }]) => nodesIn(ast)),
      sourceOf: new Map(sourceOf),
      contracts: output.contracts,
    };
  });
  builds.set(id, build);
  return build;
}

interface Output {
  sources: Record<string, { ast: Node }>;
  contracts: Record<string, Record<string, { evm?: { methodIdentifiers?: Record<string, string> } }>>;
}

/** What is listed and not there, and what is there and not, or otherwise, listed. Empty when both say the same. */
export function differencesOf(
  found: Readonly<Record<string, string>>,
  listed: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(found), ...Object.keys(listed)])].sort();
  return names.flatMap((name) => {
    if (found[name] === listed[name]) return [];
    if (listed[name] === undefined) return [`${name} is privileged (${found[name]}) and not listed`];
    if (found[name] === undefined) return [`${name} is listed (${listed[name]}) and gone, or open to everybody`];
    return [`${name} is listed as ${listed[name]} and is ${found[name]}`];
  });
}

function signaturesOf(methodIdentifiers: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(methodIdentifiers).map(([signature, selector]) => [selector, signature]));
}

/** Node and everything below it. */
function nodesIn(root: unknown): Node[] {
  if (Array.isArray(root)) return root.flatMap(nodesIn);
  if (typeof root !== "object" || root === null) return [];
  const below = Object.values(root).flatMap(nodesIn);
  return "nodeType" in root ? [root as Node, ...below] : below;
}

/** Functions of libraries and tokens that judge an account which is handed to them. */
const JUDGES = /^(canCall|canCallWithDelay|hasRole|isValidSignatureNow)$/;

class Scan {
  private readonly byId = new Map<number, Node>();
  /** The contract, then what it inherits, the nearest first. */
  private readonly line: Node[];

  private readonly signatures: ReadonlyMap<string, string>;

  constructor(nodes: readonly Node[], root: Node, signatures: ReadonlyMap<string, string>) {
    this.signatures = signatures;
    for (const node of nodes) this.byId.set(node.id, node);
    this.line = (root.linearizedBaseContracts as number[]).flatMap((id) => this.byId.get(id) ?? []);
  }

  checks(): Record<string, string> {
    const found: Record<string, string> = {};
    const seen = new Set<string>();
    for (const definition of this.line.flatMap((contract) => membersOf(contract, "FunctionDefinition"))) {
      const selector = definition.functionSelector as string | undefined;
      if (!selector || !definition.body || seen.has(selector)) continue;
      seen.add(selector);
      if (definition.stateMutability === "view" || definition.stateMutability === "pure") continue;
      const labels = [...this.labelsOf(definition, new Set(), new Set())].sort();
      const signature = this.signatures.get(selector);
      if (labels.length > 0 && signature) found[signature] = labels.join(", ");
    }
    return found;
  }

  /** What a function compares the caller with. `callers` are declarations that hold the caller. */
  private labelsOf(definition: Node, callers: ReadonlySet<number>, visited: Set<string>): Set<string> {
    const key = `${definition.id} ${[...callers].join()}`;
    if (visited.has(key)) return new Set();
    visited.add(key);
    const labels = new Set<string>();
    for (const invocation of (definition.modifiers as Node[] | undefined) ?? []) {
      const name = invocation.modifierName as Node;
      const modifier = this.byId.get(name.referencedDeclaration as number);
      if (modifier?.nodeType !== "ModifierDefinition") continue; // a base constructor
      const nearest = this.nearest(modifier);
      if (this.labelsOf(nearest, new Set(), visited).size > 0) labels.add(String(name.name));
    }
    const held = new Set(callers);
    for (const node of nodesIn(definition.body)) {
      if (node.nodeType === "VariableDeclarationStatement" && this.isCaller(node.initialValue as Node | null, held)) {
        for (const declaration of (node.declarations as (Node | null)[]) ?? [])
          if (declaration) held.add(declaration.id);
      }
      const label = this.labelOf(node, held);
      if (label) labels.add(label);
      if (node.nodeType === "FunctionCall") for (const inner of this.called(node, held, visited)) labels.add(inner);
    }
    return labels;
  }

  private labelOf(node: Node, held: ReadonlySet<number>): string | undefined {
    if (node.nodeType === "BinaryOperation" && /^[!=]=$/.test(String(node.operator))) {
      const [left, right] = [node.leftExpression as Node, node.rightExpression as Node];
      const isLeft = this.isCaller(left, held);
      const other = isLeft ? right : left;
      // A comparison with zero, or of the caller with itself, tells nobody from anybody.
      if (isLeft === this.isCaller(right, held) || textOf(other) === "0") return undefined;
      return textOf(other);
    }
    if (node.nodeType === "IndexAccess" && this.isCaller(node.indexExpression as Node, held)) {
      const { typeString } = node.typeDescriptions as { typeString: string };
      if (/^(bool$|enum )/.test(typeString)) return `${textOf(node.baseExpression as Node)}[caller]`;
    }
    return undefined;
  }

  /** What the function compares the caller with that is called here. */
  private called(call: Node, held: ReadonlySet<number>, visited: Set<string>): Iterable<string> {
    const expression = call.expression as Node;
    const args = (call.arguments as Node[]) ?? [];
    const isTold = args.some((argument) => this.isCaller(argument, held));
    const name = String(expression.memberName ?? expression.name ?? "");
    if (isTold && JUDGES.test(name)) return [name];
    const target = this.byId.get(expression.referencedDeclaration as number);
    if (target?.nodeType !== "FunctionDefinition" || isExternal(expression)) return [];
    const isSuper = (expression.expression as Node | undefined)?.name === "super";
    const definition = isSuper ? target : this.nearest(target);
    const parameters = membersOf(definition.parameters as Node, "VariableDeclaration", "parameters");
    // A library's function bound by `using` gets the receiver first.
    const shift = parameters.length - args.length;
    const told = parameters.filter((_, i) => i >= shift && this.isCaller(args[i - shift] ?? null, held));
    return this.labelsOf(definition, new Set(told.map(({ id }) => id)), visited);
  }

  /** The definition that takes the place of this one in the contract. */
  private nearest(definition: Node): Node {
    if (definition.visibility === "private") return definition;
    const candidates = this.line.flatMap((contract) => membersOf(contract, definition.nodeType));
    const isIn = candidates.some(({ id }) => id === definition.id);
    const shape = shapeOf(definition);
    return (isIn && candidates.find((each) => shapeOf(each) === shape && each.body)) || definition;
  }

  private isCaller(node: Node | null | undefined, held: ReadonlySet<number>): boolean {
    if (!node) return false;
    if (node.nodeType === "Identifier") return held.has(node.referencedDeclaration as number);
    if (node.nodeType === "TupleExpression") {
      const [only, ...more] = (node.components as Node[]) ?? [];
      return more.length === 0 && this.isCaller(only, held);
    }
    const expression = node.expression as Node | undefined;
    if (node.nodeType === "MemberAccess") return expression?.name === "msg" && node.memberName === "sender";
    if (node.nodeType !== "FunctionCall") return false;
    if (node.kind === "typeConversion") return this.isCaller((node.arguments as Node[])[0], held);
    return expression?.name === "_msgSender";
  }
}

function membersOf(node: Node, nodeType: string, key = "nodes"): Node[] {
  return (node[key] as Node[]).filter((member) => member.nodeType === nodeType);
}

function shapeOf({ name, parameters }: Node): string {
  const types = ((parameters as Node).parameters as Node[]).map(({ typeDescriptions }) =>
    (typeDescriptions as { typeString: string }).typeString.replace(/ (memory|calldata|storage.*)$/, ""),
  );
  return `${name}(${types.join()})`;
}

/** Whether another contract is called: its own checks are of who calls it, which is this contract. */
function isExternal(expression: Node): boolean {
  const { typeIdentifier } = expression.typeDescriptions as { typeIdentifier: string };
  return /^t_function_external|^t_function_delegatecall/.test(typeIdentifier);
}

/** An expression as it is written, near enough. */
function textOf(node: Node): string {
  const inner = (key: string) => textOf(node[key] as Node);
  switch (node.nodeType) {
    case "Identifier":
      return String(node.name);
    case "MemberAccess":
      return `${inner("expression")}.${node.memberName}`;
    case "IndexAccess":
      return `${inner("baseExpression")}[]`;
    case "FunctionCall": {
      if (node.kind === "typeConversion") return textOf((node.arguments as Node[])[0] as Node);
      return `${inner("expression")}()`;
    }
    case "Literal":
      return String(node.value);
    default:
      return node.nodeType === "ElementaryTypeNameExpression" ? "type" : node.nodeType;
  }
}
