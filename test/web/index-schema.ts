import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLSchema } from "graphql";

/**
 * The API that graph-node makes of `subgraph/schema.graphql`, as far as our queries use it: a field for one entity and one for
 * many per type, filters by field with graph-node's suffixes, and ordering.
 * @see https://thegraph.com/docs/en/subgraphs/querying/graphql-api/
 */
export function indexSchema(): GraphQLSchema {
  const entities = readFileSync(new URL("../../subgraph/schema.graphql", import.meta.url), "utf8");
  const names = [...entities.matchAll(/^type (\w+) @entity/gm)].map(([, name]) => name ?? "");
  const bodyOf = (name: string) =>
    new RegExp(`^type ${name} @entity[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(entities)?.[1] ?? "";
  const fieldsOf = (name: string) =>
    [...bodyOf(name).matchAll(/^ {2}(\w+): (\[?)(\w+)/gm)].map(([, field, list, type]) => ({
      field: field ?? "",
      isList: list === "[",
      type: type ?? "",
    }));

  const filters = names.map((name) => {
    const lines = fieldsOf(name).flatMap(({ field, type }) => {
      const isEntity = names.includes(type);
      const scalar = isEntity ? "String" : type;
      const compare = ["", "_not", "_gt", "_lt", "_gte", "_lte"].map((suffix) => `${field}${suffix}: ${scalar}`);
      return [...compare, `${field}_in: [${scalar}!]`, ...(isEntity ? [`${field}_: ${type}_filter`] : [])];
    });
    return `input ${name}_filter { ${[...lines, `and: [${name}_filter]`, `or: [${name}_filter]`].join(" ")} }`;
  });
  const orders = names.map(
    (name) =>
      `enum ${name}_orderBy { ${fieldsOf(name)
        .map(({ field }) => field)
        .join(" ")} }`,
  );
  const listArguments = (name: string) =>
    `(first: Int, skip: Int, where: ${name}_filter, orderBy: ${name}_orderBy, orderDirection: OrderDirection, block: Block_height)`;
  const plural = (name: string) => {
    const field = name.charAt(0).toLowerCase() + name.slice(1);
    if (field.endsWith("s")) return field === "earnings" ? "earnings_collection" : `${field}es`;
    if (field.endsWith("sh")) return `${field}es`;
    return field.endsWith("y") ? `${field.slice(0, -1)}ies` : `${field}s`;
  };
  const single = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  const roots = names.flatMap((name) => [
    `${single(name)}(id: ID!, block: Block_height): ${name}`,
    `${plural(name)}${listArguments(name)}: [${name}!]!`,
  ]);
  const types = entities
    .replaceAll(/ @entity\([^)]*\)/g, "")
    .replaceAll(
      /^( {2}\w+): (\[(\w+)!\]!) @derivedFrom\([^)]*\)/gm,
      (_, field, type, name) => `${field}${listArguments(name)}: ${type}`,
    );
  return buildSchema(`
    scalar Bytes scalar BigInt scalar BigDecimal scalar Timestamp
    enum OrderDirection { asc desc }
    input Block_height { number: Int hash: Bytes }
    type _Block_ { number: Int! hash: Bytes timestamp: Int }
    type _Meta_ { block: _Block_! deployment: String! hasIndexingErrors: Boolean! }
    ${types}
    ${filters.join("\n")}
    ${orders.join("\n")}
    type Query { _meta(block: Block_height): _Meta_ ${roots.join(" ")} }
  `);
}
