"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";
import { classes } from "@/components/classes";
import { applyTheme, storedTheme, type Theme } from "@/features/frame/theme";

const CHOICES = [
  { theme: "system", label: "As the system", icon: Monitor },
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
] as const;

/** Light, dark, or what the system says. */
export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme | undefined>();
  useEffect(() => setTheme(storedTheme()), []);

  function choose(chosen: Theme) {
    applyTheme(chosen);
    setTheme(chosen);
  }

  return (
    <fieldset className="inline-flex rounded border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {CHOICES.map(({ theme: choice, label, icon: Icon }) => (
        <button
          key={choice}
          type="button"
          aria-label={label}
          aria-pressed={theme === choice}
          title={label}
          onClick={() => choose(choice)}
          className={classes(
            "inline-flex size-7 items-center justify-center rounded-sm text-faint hover:text-ink pointer-coarse:size-10",
            theme === choice && "bg-hover text-ink",
          )}
        >
          <Icon aria-hidden className="size-3.5" />
        </button>
      ))}
    </fieldset>
  );
}
