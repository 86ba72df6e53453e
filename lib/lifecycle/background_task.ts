import { EarshotError } from "../errors/mod.ts";
import { abortSafely, isAbortOf } from "./abort.ts";
import { Resource, type ResourceHolder } from "./resource.ts";

/** Options of {@linkcode startTask}. */
export interface TaskOptions {
  /** The name within its scope. */
  readonly name: string;
  /** How long it may take to end once it was told to, in ms. */
  readonly deadlineMs: number;
  /** The work; it should end when the signal aborts. */
  readonly task: (signal: AbortSignal) => Promise<void>;
  /** Told of what a listener of the task's signal throws. */
  readonly onListenerError: (error: unknown) => void;
}

/**
 * Starts work that is a resource as long as it lasts: releasing it aborts its signal and waits for its end.
 * It has a controller of its own, rather than a listener on its scope's signal, so that it can change scopes.
 */
export function startTask(holder: ResourceHolder, options: TaskOptions): Resource {
  const { name, deadlineMs, task, onListenerError } = options;
  const controller = new AbortController();
  const abort = (reason: unknown) => abortSafely(controller, reason, onListenerError);
  const resource: Resource = new Resource(holder, {
    name,
    deadlineMs,
    release: () => {
      abort(new EarshotError("canceled", `Cannot go on: ${name} was told to stop`));
      return resource.gone;
    },
    onClosing: abort,
  });
  new Promise<void>((resolve) => resolve(task(controller.signal))).then(
    () => resource.end({ type: "ok" }),
    (error) => resource.end(isAbortOf(controller.signal, error) ? { type: "ok" } : { type: "failed", error }),
  );
  return resource;
}
