import { EarshotError } from "../../errors/mod.ts";
import type { Histogram } from "./load_report.ts";

/**
 * Loads the histogram library and gives what makes an empty histogram.
 *
 * @throws {EarshotError} `cli.usage` when the lock file of this run does not name the library
 */
export async function loadHistograms(): Promise<() => Histogram> {
  try {
    // Neither a literal nor `typeof import`, so that the library is fetched and loaded by a load run alone.
    const module: { readonly createHistogram: () => Histogram } = await import(
      new URL("./latency_histogram.ts", import.meta.url).href
    );
    return module.createHistogram;
  } catch (cause) {
    const state = "the histogram library cannot be loaded; `deno task load` fetches it";
    throw new EarshotError("cli.usage", `Cannot measure: ${state}`, { cause });
  }
}
