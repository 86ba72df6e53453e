/** A URL as it is written, with placeholders in it. */
export interface SplitUrl {
  /** Up to the authority, such as `https://`. */
  readonly scheme: string;
  readonly authority: string;
  /** The segments of the path, without the slashes between them; `[]` for no path. */
  readonly path: readonly string[];
  /** The pairs of the query; a value that is absent has no `=`. */
  readonly query: readonly { readonly name: string; readonly value?: string }[];
  readonly fragment?: string;
}

/** Takes a URL apart without reading it as one: placeholders stay as they are. */
export function splitUrl(url: string): SplitUrl {
  const [, scheme = "", authority = "", path = "", query, fragment] =
    /^([a-z][a-z\d+.-]*:\/\/)?([^/?#\\]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url) ?? [];
  return {
    scheme,
    authority,
    path: path === "" ? [] : path.slice(1).split("/"),
    query: (query ?? "").split("&").filter((pair) => pair !== "").map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? { name: pair } : { name: pair.slice(0, at), value: pair.slice(at + 1) };
    }),
    ...(fragment !== undefined && { fragment }),
  };
}

/** Whether a URL reads a segment of its path as a step up, or as none. */
export function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}
