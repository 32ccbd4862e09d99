"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { AppConfig } from "@/lib/config";

export type ConfigState =
  | { status: "loading" }
  | { status: "failed"; error: Error; failedAtMs: number; retry: () => void }
  | { status: "ready"; config: AppConfig };

export const ConfigContext = createContext<ConfigState>({ status: "loading" });

/** How far the configuration is; for the frame, which is shown before it is known. */
export function useConfigState(): ConfigState {
  return useContext(ConfigContext);
}

/** The network's configuration. Throws outside of pages, which are rendered only once it is there. */
export function useAppConfig(): AppConfig {
  const state = useContext(ConfigContext);
  if (state.status !== "ready") throw new Error("The configuration is read before it has been loaded.");
  return state.config;
}

/**
 * Shows what needs the network's configuration once that is there; until then, and in the export, `waiting`. What a page can say without
 * it stands outside, so that it is read while everything else is on its way.
 */
export function WhenConfigured({ waiting, children }: { waiting: ReactNode; children: ReactNode }) {
  return useConfigState().status === "ready" ? children : waiting;
}
