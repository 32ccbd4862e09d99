import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), "..");

/** A static export: any web server, and the network itself, can serve `out/`. Addresses and ports come from `/config.json` at run time. */
const config: NextConfig = {
  output: "export",
  trailingSlash: true,
  reactStrictMode: true,
  poweredByHeader: false,
  agentRules: false,
  devIndicators: false,
  images: { unoptimized: true },
  // `npm run lint` checks the types, tests included; a build only builds.
  typescript: { ignoreBuildErrors: true },
  transpilePackages: ["@4ever/sdk"],
  turbopack: { root: workspaceRoot },
};

export default config;
