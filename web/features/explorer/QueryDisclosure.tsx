"use client";

import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "@/components/CopyButton";
import { useIndex } from "@/lib/subgraph";

const REGION = "max-h-80 overflow-auto rounded border border-line bg-sunken px-3 py-2 -outline-offset-2";

/** A question to the index. */
export interface Question {
  document: string;
  variables: object;
}

/** The question that yields what is shown, word for word, to be asked again by anybody. */
export function QueryDisclosure({ question, what }: { question: Question; what: string }) {
  const { url } = useIndex();
  const variables = JSON.stringify(question.variables, null, 2);
  const body = JSON.stringify({ query: question.document, variables: question.variables });
  const command = `curl -s '${url}' -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
  return (
    <Disclosure summary={`The query that yields ${what}`}>
      <Text label="Endpoint" text={url} />
      <Text label="Query" text={document(question)} />
      <Text label="Variables" text={variables} />
      <p className="flex items-center gap-1 text-sm text-muted">
        Or as one command for a shell <CopyButton text={command} label="the command" />
      </p>
    </Disclosure>
  );
}

const document = ({ document: text }: Question) => text.trim();

/** Something that opens below its name. */
export function Disclosure({ summary, children }: { summary: string; children: ReactNode }) {
  return (
    <details className="group min-w-0 text-sm">
      <summary className="inline-flex min-h-8 list-none items-center gap-1.5 text-muted hover:text-ink pointer-coarse:min-h-10 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 transition-transform duration-100 group-open:rotate-90" />
        {summary}
      </summary>
      <div className="space-y-3 pt-2 pb-1">{children}</div>
    </details>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  return (
    <div className="min-w-0">
      <p className="flex items-center gap-1 font-medium">
        {label} <CopyButton text={text} label={label.toLowerCase()} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section aria-label={label} tabIndex={0} className={REGION}>
        <pre className="font-mono text-xs">{text}</pre>
      </section>
    </div>
  );
}
