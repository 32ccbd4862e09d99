import { useMemo } from "react";
import { readDescription, type Span } from "@/features/governance/description";

/** What its proposer wrote: text alone, laid out as Markdown would be. */
export function Description({ text }: { text: string }) {
  const { blocks } = useMemo(() => readDescription(text), [text]);
  if (blocks.length === 0) return <p className="text-muted">Its proposer wrote no more than the title.</p>;
  return (
    <div className="max-w-prose space-y-3 break-words">
      {blocks.map((block, i) => {
        const key = `${i}`;
        if (block.kind === "heading")
          return (
            <h3 key={key} className="pt-1 font-semibold">
              <Spans spans={block.spans} />
            </h3>
          );
        if (block.kind === "list")
          return (
            <ul key={key} className="list-disc space-y-1 pl-5">
              {block.items.map((item, position) => (
                <li key={`${key}-${position}`}>
                  <Spans spans={item} />
                </li>
              ))}
            </ul>
          );
        if (block.kind === "code")
          return (
            <pre
              key={key}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
              tabIndex={0}
              className="overflow-x-auto rounded border border-line bg-sunken p-3 font-mono text-sm"
            >
              {block.text}
            </pre>
          );
        return (
          <p key={key}>
            <Spans spans={block.spans} />
          </p>
        );
      })}
    </div>
  );
}

function Spans({ spans }: { spans: readonly Span[] }) {
  return spans.map(({ kind, text }, i) => {
    const key = `${i}`;
    if (kind === "strong") return <strong key={key}>{text}</strong>;
    if (kind === "code")
      return (
        <code key={key} className="rounded-sm bg-sunken px-1 font-mono text-[0.93em]">
          {text}
        </code>
      );
    return <span key={key}>{text}</span>;
  });
}
