/** Shortens in the middle, so that both ends stay comparable: `0x71C7…976F`. Short text stays as it is. */
export function shorten(text: string, head = 6, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}
