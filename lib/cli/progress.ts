import type { PullEvent } from "../app/mod.ts";
import type { Output } from "./output.ts";

const BAR_CELLS = 24;

/** Shows a fetch of models on stderr. */
export interface PullProgress {
  /** Takes the next event. */
  readonly report: (event: PullEvent) => void;
  /** Says what was fetched, if anything was. */
  readonly end: () => void;
}

/** One line for all models on a terminal, drawn over itself; elsewhere a line when each begins. */
export function pullProgress(output: Output): PullProgress {
  const fetched = new Map<string, number>();
  const report = (event: PullEvent) => {
    switch (event.type) {
      case "already":
      case "verified":
      case "done":
        return;
      case "waiting":
        return output.say(`another process fetches ${event.model}; waiting for it`);
      case "started": {
        const { model, receivedBytes, totalBytes } = event;
        fetched.set(model, totalBytes);
        if (output.interactive) return output.draw(bar(model, receivedBytes, totalBytes));
        const there = receivedBytes > 0 ? `, ${megabytes(receivedBytes)} are there already` : "";
        return output.say(`fetching ${model} (${megabytes(totalBytes)}${there})`);
      }
      case "progress":
        return output.draw(bar(event.model, event.receivedBytes, event.totalBytes));
      case "retrying":
        return output.say(`fetching ${event.model} failed (${event.reason}); trying again`);
      case "moved_on":
        return output.say(`${event.host} cannot give ${event.model}: ${event.reason}`);
      case "first_use":
        return output.say(
          `${event.host} says what ${event.model} must be, since its publisher could not be asked; pinned: ${event.digest}`,
        );
    }
  };
  const end = () => {
    if (fetched.size === 0) return;
    output.erase();
    const bytes = [...fetched.values()].reduce((sum, size) => sum + size, 0);
    const [only = ""] = fetched.keys();
    output.say(`fetched ${fetched.size === 1 ? only : `${fetched.size} models`}, ${megabytes(bytes)}`);
  };
  return { report, end };
}

/** One line with a bar: name, filled part, megabytes. */
export function bar(name: string, received: number, total: number): string {
  const share = total === 0 ? 0 : Math.min(received / total, 1);
  const filled = Math.round(share * BAR_CELLS);
  const cells = "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
  return `fetching ${name} ${cells} ${megabytes(received)} of ${megabytes(total)}`;
}

/** A size for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A place in a recording for people: `0:07`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return hours === 0 ? `${minutes}:${twoDigits(rest)}` : `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}`;
}
