"use client";

import { type ReactNode, startTransition, useEffect, useRef, useState } from "react";

/** Begins a little before it is scrolled into view. */
const MARGIN = "200px";
/** Longest wait for a quiet moment. */
const PATIENCE_MS = 1_000;

/** What waits for a quiet moment: one thing at a time, so that several at once do not keep the page from answering. */
const waiting: (() => void)[] = [];

function whenQuiet(work: () => void): () => void {
  waiting.push(work);
  if (waiting.length === 1) scheduleNext();
  return () => {
    const place = waiting.indexOf(work);
    if (place > 0) waiting.splice(place, 1);
    else if (place === 0) waiting[0] = () => {}; // its turn is scheduled
  };
}

function scheduleNext(): void {
  const run = () => {
    waiting[0]?.();
    waiting.shift();
    if (waiting.length > 0) scheduleNext();
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(run, { timeout: PATIENCE_MS });
  else setTimeout(run); // Safari has no idle callbacks
}

/** Shows something costly once a reader can see it. Give it the size of what comes, so that nothing moves. */
export function WhenSeen({
  className,
  waiting: placeholder,
  children,
}: {
  className: string;
  waiting: ReactNode;
  children: ReactNode;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    let forget = () => {};
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        forget = whenQuiet(() => startTransition(() => setShown(true)));
      },
      { rootMargin: MARGIN },
    );
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      forget();
    };
  }, []);
  return (
    <div ref={place} className={className}>
      {isShown ? children : placeholder}
    </div>
  );
}
