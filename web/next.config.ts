import type { NextConfig } from "next";

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
};

export default config;
