import { Value, dataSource } from "@graphprotocol/graph-ts";

/** What the manifest says of the deployment. */
export function context(key: string): Value {
  const value = dataSource.context().get(key);
  if (!value) throw new Error("The manifest's context lacks " + key);
  return value;
}
