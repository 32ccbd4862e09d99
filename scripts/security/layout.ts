// `npm run layout`: bytecode size and storage layout of each deployed contract, into docs/security/layout.json.
// Run `npx hardhat build` before it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";
import { PROJECT_ROOT } from "../command.ts";
import { readCompilerInput } from "./compiler-input.ts";

/** Where a variable lies. `slot` counts words of 32 bytes, within a struct from its first; `offset` counts bytes from the right. */
type Variable = { slot: number; offset: number; type: string; label: string };
type Contract = { bytes: number; storage: Variable[]; transient?: Variable[] };
type Layout = { contracts: Record<string, Contract>; structs: Record<string, Variable[]> };

/** As the compiler tells it: a type by a name that has numbers of this compilation in it. */
type Told = { label: string; offset: number; slot: string; type: string };
type ToldLayout = { storage: Told[]; types: Record<string, { label: string; members?: Told[] }> | null };
type Output = {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { storageLayout: ToldLayout; transientStorageLayout: ToldLayout }>>;
};

export const LAYOUT = join(PROJECT_ROOT, "docs/security/layout.json");
/** The one contract that is deployed as OpenZeppelin wrote it. */
const FOREIGN = "AccessManager";

/** Bytes of the deployed code; undefined for what has none of its own: abstract contracts. */
function sizeOf(path: string, name: string): number | undefined {
  const file = join(PROJECT_ROOT, "artifacts", path, `${name}.json`);
  if (!existsSync(file)) return undefined;
  const { deployedBytecode } = JSON.parse(readFileSync(file, "utf8")) as { deployedBytecode: string };
  return deployedBytecode === "0x" ? undefined : deployedBytecode.length / 2 - 1;
}

function readLayout(): Layout {
  const input = readCompilerInput(["storageLayout", "transientStorageLayout"]);
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const failure = output.errors?.find(({ severity }) => severity === "error");
  if (failure) throw new Error(failure.formattedMessage);

  const layout: Layout = { contracts: {}, structs: {} };
  for (const [source, contracts] of Object.entries(output.contracts)) {
    const path = source.replace(/^project\/|^npm\/(?=@)/, "").replace(/(?<=@openzeppelin\/contracts)@[^/]+/, "");
    const isOurs = /^contracts\/(?!interfaces\/|libraries\/)/.test(path);
    for (const [name, { storageLayout, transientStorageLayout }] of Object.entries(contracts)) {
      const bytes = isOurs || name === FOREIGN ? sizeOf(path, name) : undefined;
      if (bytes === undefined) continue;
      const transient = variablesOf(transientStorageLayout, transientStorageLayout.storage);
      layout.contracts[name] = {
        bytes,
        storage: variablesOf(storageLayout, storageLayout.storage),
        ...(transient.length > 0 && { transient }),
      };
      for (const { label, members } of Object.values(storageLayout.types ?? {})) {
        if (members) layout.structs[label.replace("struct ", "")] = variablesOf(storageLayout, members);
      }
    }
  }
  return { contracts: sorted(layout.contracts), structs: sorted(layout.structs) };
}

function variablesOf({ types }: ToldLayout, told: readonly Told[]): Variable[] {
  return told.map(({ slot, offset, type, label }) => ({
    slot: Number(slot),
    offset,
    type: types?.[type]?.label ?? type,
    label,
  }));
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The text of the file: a line for each variable. */
export function renderLayout(): string {
  const text = JSON.stringify(readLayout(), null, 2);
  return `${text.replace(/\{\s+"slot"[^}]*\}/g, (variable) => variable.replace(/\n\s+/g, " "))}\n`;
}

if (import.meta.main) {
  writeFileSync(LAYOUT, renderLayout());
  console.log(`${LAYOUT} written`);
}
