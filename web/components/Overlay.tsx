"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "@/components/Button";
import { classes } from "@/components/classes";

interface Shared {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}

function Body({ title, description, children, footer }: Omit<Shared, "open" | "onOpenChange">) {
  return (
    <>
      <div className="flex items-start justify-between gap-4 border-b border-line py-3 pr-2 pl-5">
        <div className="min-w-0 py-1">
          <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
          {description ? <Radix.Description className="text-sm text-muted">{description}</Radix.Description> : null}
        </div>
        <Radix.Close asChild>
          <IconButton label="Close">
            <X aria-hidden className="size-4.5" />
          </IconButton>
        </Radix.Close>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-5">{children}</div>
      {footer ? <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</div> : null}
    </>
  );
}

function Scrim() {
  return <Radix.Overlay className="fixed inset-0 z-40 animate-fade-in bg-scrim" />;
}

/** A small task in front of the page. Escape and the scrim close it; focus returns to where it came from. */
export function Dialog({ open, onOpenChange, description, ...rest }: Shared) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Scrim />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[85dvh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 animate-fade-in flex-col rounded border border-line-strong bg-surface shadow-pop"
        >
          <Body description={description} {...rest} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A panel at the right edge, or from the bottom on narrow screens. */
export function Drawer({
  open,
  onOpenChange,
  description,
  side = "right",
  ...rest
}: Shared & { side?: "right" | "bottom" }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Scrim />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className={classes(
            "fixed z-50 flex flex-col border-line-strong bg-surface shadow-pop",
            "max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:animate-slide-in-up max-sm:rounded-t max-sm:border-t max-sm:pb-[env(safe-area-inset-bottom)]",
            side === "right"
              ? "sm:inset-y-0 sm:right-0 sm:w-[28rem] sm:animate-slide-in-right sm:border-l"
              : "sm:inset-x-0 sm:bottom-0 sm:max-h-[80dvh] sm:animate-slide-in-up sm:border-t",
          )}
        >
          <Body description={description} {...rest} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
