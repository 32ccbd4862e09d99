"use client";

import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** Extra detail on hover and on focus. What it says must also be reachable otherwise: by copying, in a table, or in the label. */
export function Tooltip({ content, children }: { content: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 animate-pop-in rounded border border-line-strong bg-surface px-2.5 py-1.5 text-xs break-words text-ink shadow-pop"
        >
          {content}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
