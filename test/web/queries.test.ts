import { parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import * as details from "../../sdk/src/subgraph/details.ts";
import { HISTORY } from "../../sdk/src/subgraph/history.ts";
import * as pools from "../../sdk/src/subgraph/pools.ts";
import * as proposals from "../../sdk/src/subgraph/proposals.ts";
import * as searches from "../../sdk/src/subgraph/search.ts";
import { TABLES } from "../../sdk/src/subgraph/tables/index.ts";
import { TRANSACTION } from "../../sdk/src/subgraph/transaction.ts";
import * as auctions from "../../web/features/auctions/queries.ts";
import * as channels from "../../web/features/channels/queries.ts";
import * as deals from "../../web/features/deals/queries.ts";
import * as governance from "../../web/features/governance/queries.ts";
import * as hosting from "../../web/features/hosting/queries.ts";
import * as invites from "../../web/features/invites/queries.ts";
import * as network from "../../web/features/network/queries.ts";
import * as provider from "../../web/features/provider/queries.ts";
import { META } from "../../web/lib/subgraph-meta.ts";
import { indexSchema } from "./index-schema.ts";

describe("queries of the dashboard", () => {
  const schema = indexSchema();
  const documents = Object.entries({
    ...auctions,
    ...channels,
    ...deals,
    ...governance,
    ...hosting,
    ...invites,
    ...provider,
    ...network,
    META,
  });
  const ofTheSdk = Object.entries({
    ...details,
    ...pools,
    ...proposals,
    ...searches,
    ...TABLES,
    HISTORY,
    TRANSACTION,
  }).flatMap(([name, query]) =>
    typeof query === "object" && "document" in query ? [[name, query.document] as const] : [],
  );

  it.each([...documents, ...ofTheSdk])("%s asks only for what the index has", (_name, document) => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });
});
