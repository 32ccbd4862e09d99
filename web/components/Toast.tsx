"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "@/components/Button";

/** A remark about something that went on in the background, with one way to follow it. */
export function Toast({
  tone,
  title,
  children,
  action,
  onClose,
}: {
  tone: "good" | "bad";
  title: string;
  children?: ReactNode;
  action?: { label: string; onPress: () => void };
  onClose: () => void;
}) {
  return (
    <Radix.Root
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      duration={tone === "bad" ? 15_000 : 7_000}
      className="flex animate-pop-in items-start gap-3 rounded border border-line-strong bg-surface py-3 pr-1.5 pl-4 shadow-pop"
    >
      {tone === "good" ? (
        <CircleCheck aria-hidden className="mt-0.5 size-4.5 shrink-0 text-good" />
      ) : (
        <CircleAlert aria-hidden className="mt-0.5 size-4.5 shrink-0 text-bad" />
      )}
      <div className="min-w-0 flex-1">
        <Radix.Title className="font-medium">{title}</Radix.Title>
        {children ? <Radix.Description className="text-sm text-muted">{children}</Radix.Description> : null}
        {action ? (
          <Radix.Action asChild altText={action.label}>
            <button type="button" className="link mt-1 text-sm font-medium" onClick={action.onPress}>
              {action.label}
            </button>
          </Radix.Action>
        ) : null}
      </div>
      <Radix.Close asChild>
        <IconButton label="Dismiss" className="size-8">
          <X aria-hidden className="size-4" />
        </IconButton>
      </Radix.Close>
    </Radix.Root>
  );
}

/** Where toasts appear: above the bottom bar on narrow screens, bottom right on wide ones. */
export function ToastRegion({ children }: { children: ReactNode }) {
  return (
    <Radix.Provider swipeDirection="right" label="Notification">
      {children}
      <Radix.Viewport className="fixed right-4 bottom-20 z-50 flex w-96 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none lg:bottom-4" />
    </Radix.Provider>
  );
}
