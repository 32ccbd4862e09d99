// Contracts that report which of their statements run, and how their conditions come out.
import { childOf, childrenOf, type Edit, listOf, type Node, Source, spanOf } from "./syntax.ts";

/**
 * Something that a test can reach. `key` names it as long as its function is not edited: a statement by its text, a branch by its
 * condition and what that has to be.
 */
export type Point = { key: string; kind: "statement" | "branch"; line: number };

/** Reports conditions; `coverage.sol` is EDR's library, whose calls the chain tells to whoever wants to know. */
export const BRANCHES = {
  name: "project/contracts/Branches.sol",
  content: `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import { __NomicFoundationCoverage as Hits } from "coverage.sol";
library Branches {
    function taken(bool condition, uint256 yes, uint256 no) internal pure returns (bool) {
        Hits.sendHit(condition ? yes : no);
        return condition;
    }
}
`,
};
const IMPORTS = `
import { __NomicFoundationCoverage as Hits } from "coverage.sol";
import { Branches } from "${BRANCHES.name}";
`;

const BODIES = ["trueBody", "falseBody", "body"];

/** Numbers points through all sources; a point's tag is its place in `points`. */
export class Instrumentation {
  readonly points: (Point & { source: string })[] = [];

  /** The source's text with reports in it. */
  instrumented(path: string, text: string, tree: Node): string {
    const source = new Source(text);
    const edits: Edit[] = [];
    for (const contract of childrenOf(tree).filter(({ nodeType }) => nodeType === "ContractDefinition")) {
      for (const member of childrenOf(contract)) {
        const name = `${contract.name}.${member.name || member.kind}`;
        const add = (kind: Point["kind"], node: Node, what: string) => {
          const key = `${name}: ${what}`;
          return this.points.push({ key, kind, line: source.lineAt(spanOf(node).start), source: path }) - 1;
        };
        const body = childOf(member, "body");
        if (body) new Reports(source, edits, add).block(body);
      }
    }
    return source.edited(edits) + IMPORTS;
  }
}

class Reports {
  readonly #source: Source;
  readonly #edits: Edit[];
  readonly #add: (kind: Point["kind"], node: Node, what: string) => number;

  constructor(source: Source, edits: Edit[], add: (kind: Point["kind"], node: Node, what: string) => number) {
    this.#source = source;
    this.#edits = edits;
    this.#add = add;
  }

  block(block: Node): void {
    for (const statement of listOf(block, "statements")) if (statement) this.#statement(statement);
  }

  #insert(at: number, text: string): void {
    this.#edits.push({ start: at, end: at, text });
  }

  #textOf(node: Node): string {
    return this.#source.text(spanOf(node)).replace(/\s+/g, " ");
  }

  #statement(node: Node): void {
    if (node.nodeType === "PlaceholderStatement") return;
    if (isBlock(node)) {
      this.block(node);
      return;
    }
    const isCompound = /^(If|For|While|Try)Statement$/.test(node.nodeType);
    if (!isCompound)
      this.#insert(spanOf(node).start, `Hits.sendHit(${this.#add("statement", node, this.#textOf(node))}); `);
    this.#inside(node);
  }

  /** Expressions of a statement, and the statements below it. */
  #inside(node: Node): void {
    for (const [field, child] of Object.entries(node)) {
      for (const one of [child].flat()) {
        if (typeof one !== "object" || one === null || !("nodeType" in one)) continue;
        const inner = one as Node;
        if (BODIES.includes(field)) this.#body(inner);
        else if (field === "condition") this.#condition(inner);
        else if (inner.nodeType === "TryCatchClause") this.#clause(inner);
        else if (inner.nodeType === "BinaryOperation" && isLogical(inner)) this.#operands(inner);
        else if (inner.nodeType !== "InlineAssembly") this.#inside(inner);
      }
    }
  }

  /** A single statement gets the braces that its report needs. */
  #body(node: Node): void {
    if (isBlock(node)) {
      this.block(node);
      return;
    }
    this.#insert(spanOf(node).start, "{ ");
    this.#statement(node);
    const { end } = spanOf(node);
    const hasSemicolon = this.#source.text({ start: end, end: end + 1 }) === ";";
    this.#insert(end + Number(hasSemicolon), " }");
  }

  /** What is tried succeeds and fails; an empty block has nothing else that says so. */
  #clause(node: Node): void {
    const block = childOf(node, "block");
    if (!block) return;
    const what = node.errorName === "" && !childOf(node, "parameters") ? "the call fails or succeeds" : "a clause runs";
    this.#insert(
      spanOf(block).start + 1,
      ` Hits.sendHit(${this.#add("branch", block, `${what}: ${this.#textOf(block)}`)}); `,
    );
    this.block(block);
  }

  #condition(node: Node): void {
    const text = this.#textOf(node);
    const yes = this.#add("branch", node, `${text} is true`);
    const no = this.#add("branch", node, `${text} is false`);
    this.#insert(spanOf(node).start, "Branches.taken(");
    if (isLogical(node)) this.#operands(node);
    else this.#inside(node);
    this.#insert(spanOf(node).end, `, ${yes}, ${no})`);
  }

  /** Each side of `&&` and `||` is a condition of its own. */
  #operands(node: Node): void {
    for (const side of [childOf(node, "leftExpression"), childOf(node, "rightExpression")]) {
      if (!side) continue;
      const inner = side.nodeType === "TupleExpression" ? listOf(side, "components")[0] : side;
      if (inner && isLogical(inner)) this.#operands(inner);
      else this.#condition(side);
    }
  }
}

function isBlock({ nodeType }: Node): boolean {
  return nodeType === "Block" || nodeType === "UncheckedBlock";
}

function isLogical({ nodeType, operator }: Node): boolean {
  return nodeType === "BinaryOperation" && (operator === "&&" || operator === "||");
}
