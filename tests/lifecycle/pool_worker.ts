import { EarshotError } from "../../lib/errors/mod.ts";
import { serveWorker } from "../../lib/lifecycle/worker_service.ts";

/** What the Worker of the pool's tests can be asked for. */
export type PoolRequest =
  | { readonly do: "echo"; readonly text: string }
  | { readonly do: "fail" | "throw" | "crash" | "vanish" | "hang" | "unclonable" | "hang on release" };

let releases = true;

serveWorker<PoolRequest, unknown>(handle, () => releases ? undefined : new Promise<void>(() => {}));

function handle(request: PoolRequest): unknown {
  switch (request.do) {
    case "echo":
      return request.text;
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
