import type { ReactNode } from "react";
import { classes } from "@/components/classes";

/** Every page begins with its name, one sentence that says what it is for, and at most one primary action. */
export function PageHeader({
  title,
  children,
  action,
  badge,
}: {
  title: ReactNode;
  children: ReactNode;
  action?: ReactNode;
  badge?: ReactNode;
}) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <div className="min-w-0 flex-1 basis-72">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {badge}
        </div>
        <p className="mt-1 max-w-2xl text-muted">{children}</p>
      </div>
      {action ? <div className="flex flex-wrap gap-2 pt-0.5">{action}</div> : null}
    </header>
  );
}

/** A bordered region of its own, without a heading. */
export function Panel({ children }: { children: ReactNode }) {
  return <div className="rounded border border-line bg-surface">{children}</div>;
}

/** A bordered region with a heading; `flush` lets tables and bands reach its edges. */
export function Section({
  title,
  description,
  action,
  flush = false,
  children,
  className,
}: {
  title: string;
  description?: ReactNode;
  action?: ReactNode;
  flush?: boolean;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section aria-label={title} className={classes("min-w-0 rounded border border-line bg-surface", className)}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{title}</h2>
          {description ? <p className="text-sm text-muted">{description}</p> : null}
        </div>
        {action}
      </div>
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}

/** One figure with its name, and a line that explains it. */
export function Stat({ label, children, note }: { label: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3.5">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="mt-1">
        <div className="tabular truncate text-xl font-semibold max-sm:text-lg tracking-tight">{children}</div>
        {note ? <div className="mt-0.5 text-sm text-muted [&_a]:whitespace-normal">{note}</div> : null}
      </dd>
    </div>
  );
}

/** Figures side by side, divided by hairlines. */
export function Stats({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl
      className={classes(
        "grid grid-cols-2 gap-px overflow-hidden rounded border border-line bg-line lg:grid-cols-4",
        className,
      )}
    >
      {children}
    </dl>
  );
}

/** Names and values in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line text-sm">{children}</dl>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 py-2 first:pt-0 last:pb-0">
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  );
}
