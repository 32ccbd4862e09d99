"use client";

import type { LucideIcon } from "lucide-react";
import { CircleAlert, CircleCheck, Info, RefreshCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { classes } from "@/components/classes";

/** Nothing here yet: what this will show, and the action that fills it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  isPage = false,
}: {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** Stands for a whole page, so that its title is the page's. */
  isPage?: boolean;
}) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 inline-flex size-10 items-center justify-center rounded border border-line-strong text-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <Heading className="text-lg font-semibold">{title}</Heading>
      <p className="mt-1 max-w-md text-muted">{children}</p>
      {action ? <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}

const AT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A query failed: what, since when, why, and another try. The raw error is for the console. */
export function LoadError({
  what,
  error,
  failedAtMs,
  onRetry,
  isRetrying = false,
  isPage = false,
}: {
  what: string;
  error: Error;
  failedAtMs?: number;
  onRetry: () => void;
  isRetrying?: boolean;
  /** Stands for a whole page, so that its title is the page's. */
  isPage?: boolean;
}) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-12 text-center">
      <CircleAlert aria-hidden className="mb-3 size-6 text-bad" />
      <Heading className="text-lg font-semibold">{what} could not be loaded</Heading>
      <p className="mt-1 max-w-lg break-words text-muted">{error.message}</p>
      {failedAtMs ? (
        <p className="mt-1 text-sm text-faint">Since {AT.format(failedAtMs)}. Nothing was changed.</p>
      ) : null}
      <Button
        className="mt-5"
        icon={<RefreshCw aria-hidden className="size-4" />}
        onClick={onRetry}
        busy={isRetrying && "Trying again"}
      >
        Try again
      </Button>
    </div>
  );
}

const NOTICES = {
  info: { icon: Info, className: "border-line-strong bg-sunken", ink: "text-muted" },
  good: { icon: CircleCheck, className: "border-transparent bg-good-soft", ink: "text-good" },
  warn: { icon: TriangleAlert, className: "border-transparent bg-warn-soft", ink: "text-warn" },
  bad: { icon: CircleAlert, className: "border-transparent bg-bad-soft", ink: "text-bad" },
} as const;

/** A remark in the flow of a page: what is so, what follows, and a way forward. */
export function Notice({
  tone = "info",
  title,
  children,
  action,
}: {
  tone?: keyof typeof NOTICES;
  title?: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  const { icon: Icon, className, ink } = NOTICES[tone];
  return (
    <div
      role={tone === "bad" ? "alert" : undefined}
      className={classes("flex flex-wrap gap-x-3 gap-y-2 rounded border px-3.5 py-3", className)}
    >
      <Icon aria-hidden className={classes("mt-0.5 size-4 shrink-0", ink)} />
      <div className="min-w-0 flex-1 basis-56 text-sm">
        {title ? <p className="font-medium text-ink">{title}</p> : null}
        <div className="break-words text-muted">{children}</div>
      </div>
      {action ? <div className="flex items-center gap-2">{action}</div> : null}
    </div>
  );
}
