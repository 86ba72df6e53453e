const [MAJOR = 0, MINOR = 0] = Deno.version.deno.split(".").map(Number);
/** Whether `node:http` turns a connection that breaks inside a body into a rejection that nobody can catch. */
const BREAKS_UNCAUGHT = MAJOR === 2 && MINOR < 9;

/**
 * Tells of a connection that breaks inside a body where Deno itself does not (2.7): there it would end the process
 * as an uncaught `TypeError`. Everywhere else this does nothing. Still so on 2.7: a connection that we give up
 * stays open until its other end or the process goes.
 */
export function watchBrokenBody(onBroken: (reason: unknown) => void): Disposable {
  const listener = (event: PromiseRejectionEvent) => {
    if (!(event.reason instanceof TypeError)) return;
    event.preventDefault();
    onBroken(new DOMException("the connection broke", "NetworkError"));
  };
  if (BREAKS_UNCAUGHT) globalThis.addEventListener("unhandledrejection", listener);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", listener) };
}
