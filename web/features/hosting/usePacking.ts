"use client";

import type { BuildProgress } from "@4ever/sdk/pieces";
import { type BrowserPiece, buildPieceInWorker, removeCar } from "@4ever/sdk/pieces/worker";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Folder } from "@/lib/folder";

export type Packing =
  | { state: "empty" }
  | { state: "packing"; folder: Folder; progress: BuildProgress | undefined }
  | { state: "ready"; folder: Folder; piece: BrowserPiece }
  | { state: "failed"; folder: Folder; error: Error };

/** Packs the chosen folder in a worker: hashes it, and writes the bytes that will be uploaded into the browser's own storage. */
export function usePacking() {
  const [packing, setPacking] = useState<Packing>({ state: "empty" });
  const abort = useRef<AbortController | undefined>(undefined);
  /** CAR that nobody has paid for yet; it is thrown away with the choice. */
  const unpaidCar = useRef<string | undefined>(undefined);

  const discard = useCallback(() => {
    abort.current?.abort();
    abort.current = undefined;
    const car = unpaidCar.current;
    unpaidCar.current = undefined;
    if (car) removeCar(car).catch((error: unknown) => console.warn("A CAR could not be removed", error));
  }, []);

  const choose = useCallback(
    async (folder: Folder, { includeHidden = false }: { includeHidden?: boolean } = {}) => {
      discard();
      const controller = new AbortController();
      abort.current = controller;
      setPacking({ state: "packing", folder, progress: undefined });
      try {
        const piece = await buildPieceInWorker(folder.files, {
          includeHidden,
          signal: controller.signal,
          onProgress: (progress) => {
            if (!controller.signal.aborted) setPacking({ state: "packing", folder, progress });
          },
        });
        if (controller.signal.aborted) return;
        unpaidCar.current = piece.carName;
        setPacking({ state: "ready", folder, piece });
      } catch (error) {
        if (controller.signal.aborted) return;
        console.error("A folder could not be packed", error);
        setPacking({ state: "failed", folder, error: error instanceof Error ? error : new Error(String(error)) });
      }
    },
    [discard],
  );

  const clear = useCallback(() => {
    discard();
    setPacking({ state: "empty" });
  }, [discard]);

  /** The CAR belongs to a deal from now on: leaving the page must not delete it. */
  const keepCar = useCallback(() => {
    unpaidCar.current = undefined;
  }, []);

  useEffect(() => discard, [discard]);
  return { packing, choose, clear, keepCar };
}
