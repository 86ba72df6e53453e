/** A request to another host. */
export interface HttpRequest {
  /** The full URL. */
  readonly url: string;
  /** Default: `GET`, or `POST` with a body. */
  readonly method?: string;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: BodyInit;
}

/** The method of a request that may name none. */
export function methodOf({ method, body }: HttpRequest): string {
  return method ?? (body === undefined ? "GET" : "POST");
}
