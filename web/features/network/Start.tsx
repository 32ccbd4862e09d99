"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { FolderDrop } from "@/components/FolderDrop";
import { Notice } from "@/components/States";
import { handOverFolder } from "@/lib/folder";

const POINTS = [
  {
    title: "Pay once, in advance",
    text: "One signature, one transaction. The money is locked in a contract that nobody administers.",
  },
  {
    title: "Proven every period",
    text: "The provider proves on chain that it holds every byte, with a challenge that nobody can foresee.",
  },
  {
    title: "Unproven costs nothing",
    text: "Only proven periods are paid. Everything else comes back to you when the deal ends.",
  },
] as const;

/** The first thing to do here, and what makes it different. */
export function Start() {
  const router = useRouter();
  const [problem, setProblem] = useState<string | undefined>();
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="flex flex-col gap-3 *:first:flex-1">
        <FolderDrop
          isCompact
          onProblem={setProblem}
          onFolder={(folder) => {
            handOverFolder(folder);
            router.push("/host/");
          }}
        />
        {problem ? (
          <Notice tone="bad" title="That did not work">
            {problem}
          </Notice>
        ) : null}
      </div>
      <ol className="flex flex-col justify-between divide-y divide-line rounded border border-line bg-surface px-5">
        {POINTS.map(({ title, text }, index) => (
          <li key={title} className="flex gap-4 py-4">
            <span aria-hidden className="tabular pt-px font-mono text-sm text-faint">
              {index + 1}
            </span>
            <div>
              <p className="font-semibold">{title}</p>
              <p className="text-sm text-muted">{text}</p>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
