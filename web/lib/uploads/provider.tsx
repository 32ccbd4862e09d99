"use client";

import { openCar, removeCar } from "@4ever/sdk/pieces/worker";
import { uploadPiece, uploadStatus } from "@4ever/sdk/upload-client";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { useConfig } from "wagmi";
import { getPublicClient } from "wagmi/actions";
import { useAppConfig } from "@/lib/config-context";
import { sessionKeyOf } from "@/lib/uploads/session-keys";
import { UploadStore } from "@/lib/uploads/store";
import type { UploadRecord } from "@/lib/uploads/types";

const StoreContext = createContext<UploadStore | undefined>(undefined);

/** Holds the one store of uploads, above all pages. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const wagmiConfig = useConfig();
  const { chainId } = useAppConfig().deployment;
  const [store] = useState(
    () =>
      new UploadStore({
        chainId,
        storage: globalThis.localStorage,
        sessionKeyOf: (address) => sessionKeyOf(globalThis.localStorage, address),
        chainNow: async () => {
          const client = getPublicClient(wagmiConfig);
          if (!client) throw new Error("There is no client for the configured chain.");
          return Number((await client.getBlock({ blockTag: "latest" })).timestamp);
        },
        openCar,
        removeCar,
        upload: uploadPiece,
        status: uploadStatus,
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
  );

  useEffect(() => store.resumeStored(), [store]);

  // A page that is closed now only pauses the upload, but somebody may not know.
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      const isSending = [...store.getSnapshot().values()].some(({ stage }) => stage.name === "sending");
      if (isSending) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [store]);

  return <StoreContext value={store}>{children}</StoreContext>;
}

export function useUploadStore(): UploadStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error("Uploads are used outside of their provider.");
  return store;
}

/** All uploads of this browser on this chain, by their key. */
export function useUploads(): ReadonlyMap<string, UploadRecord> {
  const store = useUploadStore();
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}
