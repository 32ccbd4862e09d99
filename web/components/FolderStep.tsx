"use client";

import { ChevronDown, FileText, FileWarning, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { classes } from "@/components/classes";
import { FolderDrop } from "@/components/FolderDrop";
import { Hash } from "@/components/Hash";
import { Progress } from "@/components/Progress";
import { Notice } from "@/components/States";
import type { Folder } from "@/lib/folder";
import { formatBytes } from "@/lib/format/bytes";
import { plural } from "@/lib/format/count";
import type { Packing } from "@/lib/uploads/use-packing";

const SHOWN_FILES = 200;

/** Choosing a folder, packing it, and seeing what it became. */
export function FolderStep({
  packing,
  onFolder,
  onClear,
  onIncludeHidden,
  hint,
}: {
  packing: Packing;
  onFolder: (folder: Folder) => void;
  onClear: () => void;
  onIncludeHidden: (folder: Folder) => void;
  /** What happens after choosing, where it is not the price. */
  hint?: string;
}) {
  const [problem, setProblem] = useState<string | undefined>();
  if (packing.state === "empty") {
    return (
      <div className="space-y-3">
        <FolderDrop
          onProblem={setProblem}
          hint={hint}
          onFolder={(folder) => {
            setProblem(undefined);
            onFolder(folder);
          }}
        />
        {problem ? (
          <Notice tone="bad" title="That did not work">
            {problem}
          </Notice>
        ) : null}
      </div>
    );
  }
  const { folder } = packing;
  return (
    <div className="rounded border border-line bg-surface">
      <div className="flex items-center gap-3 border-b border-line py-3 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <p className="truncate font-semibold">{folder.name}</p>
          <p className="text-sm text-muted">
            {plural(folder.files.length, "file")}, {formatBytes(folder.sizeBytes)}
          </p>
        </div>
        <IconButton label="Choose another folder" onClick={onClear}>
          <X aria-hidden className="size-4.5" />
        </IconButton>
      </div>
      <div className="p-4">
        {packing.state === "packing" ? (
          <Progress
            label="Hashing in your browser"
            share={packing.progress ? shareOf(packing.progress.bytesDone, packing.progress.bytesTotal) : undefined}
            detail={
              packing.progress
                ? `${formatBytes(packing.progress.bytesDone)} of ${formatBytes(packing.progress.bytesTotal)}`
                : "Reading the folder"
            }
          />
        ) : packing.state === "failed" ? (
          <Notice
            tone="bad"
            title="This folder cannot be packed"
            action={
              <Button size="sm" onClick={() => onFolder(folder)}>
                Try again
              </Button>
            }
          >
            {packing.error.message} Nothing was sent.
          </Notice>
        ) : (
          <Packed packing={packing} onIncludeHidden={() => onIncludeHidden(folder)} />
        )}
      </div>
    </div>
  );
}

const shareOf = (done: number, total: number) => (total === 0 ? 1 : done / total);

function Packed({
  packing,
  onIncludeHidden,
}: {
  packing: Extract<Packing, { state: "ready" }>;
  onIncludeHidden: () => void;
}) {
  const { piece } = packing;
  const [isOpen, setOpen] = useState(false);
  const hasIndex = piece.files.some(({ path }) => path === "index.html");
  return (
    <div className="space-y-4">
      <dl className="grid grid-cols-1 gap-x-8 gap-y-3 text-sm sm:grid-cols-3">
        <div>
          <dt className="text-muted">CID</dt>
          <dd>
            <Hash text={piece.cid} kind="CID" />
          </dd>
        </div>
        <div>
          <dt className="text-muted">Size to upload</dt>
          <dd>
            <Bytes bytes={piece.sizeBytes} className="font-medium" />
          </dd>
        </div>
        <div>
          <dt className="text-muted">Merkle root</dt>
          <dd>
            <Hash text={piece.root} kind="root" />
          </dd>
        </div>
      </dl>
      {hasIndex ? null : (
        <Notice title="No index.html at the top">
          The folder is hosted as it is: files open by their paths, and the address itself shows a list.
        </Notice>
      )}
      {piece.skipped.length > 0 ? (
        <Notice
          title={`${plural(piece.skipped.length, "hidden entry", "hidden entries")} left out`}
          action={
            <Button size="sm" onClick={onIncludeHidden}>
              Include them
            </Button>
          }
        >
          {piece.skipped
            .slice(0, 4)
            .map(({ path }) => path)
            .join(", ")}
          {piece.skipped.length > 4 ? " …" : ""} – often secrets, and what is published cannot be taken back.
        </Notice>
      ) : null}
      <div>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen((current) => !current)}
          className="inline-flex min-h-8 items-center gap-1.5 text-sm font-medium text-muted hover:text-ink pointer-coarse:min-h-10"
        >
          <ChevronDown
            aria-hidden
            className={classes("size-4 transition-transform duration-100", !isOpen && "-rotate-90")}
          />
          {plural(piece.files.length, "file")}
        </button>
        {isOpen ? (
          <ul className="mt-2 max-h-64 divide-y divide-line overflow-y-auto rounded border border-line text-sm">
            {piece.files.slice(0, SHOWN_FILES).map(({ path, sizeBytes }) => (
              <li key={path} className="flex items-center gap-2.5 px-3 py-1.5">
                <FileText aria-hidden className="size-4 shrink-0 text-faint" />
                <span className="min-w-0 flex-1 truncate">{path}</span>
                <Bytes bytes={sizeBytes} className="text-muted" />
              </li>
            ))}
            {piece.files.length > SHOWN_FILES ? (
              <li className="flex items-center gap-2.5 px-3 py-1.5 text-muted">
                <FileWarning aria-hidden className="size-4 shrink-0" />
                {plural(piece.files.length - SHOWN_FILES, "more file")}
              </li>
            ) : null}
          </ul>
        ) : null}
      </div>
    </div>
  );
}
