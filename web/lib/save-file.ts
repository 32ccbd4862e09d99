/** Longer than any browser takes to begin the download. */
const REVOKE_MS = 60_000;

/** Lets the browser save a text under a name. */
export function saveFile(name: string, type: string, texts: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...texts], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}
