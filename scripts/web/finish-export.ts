// After `next build`: a policy for scripts in each page and its font ahead of its styles, and a compressed copy beside each text. Any web
// server can use them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { PROJECT_ROOT } from "../command.ts";

const COMPRESSIBLE = new Set([".html", ".js", ".mjs", ".css", ".json", ".svg", ".txt", ".wasm", ".xml"]);
/** Below it a compressed copy saves no packet. Bytes. */
const LEAST_BYTES = 1_024;

/** The font of nearly every word. Styles name it, too, but only once they have come: every page would be drawn twice. */
const MAIN_FONT = /inter-latin-wght-normal[^/\\]*\.woff2$/;

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;
/** Where keepers and nodes answer is known at run time only: any of them over TLS, and this machine for the local network. */
const CONNECT = "'self' https: http://127.0.0.1:* http://localhost:*";

/**
 * What a page may load and run: its own files, and those of its inline scripts that it was built with, by their hashes. Styles may be
 * inline (React's and Radix's are); nothing else may come from elsewhere.
 */
export function policyOf(html: string): string {
  const hashes = [...html.matchAll(INLINE_SCRIPT)].map(([, code = ""]) => {
    return `'sha256-${createHash("sha256").update(code).digest("base64")}'`;
  });
  const directives = {
    "default-src": "'none'",
    "script-src": ["'self'", "'wasm-unsafe-eval'", ...new Set(hashes)].join(" "),
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:", // wallets bring their icons as data
    "font-src": "'self'",
    "connect-src": CONNECT,
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

/**
 * The page with its policy before everything in its head but its charset, which browsers look for early, and then its font, by its
 * address, if it has one. Throws when it has no head.
 */
export function withHead(html: string, fontUrl?: string): string {
  const [start] = /<head>(?:<meta char[sS]et="utf-8"\/>)?/.exec(html) ?? [];
  if (!start) throw new Error("the page has no <head>");
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policyOf(html)}"/>`;
  const font = fontUrl ? `<link rel="preload" as="font" type="font/woff2" crossorigin="" href="${fontUrl}"/>` : "";
  return html.replace(start, () => start + meta + font);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function compress(file: string): Promise<void> {
  const text = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${file}.br`, await promisify(brotliCompress)(text, { params }));
}

/** Finishes a fresh export in `folder`. */
export async function finishExport(folder: string): Promise<void> {
  const files = filesBelow(folder);
  const font = files.find((file) => MAIN_FONT.test(file));
  const fontUrl = font && `/${relative(folder, font).split(sep).join("/")}`;
  for (const page of files.filter((file) => extname(file) === ".html")) {
    writeFileSync(page, withHead(readFileSync(page, "utf8"), fontUrl));
  }
  const large = files.filter((file) => COMPRESSIBLE.has(extname(file)) && statSync(file).size >= LEAST_BYTES);
  await Promise.all(large.map(compress));
}

if (import.meta.main) await finishExport(join(PROJECT_ROOT, "web/out"));
