/**
 * The progress of a pull. Bytes are those of the package's tarball; of a known model and of one of
 * the user's own each file has its own events, `model` being its name and the part.
 */
export type PullEvent =
  /** The model is there and whole; nothing is fetched. */
  | { readonly type: "already"; readonly model: string }
  /** Another process pulls into the same directory; this one waits for it. */
  | { readonly type: "waiting"; readonly model: string }
  /** Fetching begins, or goes on where an earlier pull was cut off when `receivedBytes` is not 0. */
  | {
    readonly type: "started";
    readonly model: string;
    readonly receivedBytes: number;
    readonly totalBytes: number;
  }
  /** More bytes are on the disk; fewer than before when the registry made it start again. */
  | {
    readonly type: "progress";
    readonly model: string;
    readonly receivedBytes: number;
    readonly totalBytes: number;
  }
  /** The registry, or the host of the file, failed; it is tried again after a pause. `reason` is an error code or an HTTP status. */
  | { readonly type: "retrying"; readonly model: string; readonly reason: string }
  /** This host could not give the file, and the next one is tried. */
  | { readonly type: "moved_on"; readonly model: string; readonly host: string; readonly reason: string }
  /** The publisher did not answer what the file must be, so this mirror's claim was taken, and is pinned. */
  | { readonly type: "first_use"; readonly model: string; readonly host: string; readonly digest: string }
  /** The tarball has the right sha512. */
  | { readonly type: "verified"; readonly model: string }
  /** The files are in place. */
  | { readonly type: "done"; readonly model: string };

/** Where the user's npm settings are read from; each defaults to this process's own. */
export interface NpmContext {
  /** The directory whose project `.npmrc` counts. */
  readonly cwd?: string;
  /** The environment: `HOME`, `npm_config_*`, the proxies. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Options of a pull. */
export interface PullOptions {
  /** Ends the pull; what was fetched so far is kept. */
  readonly signal?: AbortSignal;
  /** Receives the progress. */
  readonly onProgress?: (event: PullEvent) => void;
  /** Takes of known models what their publisher has now, and pins that, also where they are here already. */
  readonly refresh?: boolean;
}
