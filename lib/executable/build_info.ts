/** What `deno task compile` notes about an executable. */
export interface BuildInfo {
  /** The git commit that it was made from, with `-dirty` when the files were changed. */
  readonly commit: string;
  /** For which machine. */
  readonly target: string;
  /** Whether the weights are left out. */
  readonly slim: boolean;
}

/** What this executable was made from; nothing in a checkout. Needs to read. */
export function buildInfo(): BuildInfo | undefined {
  if (!Deno.build.standalone) return undefined;
  return JSON.parse(Deno.readTextFileSync(`${import.meta.dirname}/../../build/build.json`));
}
