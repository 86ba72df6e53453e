/** A FunASR server that hears the same of everybody, so long after the end of the sound. Argument: how long, in ms. */
import { funasr } from "../../support/emulators/funasr.ts";
import { startEmulator } from "../../support/emulators/start_emulator.ts";
import { serveMeasured } from "../../support/measured_server.ts";

/** Nothing is said before the end: no utterance has so much sound. */
const AT_THE_END_MS = 3_600_000;

if (import.meta.main) {
  await using emulator = await startEmulator(funasr("cpp_2pass"), {
    script: {
      everyMs: AT_THE_END_MS,
      delayMs: Number(Deno.args[0]),
      sentences: [{ partials: [], final: "words" }],
    },
  });
  await serveMeasured(emulator.origin, () => ({ violations: emulator.violations }));
}
