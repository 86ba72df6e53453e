import { EarshotError } from "../../errors/mod.ts";
import { serviceError, type ServiceName } from "../../service/mod.ts";

/** How much tells gzip from samples, in bytes. */
const HEAD_BYTES = 4;

/**
 * Bytes as they were before they were compressed with gzip, where they were, although nobody said so: some gateways do
 * that to errors. Others come as they are. Ending it ends `bytes`.
 *
 * @throws {EarshotError} `tts.protocol` where they do not unpack, and what `bytes` throws
 */
export async function* unpacked<Buffer extends ArrayBufferLike>(
  bytes: AsyncIterable<Uint8Array<Buffer>>,
  service: ServiceName,
): AsyncGenerator<Uint8Array<Buffer | ArrayBuffer>, void> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    const first: Uint8Array<Buffer>[] = [];
    for (let count = 0; count < HEAD_BYTES;) {
      const { done, value } = await source.next();
      if (done === true) break;
      first.push(value);
      count += value.length;
    }
    const all = chain(first, source);
    if (isGzip(first)) yield* unzipped(all, service);
    else yield* all;
  } finally {
    await source.return?.();
  }
}

/** With the one method that it has, and no flag that nobody has ever set. */
function isGzip(pieces: readonly Uint8Array[]): boolean {
  const [first, second, method, flags = 0xff] = pieces.flatMap((piece) => [...piece.subarray(0, HEAD_BYTES)]);
  return first === 0x1f && second === 0x8b && method === 0x08 && (flags & 0xe0) === 0;
}

async function* chain<Buffer extends ArrayBufferLike>(
  first: readonly Uint8Array<Buffer>[],
  rest: AsyncIterator<Uint8Array<Buffer>>,
): AsyncGenerator<Uint8Array<Buffer>, void> {
  yield* first;
  for (;;) {
    const { done, value } = await rest.next();
    if (done === true) return;
    yield value;
  }
}

async function* unzipped(
  bytes: AsyncIterable<Uint8Array>,
  service: ServiceName,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let broken: { readonly thrown: unknown } | undefined;
  const source = (async function* () {
    try {
      // What unpacks takes no view of shared memory.
      for await (const piece of bytes) yield new Uint8Array(piece);
    } catch (thrown) {
      broken = { thrown };
      throw thrown;
    }
  })();
  try {
    yield* ReadableStream.from(source).pipeThrough(new DecompressionStream("gzip"));
  } catch (cause) {
    if (broken !== undefined) throw broken.thrown;
    if (cause instanceof EarshotError) throw cause;
    throw serviceError(service, "protocol", {
      detail: "it sends something compressed that does not unpack",
      cause,
    });
  }
}
