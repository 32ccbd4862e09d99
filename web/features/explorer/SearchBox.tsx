"use client";

import { parseSearch, SEARCHABLE, type Sought } from "@4ever/sdk/subgraph/search";
import { Search } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { type FormEvent, Suspense, useEffect, useId, useRef, useState } from "react";
import { explorerLinks } from "@/lib/explorer-links";

/** What a text will be searched for as. */
function wordsOf(sought: Sought): string {
  switch (sought.kind) {
    case "address":
      return "An address: Enter looks for its provider or account.";
    case "hash":
      return "A hash: Enter looks for a transaction, a deal, a Merkle root or a seed.";
    case "set":
      return "The id of a proving set.";
    case "cid":
      return "A CID: Enter looks for its deals and pieces.";
    case "number":
      return sought.of === "set"
        ? `Proving set ${sought.number}.`
        : sought.of === "round"
          ? `The round of period ${sought.number}.`
          : `Deal ${sought.number}.`;
    case "unknown":
      return SEARCHABLE;
  }
}

/** Typing into a page is not meant for the search. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Finds whatever the network knows. `/` and ⌘K or Ctrl K put the cursor into it. */
export function SearchBox() {
  return (
    <Suspense fallback={<SearchForm asked="" />}>
      <AskedSearchForm />
    </Suspense>
  );
}

/** With what the address asks for, which an exported page does not know. */
function AskedSearchForm() {
  return <SearchForm asked={useSearchParams().get("q") ?? ""} />;
}

function SearchForm({ asked }: { asked: string }) {
  const router = useRouter();
  const [typed, setTyped] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const hintId = useId();
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const isShortcut = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey);
      const isSlash = event.key === "/" && !event.metaKey && !event.ctrlKey && !event.altKey && !isTyping(event.target);
      if (!isShortcut && !isSlash) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  const sought = parseSearch(typed);
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (sought) router.push(explorerLinks.search(typed.trim()));
  }

  return (
    <search className="mb-4 block">
      <form onSubmit={onSubmit}>
        <label className="flex h-10 items-center gap-2.5 rounded border border-line-control bg-surface px-3 focus-within:border-accent focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent pointer-coarse:h-11">
          <Search aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="sr-only">Search the network</span>
          <input
            ref={input}
            type="search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder="Address, deal, CID or transaction"
            aria-describedby={hintId}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            enterKeyHint="search"
            className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
          />
          <kbd aria-hidden className="rounded-sm border border-line px-1.5 font-mono text-xs text-faint max-sm:hidden">
            /
          </kbd>
        </label>
        <p id={hintId} aria-live="polite" className="mt-1.5 text-sm text-muted empty:hidden">
          {sought && typed !== asked ? wordsOf(sought) : ""}
        </p>
      </form>
    </search>
  );
}
