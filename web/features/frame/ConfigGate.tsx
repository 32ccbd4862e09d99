"use client";

import { Unplug } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { useConfigState } from "@/lib/config-context";
import { CONFIG_PATH, ConfigError } from "@/lib/config-error";

/** Stands in the place of a page when nobody can know which network it is about. Until that is known pages say what they can. */
export function ConfigGate({ children }: { children: ReactNode }) {
  const state = useConfigState();
  if (state.status !== "failed") return children;
  const problems = state.error instanceof ConfigError ? state.error.problems : [state.error.message];
  return (
    <div role="alert" className="mx-auto max-w-xl py-10">
      <span className="mb-5 inline-flex size-10 items-center justify-center rounded border border-line-strong text-bad">
        <Unplug aria-hidden className="size-5" />
      </span>
      <h1 className="text-xl font-semibold tracking-tight">The dashboard does not know its network</h1>
      <p className="mt-2 text-muted">
        Chain, index and contract addresses are read from <code className="font-mono text-sm">{CONFIG_PATH}</code>,
        which the server of this page provides. Your money and your deals are on chain and not affected.
      </p>
      <ul className="mt-5 divide-y divide-line rounded border border-line bg-surface text-sm">
        {problems.map((problem) => (
          <li key={problem} className="px-4 py-2.5 break-words">
            {problem}
          </li>
        ))}
      </ul>
      <div className="mt-5 flex flex-wrap items-center gap-4">
        <Button look="primary" onClick={state.retry}>
          Try again
        </Button>
        <p className="text-sm text-muted">
          On your own machine: is <code className="font-mono">npm start</code> still running?
        </p>
      </div>
    </div>
  );
}
