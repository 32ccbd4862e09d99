/** Our own few pages: they say what is so, carry no script, and fit the dark and the light. */
const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:12vh auto;padding:0 1.5rem;color:CanvasText;background:Canvas;color-scheme:light dark}" +
  "h1{font-size:1.25rem;font-weight:600}ul{list-style:none;padding:0}li{padding:.15rem 0}a{color:LinkText;overflow-wrap:anywhere}p{opacity:.75}";

/** What our pages may load: nothing but their own style. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** A page with a title and one sentence. */
export function messagePage(title: string, sentence: string): string {
  return page(title, `<p>${escapeHtml(sentence)}</p>`);
}

/** The entries of a directory that has no page of its own. */
export function listingPage(path: string, names: readonly string[], isTop: boolean): string {
  const up = isTop ? [] : [`<li><a href="../">..</a></li>`];
  const items = names.map(
    (name) => `<li><a href="./${escapeHtml(encodeURIComponent(name))}">${escapeHtml(name)}</a></li>`,
  );
  return page(`Files in ${path}`, `<ul>${[...up, ...items].join("")}</ul>`);
}

function page(title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>`;
  return `<!doctype html><html lang="en"><head>${head}<style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
