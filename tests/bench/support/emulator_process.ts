/** The service of `adapter_overhead.ts`: the emulator of one subject, which stamps what it says. */
import { SUBJECTS } from "../../contract/subjects.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import type { Script } from "../../support/emulators/script.ts";
import { TcpEmulator } from "../../support/emulators/tcp_emulator.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { stamped, stampedTcp } from "./stamped_dialect.ts";

/** Sentence after sentence, a word each 200 ms of sound. */
const SCRIPT: Script = {
  everyMs: 200,
  sentences: Array.from({ length: 8 }, () => ({ partials: ["word", "word word"], final: "word word." })),
};

if (import.meta.main) {
  const subject = SUBJECTS.find(({ name }) => name === Deno.args[0]);
  if (subject === undefined) throw new Error(`Cannot serve ${Deno.args[0]}: it is no subject`);
  const { dialect } = subject;
  await using emulator = "transport" in dialect
    ? await TcpEmulator.start(stampedTcp(dialect), { script: SCRIPT })
    : await Emulator.start(stamped(dialect), { script: SCRIPT });
  await serveMeasured(emulator.origin, () => Promise.resolve({ violations: emulator.violations }));
}
