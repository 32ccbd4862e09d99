import { ethereum } from "@graphprotocol/graph-ts";
import { context } from "./context";
import { ZERO, toInt } from "./numbers";

/** Period in which an event happened; 0 for what came before the first one began. */
export function periodOf(event: ethereum.Event): i32 {
  const sinceOrigin = event.block.timestamp.minus(context("originAt").toBigInt());
  return sinceOrigin.lt(ZERO) ? 0 : toInt(sinceOrigin.div(context("periodSeconds").toBigInt()));
}
