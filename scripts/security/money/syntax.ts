// The compiler's syntax trees, and the text that their nodes stand for.

/** A node as the compiler tells it. `src` is `start:length:file`, in bytes. */
export type Node = { nodeType: string; src: string } & Record<string, unknown>;
/** Bytes [`start`, `end`) of a source. */
export type Span = { start: number; end: number };
/** Puts `text` where the span is; several spans of one source do not overlap. */
export type Edit = Span & { text: string };

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).nodeType === "string";
}

/** The node's children, in the order of their fields. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

/** The node in a field; undefined where there is none. */
export function childOf(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that holds a list. Holes, as in `(, b) = f()`, are undefined. */
export function listOf(node: Node, field: string): (Node | undefined)[] {
  const value = node[field];
  return Array.isArray(value) ? value.map((item) => (isNode(item) ? item : undefined)) : [];
}

export function spanOf(node: Node): Span {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
}

/** The type of an expression in the compiler's words. */
export function typeOf(node: Node): string {
  return String((node.typeDescriptions as { typeString?: string } | undefined)?.typeString);
}

/** A source whose spans count bytes. */
export class Source {
  readonly #bytes: Buffer;
  constructor(text: string) {
    this.#bytes = Buffer.from(text, "utf8");
  }

  text({ start, end }: Span): string {
    return this.#bytes.toString("utf8", start, end);
  }

  /** Counted from 1. */
  lineAt(position: number): number {
    return this.text({ start: 0, end: position }).split("\n").length;
  }

  edited(edits: readonly Edit[]): string {
    const parts: string[] = [];
    let at = 0;
    for (const { start, end, text } of [...edits].sort(
      (one, other) => one.start - other.start || one.end - other.end,
    )) {
      if (start < at) throw new Error(`Edits overlap at byte ${start}`);
      parts.push(this.text({ start: at, end: start }), text);
      at = end;
    }
    return [...parts, this.text({ start: at, end: this.#bytes.length })].join("");
  }
}
