import {
  hearingModels,
  openEngine,
  planHearing,
  readRecording,
  readSetup,
  transcribeRecording,
  withEmbeddedEar,
} from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { raceSignal, Scope, systemClock } from "../lifecycle/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import { about, readInput } from "./input.ts";
import { fetchModels, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** `earshot transcribe FILE...` */
export const transcribe: CommandSpec<typeof setupOptions> = {
  usage: "transcribe <files...>",
  summary: "write down what WAV files say (English, or what your own model hears)",
  examples: ["earshot transcribe speech.wav", "earshot transcribe --json *.wav"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, args, output, signal }) {
    const { config: configured, store } = await readSetup(options);
    const config = withEmbeddedEar(configured);
    const plan = planHearing(config, undefined);
    await fetchModels({ config, store }, hearingModels(config, plan), { output, signal });
    await using scope = new Scope("transcribe");
    const engine = await openEngine({
      config,
      store,
      scope,
      clock: systemClock,
      plan,
    });
    await raceSignal(engine.warm(), signal);
    let exitCode: number = EXIT.ok;
    for (const file of args) {
      try {
        const recording = readRecording(await readInput(file));
        const { text, realTimeFactor } = await transcribeRecording(engine, recording, signal);
        const audioSeconds = round(recording.audioSeconds);
        output.result(
          { file, text, audioSeconds, realTimeFactor: round(realTimeFactor) },
          args.length === 1 ? text : `${file}: ${text}`,
        );
      } catch (thrown) {
        const error = EarshotError.from(thrown);
        if (signal.aborted || error.code === "cli.unwritable") throw thrown;
        // One bad file costs itself; the others are still wanted.
        exitCode = reportFailure(error.code === "cli.unreadable" ? error : about(file, error), output);
      }
    }
    return exitCode;
  },
};

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
