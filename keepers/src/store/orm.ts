import { createRequire } from "node:module";

/**
 * Drizzle, loaded as CommonJS: Node reads a package's `exports` again for each of its ES modules, and Drizzle's are 180 kB for a hundred
 * modules, half a second of a keeper's start. (`__filename` is for drizzle-kit, which reads the schema as CommonJS.)
 */
const load = createRequire(import.meta.filename ?? __filename);

export const {
  and,
  asc,
  count,
  desc,
  eq,
  exists,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  not,
  notExists,
  notInArray,
  or,
  sql,
  sum,
} = load("drizzle-orm") as typeof import("drizzle-orm");

export const {
  bigint,
  bigserial,
  boolean,
  customType,
  getTableConfig,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} = load("drizzle-orm/pg-core") as typeof import("drizzle-orm/pg-core");

export const { drizzle } = load("drizzle-orm/node-postgres") as typeof import("drizzle-orm/node-postgres");
export const { migrate } = load(
  "drizzle-orm/node-postgres/migrator",
) as typeof import("drizzle-orm/node-postgres/migrator");
