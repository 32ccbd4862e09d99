export type Theme = "system" | "light" | "dark";

export const THEME_KEY = "4ever.theme";

/** Runs before the first paint, so that a chosen theme never flashes. Without it the system's wish holds, by CSS alone. */
export const THEME_SCRIPT = `try{var t=localStorage.getItem("${THEME_KEY}");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch{}`;

/** The chosen theme; `system` where nothing was chosen or storage is forbidden. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system"; // Storage is forbidden: the choice then lives as long as the page.
  }
}

/** Shows a theme and remembers it. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, theme);
  } catch (error) {
    console.warn("The theme could not be remembered", error);
  }
}
