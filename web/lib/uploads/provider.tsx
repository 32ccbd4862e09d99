"use client";

import { getDeal } from "@4ever/sdk/deals";
import { openCar, removeCar, removeOtherCars } from "@4ever/sdk/pieces/worker";
import { submitPieces, uploadPiece, uploadStatus } from "@4ever/sdk/upload-client";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { type Address, isAddressEqual } from "viem";
import { getBlock } from "viem/actions";
import { useConfig } from "wagmi";
import { getClient, getConnection, signTypedData } from "wagmi/actions";
import { useAppConfig } from "@/lib/config-context";
import { neededCars, sweepCars } from "@/lib/uploads/cars";
import { type SessionSigner, sessionKeyOf } from "@/lib/uploads/session-keys";
import { UploadStore } from "@/lib/uploads/store";
import type { UploadRecord } from "@/lib/uploads/types";

const StoreContext = createContext<UploadStore | undefined>(undefined);

/** Holds the one store of uploads, above all pages. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const wagmiConfig = useConfig();
  const { deployment } = useAppConfig();
  const [store] = useState(() => {
    const client = () => {
      const found = getClient(wagmiConfig);
      if (!found) throw new Error("There is no client for the configured chain.");
      return found;
    };
    const signerOf = (address: Address): SessionSigner | undefined => {
      const key = sessionKeyOf(globalThis.localStorage, address);
      if (key) return key;
      const { address: account } = getConnection(wagmiConfig);
      if (!account || !isAddressEqual(account, address)) return undefined;
      return { signTypedData: (data) => signTypedData(wagmiConfig, { ...data, account }), isWallet: true };
    };
    return new UploadStore({
      deployment,
      storage: globalThis.localStorage,
      signerOf,
      chainNow: async () => Number((await getBlock(client(), { blockTag: "latest" })).timestamp),
      lastNonceOf: async (dealId) => (await getDeal(client(), { deployment, dealId })).nonce,
      openCar,
      removeCar,
      upload: uploadPiece,
      status: uploadStatus,
      submit: submitPieces,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  });

  useEffect(() => store.resumeStored(), [store]);

  const { acceptSeconds } = deployment.parameters;
  useEffect(() => {
    const needed = () => neededCars(globalThis.localStorage, { nowMs: Date.now(), acceptSeconds });
    sweepCars({ locks: navigator.locks, needed, removeOthers: removeOtherCars }).catch((error: unknown) =>
      console.warn("Left-over CARs could not be removed", error),
    );
  }, [acceptSeconds]);

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
