import { base32 } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";

/** What a request for content names: a CID, and the path below it, decoded, without a slash in front. */
type ContentAddress = {
  cid: CID;
  segments: string[];
  /** Whether the path ends with a slash, or is empty. */
  isDirectoryPath: boolean;
};

/** A path that names nothing: broken escapes, or segments that would leave the site. */
export class PathInvalid extends Error {
  override readonly name = "PathInvalid";
}

/** The label of a host such as `bafy….ipfs.localhost:7101`, in lower case; undefined when it is another host. */
export function labelOfHost(host: string | undefined): string | undefined {
  return /^([a-z2-7]{40,63})\.ipfs\./i.exec(host ?? "")?.[1]?.toLowerCase();
}

/** A CID as text, of version 1; undefined when it is none, or none that can be kept here. */
export function parseCid(text: string): CID | undefined {
  try {
    return CID.parse(text).toV1();
  } catch {
    return undefined; // any text may stand in an address
  }
}

/** The label of a site's own origin: version 1 in base32, lower case as host names are. */
function hostLabelOf(cid: CID): string {
  return cid.toString(base32);
}

/** Splits and decodes a URL path. Throws `PathInvalid`. */
export function segmentsOf(path: string): Pick<ContentAddress, "segments" | "isDirectoryPath"> {
  const raw = path.split("/").filter((segment) => segment !== "");
  const segments = raw.map((segment) => {
    let name: string;
    try {
      name = decodeURIComponent(segment);
    } catch (cause) {
      throw new PathInvalid("a broken escape", { cause });
    }
    if (name === "." || name === ".." || /[/\\\0]/.test(name))
      throw new PathInvalid(`a segment ${JSON.stringify(name)}`);
    return name;
  });
  return { segments, isDirectoryPath: segments.length === 0 || path.endsWith("/") };
}

/** The address of content on its own origin. */
export function originUrl(contentUrl: string, cid: CID, path: string): string {
  const origin = contentUrl.replace("{cid}", hostLabelOf(cid)).replace(/\/+$/, "");
  return `${origin}/${path.replace(/^\/+/, "")}`;
}
