/** The folder of this origin's private file system where finished CARs wait for their upload. */
export async function carDirectory(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("pieces", { create: true });
}
