import { EarshotError } from "../errors/mod.ts";
import type { PoolMessage, WorkerReply } from "./worker_messages.ts";

/** Options of {@linkcode serveWorker}. */
export interface WorkerServiceOptions<Response> {
  /** The buffers of a response that are handed over rather than copied. Default: none. */
  readonly transferOf?: (response: Response) => readonly ArrayBuffer[];
}

/**
 * The Worker's side of a `WorkerPool`; called once, in the Worker's module. `handle` does one job, and what
 * it throws reaches the caller of `WorkerPool.run` under the same code. `release` frees what the Worker
 * holds; the pool ends the Worker after it.
 */
export function serveWorker<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
  release: () => void | Promise<void>,
  { transferOf = () => [] }: WorkerServiceOptions<Response> = {},
): void {
  const post: (reply: WorkerReply<Response>, transfer?: readonly ArrayBuffer[]) => void = ownPort();
  const answer = async (message: PoolMessage<Request>) => {
    if ("release" in message) {
      await release();
      return post({ released: true });
    }
    if ("notice" in message) return void await handle(message.notice);
    try {
      const response = await handle(message.request);
      post({ ok: true, response }, transferOf(response));
    } catch (thrown) {
      const { code, message } = EarshotError.from(thrown);
      post({ ok: false, error: { code, message } });
    }
  };
  globalThis.addEventListener("message", (event) => {
    if (event instanceof MessageEvent) answer(event.data);
  });
}

/** The Worker's own `postMessage`, which the type of the main thread's global does not have. */
function ownPort(): (message: unknown, transfer?: readonly ArrayBuffer[]) => void {
  if ("postMessage" in self && typeof self.postMessage === "function") {
    const post = self.postMessage.bind(self);
    return (message, transfer = []) => post(message, [...transfer]);
  }
  throw new TypeError("Cannot serve jobs: this is not a Worker");
}
