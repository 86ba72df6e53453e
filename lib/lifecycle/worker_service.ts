import { EarshotError } from "../errors/mod.ts";
import type { PoolMessage, WorkerReply } from "./worker_messages.ts";

/**
 * The Worker's side of a `WorkerPool`; called once, in the Worker's module. `handle` does one job, and what
 * it throws reaches the caller of `WorkerPool.run` under the same code. `release` frees what the Worker
 * holds; the pool ends the Worker after it.
 */
export function serveWorker<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
  release: () => void | Promise<void>,
): void {
  const post: (reply: WorkerReply<Response>) => void = ownPort();
  const answer = async (message: PoolMessage<Request>) => {
    if ("release" in message) {
      await release();
      return post({ released: true });
    }
    try {
      post({ ok: true, response: await handle(message.request) });
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
function ownPort(): (message: unknown) => void {
  if ("postMessage" in self && typeof self.postMessage === "function") {
    return self.postMessage.bind(self);
  }
  throw new TypeError("Cannot serve jobs: this is not a Worker");
}
