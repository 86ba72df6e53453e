/** What a pool posts to its Worker: a job, a notice that is not answered, or the request to free what it holds. */
export type PoolMessage<Request> =
  | { readonly request: Request }
  | { readonly notice: Request }
  | { readonly release: true };

/** What a Worker answers; a pool gives it one job at a time. */
export type WorkerReply<Response> =
  | { readonly ok: true; readonly response: Response }
  | {
    readonly ok: false;
    /** `code` is a key of the error catalog; any other counts as `internal`. */
    readonly error: { readonly code: string; readonly message: string };
  }
  | { readonly released: true };
