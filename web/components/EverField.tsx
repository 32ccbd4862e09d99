"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import type { useEverAmount } from "@/lib/use-ever-amount";

/** An amount of EVER, with a button for all that can be named. */
export function EverField({
  label,
  field,
  hint,
}: {
  label: string;
  field: ReturnType<typeof useEverAmount>;
  hint?: ReactNode;
}) {
  return (
    <TextField
      label={label}
      inputMode="decimal"
      autoComplete="off"
      unit="EVER"
      value={field.text}
      onChange={(event) => field.setText(event.target.value)}
      error={field.error}
      hint={hint}
      action={
        <Button look="quiet" size="sm" onClick={field.setMost}>
          All
        </Button>
      }
    />
  );
}
