/** What a pool posts to its Worker: a job, or the wish that it frees what it holds. */
export type PoolMessage<Request> =
  | { readonly id: number; readonly request: Request }
  | { readonly release: true };

/** What a Worker answers. */
export type WorkerReply<Response> =
  | { readonly id: number; readonly ok: true; readonly response: Response }
  | {
    readonly id: number;
    readonly ok: false;
    /** `code` is a key of the error catalog; any other counts as `internal`. */
    readonly error: { readonly code: string; readonly message: string };
  }
  | { readonly released: true };
