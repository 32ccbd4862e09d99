// Which licences may reach those who run us, and which packages are let in although theirs is another.
import type { ShippedPackage } from "./shipped.ts";

/** Licences that ask for no more than to be named. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "WTFPL",
]);

/** Packages under another licence, or under none that their manifest names, each with the reason why it may stay. */
export const EXCEPTIONS: readonly { packages: RegExp; licence: string | undefined; reason: string }[] = [
  {
    packages: /^@img\/sharp-/,
    licence: "LGPL-3.0-or-later",
    reason:
      "libvips, a library of its own that Next.js loads to resize images at run time; a static export has no such run time",
  },
  {
    packages: /^(@node-datachannel\/.+|node-datachannel)$/,
    licence: "MPL 2.0",
    reason: "WebRTC under libp2p, unmodified and in a package of its own: its copyleft ends at its own files",
  },
  {
    packages: /^@fontsource-variable\//,
    licence: "OFL-1.1",
    reason: "fonts of the dashboard; free to be served with any software",
  },
  {
    packages: /^caniuse-lite$/,
    licence: "CC-BY-4.0",
    reason: "tables of what browsers can, read by the build of the dashboard and not shipped with it",
  },
  {
    packages: /^@next\/swc-/,
    licence: undefined,
    reason:
      "Next.js' compiler for other systems: MIT as all of Next.js; the lock has no manifest of what was not installed here",
  },
];

export type Verdict = { package: ShippedPackage; reason?: string };

/** Whether an SPDX expression of OR and AND, in parentheses or not, can be met with what `isAllowed` takes. */
export function isMet(expression: string, isAllowed: (licence: string) => boolean): boolean {
  const plain = expression.replaceAll(/[()]/g, "");
  return plain.split(" OR ").some((choice) => choice.split(" AND ").every(isAllowed));
}

/** Sorts packages into those that may ship and those whose licence nobody has looked at. */
export function judge(packages: readonly ShippedPackage[]): { allowed: Verdict[]; unknown: ShippedPackage[] } {
  const allowed: Verdict[] = [];
  const unknown: ShippedPackage[] = [];
  for (const found of packages) {
    const { name, license } = found;
    const exception = EXCEPTIONS.find(({ packages }) => packages.test(name));
    const isAllowed = (licence: string) => PERMISSIVE.has(licence) || licence === exception?.licence;
    if (license === undefined && exception && exception.licence === undefined)
      allowed.push({ package: found, reason: exception.reason });
    else if (license === undefined || !isMet(license, isAllowed)) unknown.push(found);
    else if (isMet(license, (licence) => PERMISSIVE.has(licence))) allowed.push({ package: found });
    else allowed.push({ package: found, ...(exception && { reason: exception.reason }) });
  }
  return { allowed, unknown };
}
