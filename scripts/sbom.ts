// `npm run sbom [-- FILE]`: the bill of materials of what ships, as CycloneDX 1.5. Made from the lock whenever it is wanted, and not committed:
// it says nothing that the lock does not say, and each one has a date and a number of its own.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CommandFailed, PROJECT_ROOT, runCommand } from "./command.ts";
import { SHIPPED } from "./dependencies/shipped.ts";

const file = resolve(process.argv[2] ?? join(PROJECT_ROOT, ".local/sbom.cdx.json"));
const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev", "--loglevel=error"];
const result = await runCommand("npm", [...args, ...SHIPPED.map((name) => `--workspace=${name}`)]);
if (result.code !== 0) throw new CommandFailed("npm sbom", result);
const bill = JSON.parse(result.output.slice(result.output.indexOf("{"))) as {
  components: unknown[];
  metadata: { component: { name: string } };
};
const { name } = JSON.parse(readFileSync(join(PROJECT_ROOT, "package.json"), "utf8")) as { name: string };
bill.metadata.component.name = name; // npm takes the folder's
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
console.log(`${file}: ${bill.components.length} components`);
