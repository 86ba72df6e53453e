import { EarshotError } from "../../lib/errors/mod.ts";
import { serveWorker } from "../../lib/lifecycle/worker_service.ts";

/** What the Worker of the pool's tests can be asked for. */
export type PoolRequest =
  | { readonly do: "echo" | "note"; readonly text: string }
  | { readonly do: "notes" }
  | { readonly do: "hand back"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly do: "fail" | "throw" | "crash" | "vanish" | "hang" | "unclonable" | "hang on release" };

let releases = true;

const notes: string[] = [];
let handedBack: HandedBack | undefined;

/** What "hand back" answers: the bytes, and how many the answer before left behind. */
interface HandedBack {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly keptBytes: number;
}

serveWorker<PoolRequest, unknown>(handle, () => releases ? undefined : new Promise<void>(() => {}), {
  transferOf: (response) => response === handedBack && handedBack ? [handedBack.bytes.buffer] : [],
});

function handle(request: PoolRequest): unknown {
  switch (request.do) {
    case "echo":
      return request.text;
    case "note":
      return notes.push(request.text);
    case "notes":
      return notes;
    case "hand back":
      handedBack = { bytes: request.bytes, keptBytes: handedBack?.bytes.length ?? 0 };
      return handedBack;
    case "fail":
      throw new EarshotError("model.corrupt", "Cannot load it: it is corrupt");
    case "throw":
      throw new RangeError("out of range");
    case "crash":
      setTimeout(() => {
        throw new Error("crashed");
      });
      return new Promise(() => {});
    case "vanish":
      self.close();
      return new Promise(() => {});
    case "hang":
      return new Promise(() => {});
    case "hang on release":
      releases = false;
      return "";
    case "unclonable":
      return () => {};
  }
}
