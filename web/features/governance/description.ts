/** A part of a line. */
export interface Span {
  kind: "text" | "strong" | "code";
  text: string;
}

/** A part of a description. */
export type Block =
  | { kind: "heading" | "paragraph"; spans: readonly Span[] }
  | { kind: "list"; items: readonly (readonly Span[])[] }
  | { kind: "code"; text: string };

export interface Description {
  title: string;
  blocks: readonly Block[];
}

/** Longest description that is laid out; the rest is told to be there. Characters. */
const MOST = 50_000;
const MOST_TITLE = 160;
/** What no screen shows, or what turns text around it: it could make a sentence say something else. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Reads what a stranger wrote: a title in its first line, and headings, lists, code and bold of Markdown. Nothing of it becomes a link, a
 * picture or markup. Never throws.
 */
export function readDescription(text: string): Description {
  const lines = text
    .slice(0, MOST)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replaceAll("\t", "  ").replace(HIDDEN, "·"));
  if (text.length > MOST) lines.push("", "… The description goes on: read the rest in its transaction.");
  const first = lines.findIndex((line) => line.trim() !== "");
  const title = (lines[first] ?? "").replace(/^\s*#{1,6}\s+/, "").trim();
  return {
    title: title === "" ? "Without a title" : title.length > MOST_TITLE ? `${title.slice(0, MOST_TITLE - 1)}…` : title,
    blocks: blocksOf(first < 0 ? [] : title.length > MOST_TITLE ? lines.slice(first) : lines.slice(first + 1)),
  };
}

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let items: string[] = [];
  let code: string[] | undefined;
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", spans: spansOf(paragraph.join(" ")) });
    if (items.length > 0) blocks.push({ kind: "list", items: items.map(spansOf) });
    paragraph = [];
    items = [];
  };
  for (const line of lines) {
    if (/^\s*```/.test(line)) {
      if (code) {
        blocks.push({ kind: "code", text: code.join("\n") });
        code = undefined;
      } else {
        flush();
        code = [];
      }
      continue;
    }
    if (code) {
      code.push(line);
      continue;
    }
    const heading = /^\s*#{1,6}\s+(.+)$/.exec(line)?.[1];
    const item = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(.+)$/.exec(line)?.[1];
    if (heading) {
      flush();
      blocks.push({ kind: "heading", spans: spansOf(heading) });
    } else if (item) {
      if (paragraph.length > 0) flush();
      items.push(item);
    } else if (line.trim() === "") {
      flush();
    } else if (items.length > 0 && /^\s/.test(line)) {
      items.push(`${items.pop()} ${line.trim()}`);
    } else {
      if (items.length > 0) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  if (code) blocks.push({ kind: "code", text: code.join("\n") });
  return blocks;
}

/** Bold and code; everything else as it is written. */
function spansOf(line: string): Span[] {
  return line
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .filter((part) => part !== "")
    .map((part): Span => {
      if (/^\*\*[^*]+\*\*$/.test(part)) return { kind: "strong", text: part.slice(2, -2) };
      if (/^`[^`]+`$/.test(part)) return { kind: "code", text: part.slice(1, -1) };
      return { kind: "text", text: part };
    });
}
