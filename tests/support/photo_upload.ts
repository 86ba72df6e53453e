import { CAMERA } from "./photo_gateway.ts";

const BOUNDARY = "----ESP32_CAMERA_BOUNDARY";
const encoder = new TextEncoder();

/** The beginnings of images, each with some bytes that are none of its type's business. */
export const IMAGES = {
  jpeg: Uint8Array.of(
    0xff,
    0xd8,
    0xff,
    0xe0,
    0,
    16,
    0x4a,
    0x46,
    0x49,
    0x46,
    0,
    0x0d,
    0x0a,
    0x2d,
    0x2d,
    0xff,
    0xd9,
  ),
  png: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13),
  webp: encoder.encode("RIFF\x10\0\0\0WEBPVP8 "),
  gif: encoder.encode("GIF89a\x01\0\x01\0"),
} as const;

/** A part of a form. */
export interface FormPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly filename?: string;
}

/** The parts of a form as firmware has them. */
export function photoParts(
  { question = "What is this?", photo = IMAGES.jpeg }: {
    readonly question?: string;
    readonly photo?: Uint8Array;
  } = {},
): readonly FormPart[] {
  return [{ name: "question", content: question }, { name: "file", content: photo, filename: "camera.jpg" }];
}

/** The body of a form, as firmware writes it. */
export function formOf(parts: readonly FormPart[], boundary = BOUNDARY): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap(({ name, content, filename }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? "\r\n\r\n" : `; filename="${filename}"\r\nContent-Type: image/jpeg\r\n\r\n`,
    content,
    "\r\n",
  ]);
  return bytesOf([...pieces, `--${boundary}--\r\n`]);
}

/** Pieces one after another. */
export function bytesOf(pieces: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts = pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece);
  const bytes = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Options of {@linkcode postPhoto}. */
export interface PostPhotoOptions {
  readonly token?: string | undefined;
  readonly device?: typeof CAMERA;
  readonly path?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** What came back. */
export interface PhotoReply {
  readonly status: number;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- parsed JSON, which tests take apart field by field
  readonly body: any;
}

/** Sends a form with `fetch`. */
export async function postPhoto(
  port: number,
  body: Uint8Array<ArrayBuffer> | null,
  { token, device = CAMERA, path = "/xiaozhi/vision/explain", contentType, signal }: PostPhotoOptions,
): Promise<PhotoReply> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: {
      "Device-Id": device.deviceId,
      "Client-Id": device.clientId,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      "Content-Type": contentType ?? `multipart/form-data; boundary=${BOUNDARY}`,
    },
    ...(body !== null && { body }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
}

/** A request as firmware sends it: chunked, on a socket of its own. */
export class RawPhoto implements Disposable {
  readonly #socket: Deno.TcpConn;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects. */
  static async open(port: number): Promise<RawPhoto> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new RawPhoto(socket);
  }

  /** The whole request, head and chunks. */
  static request(token: string, form: Uint8Array, chunkBytes = 32): Uint8Array<ArrayBuffer> {
    const chunks: (string | Uint8Array)[] = [];
    for (let at = 0; at < form.length; at += chunkBytes) {
      const chunk = form.subarray(at, at + chunkBytes);
      chunks.push(`${chunk.length.toString(16)}\r\n`, chunk, "\r\n");
    }
    return bytesOf([RawPhoto.head(token), ...chunks, "0\r\n\r\n"]);
  }

  /** The head alone. */
  static head(token: string): string {
    return [
      "POST /xiaozhi/vision/explain HTTP/1.1",
      "Host: 127.0.0.1",
      "User-Agent: bread-compact-wifi/2.4.2",
      `Device-Id: ${CAMERA.deviceId}`,
      `Client-Id: ${CAMERA.clientId}`,
      `Authorization: Bearer ${token}`,
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
      "Transfer-Encoding: chunked",
      "",
      "",
    ].join("\r\n");
  }

  /** Sends bytes, all of them. */
  async send(bytes: Uint8Array | string): Promise<void> {
    let rest = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
    while (rest.length > 0) rest = rest.subarray(await this.#socket.write(rest));
  }

  /** The answer, as far as it comes before the end of the connection or of its body; `""` for none. */
  async answer(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    const part = new Uint8Array(16_384);
    try {
      for (;;) {
        const length = await this.#socket.read(part);
        if (length === null) return text;
        text += decoder.decode(part.subarray(0, length), { stream: true });
        const [, size] = /content-length: (\d+)\r\n/i.exec(text) ?? [];
        const [, body] = /\r\n\r\n([^]*)$/.exec(text) ?? [];
        if (size !== undefined && body !== undefined && encoder.encode(body).length >= Number(size)) {
          return text;
        }
      }
    } catch {
      return text; // reset
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
