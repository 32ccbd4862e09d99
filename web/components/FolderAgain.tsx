"use client";

import { buildPieceInWorker, removeCar } from "@4ever/sdk/pieces/worker";
import { useRef, useState } from "react";
import { Button } from "@/components/Button";
import { folderFromInput } from "@/lib/folder";
import { guardCars } from "@/lib/uploads/cars";
import type { UploadJob } from "@/lib/uploads/types";

/** Packs a folder once more for an upload that lost it, and makes sure that it is the very same content. */
export function FolderAgain({
  job,
  onReady,
}: {
  job: Omit<UploadJob, "carName" | "sizeBytes">;
  onReady: (job: UploadJob) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<{ name: "idle" } | { name: "packing" } | { name: "refused"; reason: string }>({
    name: "idle",
  });

  async function pack(list: FileList | null) {
    const folder = folderFromInput(list ?? []);
    if (folder.files.length === 0) return;
    setState({ name: "packing" });
    const release = await guardCars(navigator.locks);
    try {
      // Whether hidden files were part of it is not known any more: the root tells which of the two it was.
      for (const includeHidden of [false, true]) {
        const piece = await buildPieceInWorker(folder.files, { includeHidden });
        if (piece.root === job.root) {
          setState({ name: "idle" });
          return onReady({ ...job, folderName: folder.name, carName: piece.carName, sizeBytes: piece.sizeBytes });
        }
        await removeCar(piece.carName);
      }
      setState({ name: "refused", reason: "This is other content: its hash is not the one that was paid for." });
    } catch (error) {
      console.error("A folder could not be packed again", error);
      setState({ name: "refused", reason: error instanceof Error ? error.message : String(error) });
    } finally {
      release();
    }
  }

  return (
    <div className="text-right">
      <input
        ref={input}
        type="file"
        multiple
        {...{ webkitdirectory: "" }}
        className="sr-only"
        tabIndex={-1}
        aria-label="The same folder again"
        onChange={(event) => {
          void pack(event.target.files);
          event.target.value = "";
        }}
      />
      <Button size="sm" busy={state.name === "packing" && "Hashing"} onClick={() => input.current?.click()}>
        Choose the folder again
      </Button>
      <p role="alert" className="mt-1 text-sm text-bad empty:hidden">
        {state.name === "refused" ? state.reason : ""}
      </p>
    </div>
  );
}
