import type { ChosenFile } from "@4ever/sdk/pieces/worker";

/** A directory that somebody chose in this visit. */
export interface Folder {
  name: string;
  files: readonly ChosenFile[];
  /** Of all files, hidden ones included. */
  sizeBytes: number;
}

function folderOf(name: string, files: readonly ChosenFile[]): Folder {
  return { name, files, sizeBytes: files.reduce((sum, { file }) => sum + file.size, 0) };
}

/** The directory behind `<input webkitdirectory>`; its own name is not part of the paths. */
export function folderFromInput(list: Iterable<File>): Folder {
  const files = Array.from(list, (file) => {
    const path = file.webkitRelativePath;
    return { path: path === "" ? file.name : path.slice(path.indexOf("/") + 1), file };
  });
  const first = files[0]?.file.webkitRelativePath ?? "";
  return folderOf(first.includes("/") ? first.slice(0, first.indexOf("/")) : "Files", files);
}

function readEntries(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function* walk(entry: FileSystemEntry, path: string): AsyncGenerator<ChosenFile> {
  if (entry.isFile) {
    yield { path, file: await fileOf(entry as FileSystemFileEntry) };
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands out at most a hundred entries at a time, and an empty list at the end.
  for (let entries = await readEntries(reader); entries.length > 0; entries = await readEntries(reader)) {
    for (const child of entries) yield* walk(child, path === "" ? child.name : `${path}/${child.name}`);
  }
}

/**
 * What was dropped: one directory as such, anything else as a directory of these entries. Must be called in the event itself,
 * since the entries are gone after it. Rejects when the browser cannot read one of them.
 */
export function folderFromDrop(transfer: DataTransfer): Promise<Folder> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (async () => {
    const [only] = entries;
    const isOneFolder = entries.length === 1 && only?.isDirectory === true;
    const files: ChosenFile[] = [];
    for (const entry of entries) {
      for await (const file of walk(entry, isOneFolder ? "" : entry.name)) files.push(file);
    }
    return folderOf(
      isOneFolder && only ? only.name : files.length === 1 ? (files[0]?.path ?? "Files") : "Files",
      files,
    );
  })();
}

let handedOver: Folder | undefined;

/** Hands a folder from one page to the next; files cannot travel in an address. */
export function handOverFolder(folder: Folder): void {
  handedOver = folder;
}

/** Takes the folder that another page handed over, once. */
export function takeFolder(): Folder | undefined {
  const folder = handedOver;
  handedOver = undefined;
  return folder;
}
