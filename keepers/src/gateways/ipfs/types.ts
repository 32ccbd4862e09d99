import mime from "mime";

/** Media types of the trustless forms. */
export const TRUSTLESS_TYPES = {
  raw: "application/vnd.ipld.raw",
  car: "application/vnd.ipld.car; version=1; order=unk; dups=n",
} as const;

/** The media type of a file by its name's ending; text is UTF-8. What is unknown is downloaded, never guessed. */
export function typeOf(name: string): string {
  const type = mime.getType(name) ?? "application/octet-stream";
  const isText = type.startsWith("text/") || /^application\/(javascript|json|manifest\+json|xml)$|\+xml$/.test(type);
  return isText ? `${type}; charset=utf-8` : type;
}
