// Ways to break a contract, after those of Gambit, and where each applies. A condition is not negated: whatever tells "always" and
// "never" from the condition tells its negation too, and counting what is killed anyway would only make the share look better.
import {
  childOf,
  childrenOf,
  type Edit,
  listOf,
  type Node,
  Source,
  type Span,
  spanOf,
  typeOf,
} from "../money/syntax.ts";

/** One broken contract. `key` names it as long as its function is not edited. */
export type Mutant = { key: string; line: number; edit: Edit };
type Change = { operator: string; at: Node; span: Span; text: string };

const SWAPPED: Record<string, string> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "^": "&",
  "&&": "||",
  "||": "&&",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "|=": "&=",
  "&=": "|=",
  "<<=": ">>=",
  ">>=": "<<=",
  min: "max",
  max: "min",
};
const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!="]);

/** All mutants of the functions, modifiers and constants in a source. Interfaces and assembly have none. */
export function mutantsOf(text: string, tree: Node): Mutant[] {
  const source = new Source(text);
  const counts = new Map<string, number>();
  const contracts = childrenOf(tree).filter(isContract);
  return contracts.flatMap((contract) =>
    childrenOf(contract).flatMap((member) =>
      changesOf(source, member).map(({ operator, at, span, text }) => {
        const edit = { ...span, text };
        const name = `${contract.name}.${nameOf(member)} ${operator}: ${oneLine(source.text(spanOf(at)))} → ${afterwards(source, at, edit)}`;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return { key: count === 1 ? name : `${name} #${count}`, line: source.lineAt(span.start), edit };
      }),
    ),
  );
}

function isContract({ nodeType, contractKind }: Node): boolean {
  return nodeType === "ContractDefinition" && contractKind !== "interface";
}

function nameOf({ name, kind }: Node): string {
  return String(name || kind);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** What an edit within a node, or of all of it, makes of the node. */
function afterwards(source: Source, node: Node, { start, end, text }: Edit): string {
  const whole = spanOf(node);
  if (start <= whole.start && end >= whole.end) return text === "" || text === "{}" ? "nothing" : oneLine(text);
  return oneLine(source.text({ start: whole.start, end: start }) + text + source.text({ start: end, end: whole.end }));
}

/** Of a node and all below it. */
function changesOf(source: Source, node: Node): Change[] {
  if (node.nodeType === "InlineAssembly" || node.nodeType === "ArrayTypeName") return [];
  const own = CHANGES[node.nodeType]?.(source, node) ?? [];
  return [...own, ...childrenOf(node).flatMap((child) => changesOf(source, child))];
}

const replaced = (operator: string, node: Node, text: string): Change => ({
  operator,
  at: node,
  span: spanOf(node),
  text,
});

/** The operator that stands between two expressions. */
function swapBetween(source: Source, operator: string, at: Node, left: Node, right: Node, sign: string): Change[] {
  const text = SWAPPED[sign];
  if (text === undefined) return [];
  const gap = { start: spanOf(left).end, end: spanOf(right).start };
  const start = gap.start + Buffer.byteLength(source.text(gap).split(sign)[0] ?? "");
  return [{ operator, at, span: { start, end: start + sign.length }, text }];
}

/** Neighbours of the same type change places. */
function swapNeighbours(source: Source, at: Node, items: readonly (Node | undefined)[]): Change[] {
  return items.flatMap((right, i) => {
    const left = items[i - 1];
    if (!left || !right || typeOf(left) !== typeOf(right)) return [];
    const [one, other] = [spanOf(left), spanOf(right)];
    const [before, after] = [source.text(one), source.text(other)];
    if (before === after) return [];
    const between = source.text({ start: one.end, end: other.start });
    return [{ operator: "swap", at, span: { start: one.start, end: other.end }, text: after + between + before }];
  });
}

/** A statement with its semicolon becomes an empty block. */
function deleted(source: Source, node: Node): Change[] {
  const { start, end } = spanOf(node);
  const hasSemicolon = source.text({ start: end, end: end + 1 }) === ";";
  return [{ operator: "delete", at: node, span: { start, end: end + Number(hasSemicolon) }, text: "{}" }];
}

function conditions(_source: Source, node: Node): Change[] {
  const condition = childOf(node, "condition");
  return condition ? ["true", "false"].map((value) => replaced("condition", condition, value)) : [];
}

/** A loop that never ends says nothing but that gas is finite. */
function loopConditions(source: Source, node: Node): Change[] {
  return conditions(source, node).filter(({ text }) => text === "false");
}

const CHANGES: Record<string, (source: Source, node: Node) => Change[]> = {
  BinaryOperation(source, node) {
    const [left, right] = [childOf(node, "leftExpression"), childOf(node, "rightExpression")];
    if (!left || !right) return [];
    const sign = String(node.operator);
    const swapped = swapBetween(source, COMPARISONS.has(sign) ? "comparison" : "operator", node, left, right, sign);
    if (sign !== "&&" && sign !== "||") return swapped;
    return [...swapped, ...[left, right].map((side) => replaced("condition", side, String(sign === "&&")))];
  },
  Assignment(source, node) {
    const [left, right] = [childOf(node, "leftHandSide"), childOf(node, "rightHandSide")];
    return left && right ? swapBetween(source, "operator", node, left, right, String(node.operator)) : [];
  },
  UnaryOperation(source, node) {
    const operand = childOf(node, "subExpression");
    if (!operand || node.operator === "delete") return [];
    const inner = source.text(spanOf(operand));
    const other = { "++": "--", "--": "++" }[String(node.operator)];
    if (other === undefined) return [replaced("unary", node, inner)];
    return [replaced("unary", node, node.prefix ? other + inner : inner + other)];
  },
  IfStatement: conditions,
  Conditional: conditions,
  ForStatement(source, node) {
    return loopConditions(source, node);
  },
  WhileStatement: loopConditions,
  ExpressionStatement(source, node) {
    return source.text({ start: spanOf(node).end, end: spanOf(node).end + 1 }) === ")" ? [] : deleted(source, node);
  },
  EmitStatement: deleted,
  Break: deleted,
  Continue: deleted,
  Literal(source, node) {
    const text = source.text(spanOf(node));
    if (node.kind === "bool") return [replaced("constant", node, String(text !== "true"))];
    if (node.kind !== "number" || typeOf(node).startsWith("address")) return [];
    const isZero = Number(node.value) === 0;
    return [
      replaced("constant", node, `(${text} + 1)`),
      ...(isZero ? [] : [replaced("constant", node, `(${text} - 1)`)]),
    ];
  },
  FunctionCall(source, node) {
    const hasNames = listOf(node, "names").length > 0 || (node.names as unknown[] | undefined)?.length;
    if (hasNames || node.kind === "typeConversion") return [];
    const callee = childOf(node, "expression");
    const other = SWAPPED[String(callee?.memberName)];
    if (!callee || other === undefined) return swapNeighbours(source, node, listOf(node, "arguments"));
    // The least of two is the same in either order, so that nothing changes places here.
    const { end } = spanOf(callee);
    const span = { start: end - Buffer.byteLength(String(callee.memberName)), end };
    return [{ operator: "operator", at: node, span, text: other }];
  },
  /** What is assigned to changes places with its neighbour where the values do. */
  TupleExpression(source, node) {
    return node.lValueRequested ? [] : swapNeighbours(source, node, listOf(node, "components"));
  },
  ModifierInvocation(_source, node) {
    return node.kind === "modifierInvocation" ? [replaced("modifier", node, "")] : [];
  },
};
