import { createHash } from "node:crypto";

/** What a server does to a request; without an answer it serves. `count` is how many came to this server. */
export type HubManner = (request: Request, count: number) => Response | undefined;

/** A file of a {@linkcode ModelHub}. */
export interface HubFile {
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether Git LFS keeps it, so that git itself has a pointer only. */
  readonly lfs: boolean;
}

/** A revision as Hugging Face counts them. */
export const REVISION = "2".repeat(40);
/** What its newest one is. */
export const NEWEST = "9".repeat(40);

/**
 * A host of models, as odd as the real ones: files of Git LFS are sent on to another server by an address that is
 * signed, the digest stands on that answer alone, and what lies in git has git's own hash as its ETag.
 */
export class ModelHub implements AsyncDisposable {
  /** Every request to the hub, and to the server with the content: path, and the range that was asked for. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  readonly contentRequests: { readonly path: string; readonly range: string | undefined }[] = [];
  /** Its files, by revision and name. */
  readonly files = new Map<string, HubFile>();
  manner: HubManner = () => undefined;
  contentManner: HubManner = () => undefined;
  readonly #hub: Deno.HttpServer<Deno.NetAddr>;
  readonly #content: Deno.HttpServer<Deno.NetAddr>;
  #signatures = 0;

  constructor() {
    const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#hub = Deno.serve(listen, (request) => {
      this.requests.push(seen(request));
      return this.manner(request, this.requests.length) ?? this.#answer(request);
    });
    this.#content = Deno.serve(listen, (request) => {
      this.contentRequests.push(seen(request));
      return this.contentManner(request, this.contentRequests.length) ?? this.serve(request);
    });
  }

  /** The address of the host. */
  get url(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  /** Puts a file there, in its pinned state and in the newest. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>, { lfs = true, newest = bytes } = {}): void {
    this.files.set(`${REVISION}/${name}`, { bytes, lfs });
    this.files.set(`${NEWEST}/${name}`, { bytes: newest, lfs });
  }

  /** The content, or the range of it that is wanted. */
  serve(request: Request): Response {
    const bytes = this.#of(request)?.bytes ?? new Uint8Array();
    const size = bytes.length;
    const from = rangeOf(request);
    // Amazon's, for what was uploaded in pieces: a hash of nothing that could be checked.
    const etag = `"${createHash("md5").update(bytes).digest("hex")}-15"`;
    if (from === 0) return new Response(bytes, { headers: { "content-length": `${size}`, etag } });
    if (from >= size) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
    }
    const headers = { "content-range": `bytes ${from}-${size - 1}/${size}`, etag };
    return new Response(bytes.subarray(from), { status: 206, headers });
  }

  /** The first `count` bytes of what was asked for; then the connection breaks. */
  broken(request: Request, count: number): Response {
    const from = rangeOf(request);
    const whole = this.serve(request);
    const part = this.#of(request)?.bytes.subarray(from, from + count) ?? new Uint8Array();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(part),
      // What was sent has to arrive first.
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close();
      },
    });
    return new Response(body, whole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#hub.shutdown(), this.#content.shutdown()]);
  }

  #answer(request: Request): Response {
    const file = this.#of(request);
    if (file === undefined) return new Response("Entry not found", { status: 404 });
    const { bytes, lfs } = file;
    const { pathname } = new URL(request.url);
    const headers = { "x-repo-commit": revisionOf(pathname) };
    if (!lfs) {
      const gitHash = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
      // A proxy on the way packs it anew, which makes it weak.
      return new Response(bytes, { headers: { ...headers, etag: `W/"${gitHash}"` } });
    }
    const sha256 = sha256Of(bytes);
    if (pathname.includes("/raw/")) {
      return new Response(
        `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`,
        { headers },
      );
    }
    const location = `http://127.0.0.1:${this.#content.addr.port}${pathname}?X-Amz-Signature=${++this
      .#signatures}&secret=SIGNATURE`;
    return new Response("Found. Redirecting", {
      status: 302,
      headers: {
        ...headers,
        location,
        "x-linked-etag": `"${sha256}"`,
        "x-linked-size": `${bytes.length}`,
        "content-length": "18",
      },
    });
  }

  #of(request: Request): HubFile | undefined {
    const { pathname } = new URL(request.url);
    const name = pathname.split("/").at(-1);
    // Of the real models' revisions it has one state.
    return this.files.get(`${revisionOf(pathname)}/${name}`) ?? this.files.get(`${REVISION}/${name}`);
  }
}

/** The sha256 of bytes, in hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function revisionOf(pathname: string): string {
  const named = pathname.split("/").at(-2) ?? "";
  return named === "main" || named === "master" ? NEWEST : named;
}

function rangeOf(request: Request): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
}

function seen(request: Request): { readonly path: string; readonly range: string | undefined } {
  return { path: new URL(request.url).pathname, range: request.headers.get("range") ?? undefined };
}
