import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "@/components/classes";
import { PageLink } from "@/components/PageLink";

type Look = "primary" | "secondary" | "quiet" | "danger";
type Size = "md" | "sm";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:bg-accent-hover",
  secondary: "bg-surface text-ink border-line-strong hover:bg-hover hover:border-line-control",
  quiet: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-ink",
  danger: "bg-surface text-bad border-line-strong hover:bg-bad-soft hover:border-bad",
};
const SIZES: Record<Size, string> = {
  md: "h-9 px-3.5 gap-2 text-base pointer-coarse:h-11",
  sm: "h-7 px-2.5 gap-1.5 text-sm pointer-coarse:h-10",
};
const BASE =
  "inline-flex shrink-0 select-none items-center justify-center rounded border font-medium whitespace-nowrap transition-colors duration-100";

function look(name: Look, size: Size, extra?: string) {
  return classes(BASE, LOOKS[name], SIZES[size], extra);
}

interface Shared {
  look?: Look;
  size?: Size;
  icon?: ReactNode;
}

/** An action. `busy` says in a word what is going on, and keeps the button from being pressed twice. */
export function Button({
  look: name = "secondary",
  size = "md",
  icon,
  busy,
  children,
  className,
  disabled,
  type = "button",
  ...rest
}: ComponentProps<"button"> & Shared & { busy?: string | false | undefined }) {
  return (
    <button
      type={type}
      disabled={disabled || Boolean(busy)}
      aria-busy={busy ? true : undefined}
      className={look(name, size, classes("disabled:opacity-50 disabled:hover:border-line-strong", className))}
      {...rest}
    >
      {busy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {busy || children}
    </button>
  );
}

/** A way to another page that looks like an action. */
export function ButtonLink({
  look: name = "secondary",
  size = "md",
  icon,
  children,
  className,
  ...rest
}: ComponentProps<typeof PageLink> & Shared) {
  return (
    <PageLink className={look(name, size, className)} {...rest}>
      {icon}
      {children}
    </PageLink>
  );
}

/** A way out of the dashboard, in a tab of its own. */
export function OutsideLink({
  look: name = "secondary",
  size = "md",
  icon,
  children,
  className,
  ...rest
}: ComponentProps<"a"> & Shared) {
  return (
    <a className={look(name, size, className)} target="_blank" rel="noreferrer" {...rest}>
      {icon}
      {children}
    </a>
  );
}

/** A square button whose only content is an icon; `label` is its name. */
export function IconButton({
  label,
  children,
  className,
  type = "button",
  ...rest
}: Omit<ComponentProps<"button">, "aria-label"> & { label: string }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={classes(
        "inline-flex size-9 shrink-0 items-center justify-center rounded text-muted transition-colors duration-100 hover:bg-hover hover:text-ink pointer-coarse:size-11",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
