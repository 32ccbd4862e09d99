"use client";

import type { BuildProgress } from "@4ever/sdk/pieces";
import { type BrowserPiece, buildPieceInWorker, removeCar } from "@4ever/sdk/pieces/worker";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Folder } from "@/lib/folder";
import { guardCars } from "@/lib/uploads/cars";

export type Packing =
  | { state: "empty" }
  | { state: "packing"; folder: Folder; progress: BuildProgress | undefined }
  | { state: "ready"; folder: Folder; piece: BrowserPiece }
  | { state: "failed"; folder: Folder; error: Error };

/** Packs the chosen folder in a worker: hashes it, and writes the bytes that will be uploaded into the browser's own storage. */
export function usePacking() {
  const [packing, setPacking] = useState<Packing>({ state: "empty" });
  const abort = useRef<AbortController | undefined>(undefined);
  /** CAR that belongs to no upload yet; it is thrown away with the choice. */
  const ownCar = useRef<string | undefined>(undefined);
  const unguard = useRef<(() => void) | undefined>(undefined);

  const discard = useCallback(() => {
    abort.current?.abort();
    abort.current = undefined;
    const car = ownCar.current;
    ownCar.current = undefined;
    if (car) removeCar(car).catch((error: unknown) => console.warn("A CAR could not be removed", error));
    unguard.current?.();
    unguard.current = undefined;
  }, []);

  const choose = useCallback(
    async (folder: Folder, { includeHidden = false }: { includeHidden?: boolean } = {}) => {
      discard();
      const controller = new AbortController();
      abort.current = controller;
      setPacking({ state: "packing", folder, progress: undefined });
      try {
        const release = await guardCars(navigator.locks);
        if (controller.signal.aborted) return release();
        unguard.current = release;
        const piece = await buildPieceInWorker(folder.files, {
          includeHidden,
          signal: controller.signal,
          onProgress: (progress) => {
            if (!controller.signal.aborted) setPacking({ state: "packing", folder, progress });
          },
        });
        if (controller.signal.aborted) return;
        ownCar.current = piece.carName;
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

  /**
   * An upload, or a request that is being paid for, names the CAR from now on: leaving the page must not delete it. What is returned
   * takes it back, should nothing come of that.
   */
  const keepCar = useCallback((): (() => void) => {
    const [car, choice] = [ownCar.current, abort.current];
    ownCar.current = undefined;
    return () => {
      if (car === undefined) return;
      if (choice !== undefined && abort.current === choice) ownCar.current = car;
      else removeCar(car).catch((error: unknown) => console.warn("A CAR could not be removed", error));
    };
  }, []);

  useEffect(() => discard, [discard]);
  return { packing, choose, clear, keepCar };
}
