// Serves the dashboard's static export, and the configuration that it reads at run time.
import { createReadStream, type Stats, statSync } from "node:fs";
import { extname, join, normalize, sep } from "node:path";
import { type RunningServer, serve } from "./servers.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".xml": "application/xml; charset=utf-8",
};
/** Files below it have the hash of their content in their name. */
const HASHED = /^\/_next\/static\//;

/** What a page cannot say of itself; its policy for scripts is in its head (`scripts/web/finish-export.ts`). */
const PAGE_HEADERS = {
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin-allow-popups", // some wallets are windows
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

type Found = { file: string; stats: Stats };

/** The file for a path of a URL; a folder has its `index.html`. Undefined outside of `root`, or when there is none. */
function find(root: string, path: string): Found | undefined {
  const wanted = normalize(join(root, path));
  if (wanted !== root && !wanted.startsWith(root + sep)) return undefined;
  const candidates = path.endsWith("/")
    ? [join(wanted, "index.html")]
    : [wanted, `${wanted}.html`, join(wanted, "index.html")];
  for (const file of candidates) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile()) return { file, stats };
  }
  return undefined;
}

/** The compressed copy that the build left beside a file. */
function compressed(original: string): Found | undefined {
  const file = `${original}.br`;
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() ? { file, stats } : undefined;
}

function decodePath(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split("?")[0] ?? "/");
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined; // a broken escape names nothing
  }
}

/**
 * Serves `root` on `port`, and `config` as `/config.json`. What has its hash in its name is kept by browsers for ever, everything else
 * is asked for again.
 */
export function serveDashboard(root: string, port: number, config: unknown): Promise<RunningServer> {
  const folder = normalize(root);
  const configText = JSON.stringify(config);
  return serve(port, ({ method, url = "/", headers }, response) => {
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const path = decodePath(url);
    if (path === "/config.json") {
      response.writeHead(200, { "content-type": TYPES[".json"], "cache-control": "no-store" });
      response.end(method === "HEAD" ? undefined : configText);
      return;
    }
    const page = path === undefined ? undefined : find(folder, path);
    const found = page ?? find(folder, "/404.html");
    if (!path || !found) {
      response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
      return;
    }
    const packed = /\bbr\b/.test(String(headers["accept-encoding"])) ? compressed(found.file) : undefined;
    const { file, stats } = packed ?? found;
    const etag = `"${stats.size.toString(16)}-${stats.mtimeMs.toString(16)}"`;
    const cache = page && HASHED.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
    if (page && headers["if-none-match"] === etag) {
      response.writeHead(304, { etag, "cache-control": cache }).end();
      return;
    }
    response.writeHead(page ? 200 : 404, {
      "content-type": TYPES[extname(found.file)] ?? "application/octet-stream",
      "content-length": stats.size,
      ...(packed && { "content-encoding": "br" }),
      vary: "accept-encoding",
      "cache-control": cache,
      ...PAGE_HEADERS,
      etag,
    });
    if (method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", (error) => response.destroy(error))
        .pipe(response);
  });
}
