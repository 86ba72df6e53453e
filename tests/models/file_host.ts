/** What a {@linkcode FileHost} does to a request; without an answer the file is served. */
export type Manner = (request: Request, count: number) => Response | undefined;

/** A web server with one file, which understands ranges and can misbehave. */
export class FileHost implements AsyncDisposable {
  /** Every request: its path, and the range that was asked for. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  manner: Manner = () => undefined;
  readonly #scheme: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    { tls }: { readonly tls?: { cert: string; key: string } } = {},
  ) {
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...tls }, (request) => {
      this.requests.push({
        path: new URL(request.url).pathname,
        range: request.headers.get("range") ?? undefined,
      });
      return this.manner(request, this.requests.length) ?? this.serve(request);
    });
  }

  /** The address of the file. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server.addr.port}/weights/model.int8.onnx`;
  }

  /** The file, or the range of it that is wanted. */
  serve(request: Request): Response {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    const size = this.bytes.length;
    if (from === 0) return new Response(this.bytes, { headers: { "content-length": `${size}` } });
    if (from >= size) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
    }
    const headers = { "content-range": `bytes ${from}-${size - 1}/${size}` };
    return new Response(this.bytes.subarray(from), { status: 206, headers });
  }

  /** The first `count` bytes of what was asked for; then the connection breaks. */
  broken(request: Request, count: number): Response {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    const whole = this.serve(request);
    const rest = this.bytes.subarray(from, from + count);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(rest),
      // What was sent has to arrive first.
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close();
      },
    });
    return new Response(body, whole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
