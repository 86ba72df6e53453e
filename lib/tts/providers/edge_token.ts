import { edgeTokenV1 } from "./edge_token_v1.ts";

/** Makes the token by which Edge's read-aloud knows its browser. */
export interface EdgeTokenSource {
  /** The token of a moment, given the token that all of Edge has. */
  token(unixMs: number, clientToken: string): Promise<string>;
}

/** The sources by what the version in the config begins with; a further one is a line here and a file beside this one. */
const SOURCES: ReadonlyMap<string, EdgeTokenSource> = new Map([["1", edgeTokenV1]]);

/** The kinds of token that can be made here. */
export const EDGE_TOKEN_KINDS: readonly string[] = [...SOURCES.keys()];

/** The source for a version such as `1-143.0.3650.75`; `undefined` where there is none. */
export function edgeTokenSource(version: string): EdgeTokenSource | undefined {
  return SOURCES.get(version.split("-")[0] ?? "");
}
