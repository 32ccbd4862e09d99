"use client";

import { FolderUp } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { classes } from "@/components/classes";
import { type Folder, folderFromDrop, folderFromInput } from "@/lib/folder";

/** Takes a folder by drop or by choice. Nothing leaves the browser here. */
export function FolderDrop({
  onFolder,
  onProblem,
  hint,
  isCompact = false,
}: {
  onFolder: (folder: Folder) => void;
  onProblem: (problem: string) => void;
  /** What happens next, where it is not the price. */
  hint?: string | undefined;
  isCompact?: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  const depth = useRef(0);
  const [isOver, setOver] = useState(false);
  const hintId = useId();

  function accept(folder: Folder) {
    if (folder.files.length === 0) onProblem("There is no file in it. Choose a folder with at least one file.");
    else onFolder(folder);
  }

  async function onDrop(event: DragEvent) {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    try {
      accept(await folderFromDrop(event.dataTransfer));
    } catch (error) {
      console.error("A dropped folder could not be read", error);
      onProblem("The browser could not read what was dropped. Choose the folder with the button instead.");
    }
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button inside does the same by keyboard
    <div
      onDragEnter={(event) => {
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => event.preventDefault()}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) setOver(false);
      }}
      onDrop={onDrop}
      className={classes(
        "flex flex-col items-center justify-center rounded border border-dashed text-center transition-colors duration-100",
        isCompact ? "h-full px-5 py-8" : "px-6 py-14",
        isOver ? "border-accent bg-accent-soft" : "border-line-control bg-surface",
      )}
    >
      <span
        className={classes(
          "mb-3 inline-flex size-11 items-center justify-center rounded",
          isOver ? "bg-accent text-on-accent" : "bg-accent-soft text-accent-ink",
        )}
      >
        <FolderUp aria-hidden className="size-5" />
      </span>
      <p className="text-lg font-semibold">{isOver ? "Let go to choose this folder" : "Drop a folder here"}</p>
      <p id={hintId} className="mt-1 max-w-sm text-sm text-muted">
        A site with an <code className="font-mono">index.html</code>, or any files. They are hashed in your browser;{" "}
        {hint ?? "nothing is sent before you have seen the price."}
      </p>
      <input
        ref={input}
        type="file"
        multiple
        // React knows the attribute in lower case only.
        {...{ webkitdirectory: "" }}
        className="sr-only"
        tabIndex={-1}
        aria-label="Folder to host"
        onChange={(event) => {
          accept(folderFromInput(event.target.files ?? []));
          event.target.value = "";
        }}
      />
      <Button look="primary" className="mt-5" aria-describedby={hintId} onClick={() => input.current?.click()}>
        Choose a folder
      </Button>
    </div>
  );
}
