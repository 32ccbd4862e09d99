import type { Deployment } from "@4ever/sdk/deployments";
import type { Address, PublicClient } from "viem";
import type { KeeperConfig } from "../../config.ts";

/** What one look found. `advice` says what to do; only when something is to do. */
export type Finding = { state: "ok" | "warning" | "failed"; detail: string; advice?: string };
export type Check = Finding & { name: string };

/** What is looked at. */
export type Subject = {
  config: KeeperConfig;
  deployment: Deployment;
  /** The keeper's key. */
  account: Address;
  client: PublicClient;
};

export const ok = (detail: string): Finding => ({ state: "ok", detail });
export const warning = (detail: string, advice: string): Finding => ({ state: "warning", detail, advice });
export const failed = (detail: string, advice: string): Finding => ({ state: "failed", detail, advice });
