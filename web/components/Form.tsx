"use client";

import type { ComponentProps, FormEvent } from "react";

/** A form that says itself what is wrong, and takes whoever sends it to the first field that is: it may be out of sight. */
export function Form({
  onSubmit,
  ...rest
}: Omit<ComponentProps<"form">, "onSubmit" | "noValidate"> & { onSubmit: (event: FormEvent) => void }) {
  return (
    <form
      noValidate
      {...rest}
      onSubmit={(event) => {
        const form = event.currentTarget;
        onSubmit(event);
        // What is wrong is marked by the rendering that follows.
        requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      }}
    />
  );
}
