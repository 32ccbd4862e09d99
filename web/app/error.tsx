"use client";

import { useEffect } from "react";
import { LoadError } from "@/components/States";

/** A page broke while it was drawn. Everything else – frame, wallet, transactions under way – goes on. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  useEffect(() => console.error("A page could not be drawn", error), [error]);
  return (
    <div className="rounded border border-line bg-surface">
      <LoadError what="This page" error={error} onRetry={reset} />
    </div>
  );
}
