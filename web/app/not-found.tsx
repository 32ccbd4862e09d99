"use client";

import { FileQuestion } from "lucide-react";
import { ButtonLink } from "@/components/Button";
import { EmptyState } from "@/components/States";

export default function NotFound() {
  return (
    <div className="rounded border border-line bg-surface">
      <EmptyState
        icon={FileQuestion}
        isPage
        title="There is no such page"
        action={<ButtonLink href="/">Go to the overview</ButtonLink>}
      >
        The address may be mistyped, or from another version of the dashboard.
      </EmptyState>
    </div>
  );
}
