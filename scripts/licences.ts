// `npm run licences [-- --all]`: what the shipped packages depend on, by licence; exits 1 when nobody has looked at one.
import { parseArgs } from "node:util";
import { judge } from "./dependencies/licences.ts";
import { readLock, shippedPackages } from "./dependencies/shipped.ts";

const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });
const { allowed, unknown } = judge(shippedPackages(readLock()));

const byLicence = new Map<string, string[]>();
for (const { package: found } of allowed) {
  const licence = found.license ?? "not named";
  byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${found.name}@${found.version}`]);
}
for (const [licence, names] of [...byLicence].sort(([, a], [, b]) => b.length - a.length)) {
  console.log(`${`${names.length}`.padStart(5)}  ${licence}`);
  if (values.all) for (const name of names) console.log(`         ${name}`);
}
console.log("\nLet in for a reason:");
for (const reason of new Set(allowed.flatMap(({ reason }) => reason ?? []))) {
  const names = allowed.filter((one) => one.reason === reason).map((one) => one.package.name);
  console.log(`  ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ""}: ${reason}`);
}
for (const { name, version, license } of unknown) {
  console.error(
    `✗ ${name}@${version} is under ${license ?? "a licence that it does not name"}: read it, then add it to scripts/dependencies/licences.ts or take another package.`,
  );
  process.exitCode = 1;
}
