import { EXIT } from "../errors/mod.ts";

/** `deno task` passes on a Ctrl-C that the terminal sends to the gateway as well; what comes this soon is the same one. */
const SAME_MS = 300;

/** A signal that is aborted by the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function interruption(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const names: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  let firstMs: number | undefined;
  const onSignal = () => {
    const nowMs = performance.now();
    if (firstMs !== undefined && nowMs - firstMs > SAME_MS) Deno.exit(EXIT.interrupted);
    firstMs ??= nowMs;
    controller.abort(new DOMException("Interrupted", "AbortError"));
  };
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) Deno.removeSignalListener(name, onSignal);
    },
  };
}
