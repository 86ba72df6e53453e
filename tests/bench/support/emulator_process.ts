/** The service of `adapter_overhead.ts`: the emulator of one subject, which stamps what it says. */
import type { Script } from "../../support/emulators/script.ts";
import { startEmulator } from "../../support/emulators/start_emulator.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { stamped, stampedTcp } from "./stamped_dialect.ts";
import { STAMPED_SUBJECTS } from "./stamped_subjects.ts";

/** Sentence after sentence, a word each 200 ms of sound. */
const SCRIPT: Script = {
  everyMs: 200,
  sentences: Array.from({ length: 8 }, () => ({ partials: ["word", "word word"], final: "word word." })),
};

if (import.meta.main) {
  const subject = STAMPED_SUBJECTS.find(({ name }) => name === Deno.args[0]);
  if (subject === undefined) throw new Error(`Cannot serve ${Deno.args[0]}: it is no subject`);
  const { dialect } = subject;
  const stampedDialect = "transport" in dialect ? stampedTcp(dialect) : stamped(dialect);
  await using emulator = await startEmulator(stampedDialect, { script: SCRIPT });
  await serveMeasured(emulator.origin, () => Promise.resolve({ violations: emulator.violations }));
}
