"use client";

import { CircleAlert } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";
import { classes } from "@/components/classes";

const CONTROL =
  "w-full min-w-0 bg-transparent px-3 h-9 pointer-coarse:h-11 outline-none placeholder:text-faint disabled:opacity-60";
const FRAME =
  "flex items-center rounded border border-line-control bg-surface transition-colors duration-100 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent focus-within:-outline-offset-1";

interface Shared {
  label: string;
  /** What to enter, or what follows from it. */
  hint?: ReactNode;
  /** Why the value cannot be used. */
  error?: string | undefined;
}

function Frame({ id, label, hint, error, children }: Shared & { id: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} role="alert" className="mt-1.5 flex items-start gap-1.5 text-sm text-bad">
          <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

const describedBy = (id: string, { hint, error }: Pick<Shared, "hint" | "error">) =>
  error ? `${id}-error` : hint ? `${id}-hint` : undefined;

/** A line of text or a number with its unit at the end. */
export function TextField({
  label,
  hint,
  error,
  unit,
  action,
  className,
  isMono = false,
  ...input
}: Omit<ComponentProps<"input">, "id"> & Shared & { unit?: string; action?: ReactNode; isMono?: boolean }) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <div className={classes(FRAME, error && "border-bad", className)}>
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { hint, error })}
          className={classes(CONTROL, isMono && "font-mono text-sm", unit && "tabular")}
          {...input}
        />
        {unit ? <span className="pr-3 text-sm whitespace-nowrap text-muted">{unit}</span> : null}
        {action ? <span className="pr-1.5">{action}</span> : null}
      </div>
    </Frame>
  );
}

/** Several lines of text. */
export function TextAreaField({ label, hint, error, ...area }: Omit<ComponentProps<"textarea">, "id"> & Shared) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <div className={classes(FRAME, error && "border-bad")}>
        <textarea
          id={id}
          rows={4}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { hint, error })}
          className="w-full min-w-0 resize-y bg-transparent px-3 py-2 font-mono text-sm outline-none placeholder:text-faint"
          {...area}
        />
      </div>
    </Frame>
  );
}

/** One of a few. The platform's own control: it is the one that every keyboard, phone and screen reader knows. */
export function SelectField({
  label,
  hint,
  error,
  options,
  ...select
}: Omit<ComponentProps<"select">, "id"> & Shared & { options: readonly { value: string; label: string }[] }) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <div className={classes(FRAME, error && "border-bad")}>
        <select
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { hint, error })}
          className={classes(CONTROL, "bg-surface rounded pr-2")}
          {...select}
        >
          {options.map(({ value, label: words }) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </div>
    </Frame>
  );
}

/** One choice of a group, with a line of explanation, as a whole pressable row. */
export function ChoiceRow({
  name,
  value,
  isChosen,
  onChoose,
  disabled,
  children,
}: {
  name: string;
  value: string;
  isChosen: boolean;
  onChoose: () => void;
  disabled?: boolean;
  children: ReactNode;
}) {
  return (
    <label
      className={classes(
        "flex min-h-12 cursor-pointer items-center gap-3 px-4 py-2.5 transition-colors duration-100 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent",
        isChosen && "bg-accent-soft hover:bg-accent-soft",
        disabled && "cursor-not-allowed opacity-60 hover:bg-transparent",
      )}
    >
      <input
        type="radio"
        name={name}
        value={value}
        checked={isChosen}
        onChange={onChoose}
        disabled={disabled}
        className="size-4 shrink-0 accent-accent outline-none"
      />
      <span className="min-w-0 flex-1">{children}</span>
    </label>
  );
}
