import type { PullEvent } from "./pull_event.ts";

/** What a fetch reports. */
export interface FetchReports {
  /** Called with how many bytes there are, at first and after each piece, and of how many; 0 where that is unknown. */
  readonly onReceived: (receivedBytes: number, totalBytes: number) => void;
  /** Called when the host is tried again after a pause, with the reason. */
  readonly onRetry: (reason: string) => void;
}

/** Makes events of what the fetch of a model, or of a part of it, reports. */
export function reportsOf(model: string, emit: (event: PullEvent) => void): FetchReports {
  let type: "started" | "progress" = "started";
  return {
    onReceived: (receivedBytes, totalBytes) => {
      emit({ type, model, receivedBytes, totalBytes: Math.max(totalBytes, receivedBytes) });
      type = "progress";
    },
    onRetry: (reason) => emit({ type: "retrying", model, reason }),
  };
}
