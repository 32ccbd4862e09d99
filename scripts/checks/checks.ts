/** One static check: a command of the project, and the command that repairs what it can. */
export type Check = { name: string; command: string[]; fix?: string[] };

const SOLIDITY = ["contracts/**/*.sol", "test/**/*.sol", "scripts/**/*.sol"];

/** Everything that `npm run lint` looks at, cheap ones first. */
export const CHECKS: readonly Check[] = [
  {
    name: "lock",
    command: ["node", "scripts/complete-lock.mjs", "--check"],
    fix: ["node", "scripts/complete-lock.mjs"],
  },
  { name: "imports", command: ["node", "scripts/checks/imports.ts"] },
  { name: "biome", command: ["biome", "check", "--error-on-warnings"], fix: ["biome", "check", "--write"] },
  {
    name: "prettier (Solidity)",
    command: ["prettier", "--check", "--no-error-on-unmatched-pattern", ...SOLIDITY],
    fix: ["prettier", "--write", "--no-error-on-unmatched-pattern", "--log-level=warn", ...SOLIDITY],
  },
  { name: "solhint", command: ["solhint", "--disc", "--noPoster", "--max-warnings", "0", "contracts/**/*.sol"] },
  { name: "types", command: ["tsc", "--noEmit", "--project", "tsconfig.json"] },
  { name: "types (web)", command: ["tsc", "--noEmit", "--project", "web/tsconfig.json"] },
];
