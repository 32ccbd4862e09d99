import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../../keepers/src/store/database.ts";

/** What processes of an older version never notice. A column may be null: neither they nor rows kept for undoing know of it. */
const ADDITIONS = [
  /^CREATE TABLE "\w+"/,
  /^CREATE INDEX "\w+" ON /,
  /^ALTER TABLE "\w+" ADD COLUMN "\w+" (?!.*\bNOT NULL\b)/,
];
/** The first release: nothing older ran beside it. */
const FIRST = ["0000_keeper", "0001_undo"];

type Journal = { entries: { tag: string }[] };
const { entries } = JSON.parse(await readFile(join(MIGRATIONS, "meta/_journal.json"), "utf8")) as Journal;
const later = entries.map(({ tag }) => tag).filter((tag) => !FIRST.includes(tag));

/** What a migration does that could break who runs on the tables as they were. */
function breaking(sql: string): string[] {
  const statements = sql
    .replaceAll(/^--(?!>).*$/gm, "")
    .split("--> statement-breakpoint")
    .map((text) => text.trim().replaceAll(/\s+/g, " "));
  const made = new Set(statements.map((text) => /^CREATE TABLE ("\w+")/.exec(text)?.[1] ?? ""));
  const fillsItsOwn = (text: string) => made.has(/^INSERT INTO ("\w+")/.exec(text)?.[1] ?? "no table");
  return statements.filter((text) => !fillsItsOwn(text) && !ADDITIONS.some((addition) => addition.test(text)));
}

describe("a migration", () => {
  it.each(later)("%s only adds", async (tag) => {
    expect(breaking(await readFile(join(MIGRATIONS, `${tag}.sql`), "utf8"))).toEqual([]);
  });

  it.each([
    'ALTER TABLE "deals" DROP COLUMN "earned"',
    'ALTER TABLE "deals" RENAME COLUMN "earned" TO "gained"',
    'ALTER TABLE "deals" ADD COLUMN "tier" text DEFAULT \'a\' NOT NULL',
    'ALTER TABLE "deals" ALTER COLUMN "earned" SET NOT NULL',
    'CREATE UNIQUE INDEX "one" ON "deals" ("customer")',
    'INSERT INTO "deals" DEFAULT VALUES',
    'DROP TABLE "volume"',
  ])("may not do %s", (statement) => {
    expect(breaking(`CREATE TABLE "new" ("id" text);\n--> statement-breakpoint\n${statement};`)).toHaveLength(1);
  });
});
