import {
  hearingModels,
  openEngine,
  planHearing,
  readSetup,
  transcribeSound,
  withEmbeddedEar,
} from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { raceSignal, Scope, systemClock } from "../lifecycle/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import { about, Input } from "./input.ts";
import { fetchModels, SETUP_FLAGS, setupOptions } from "./setup.ts";
import { TranscriptWriter } from "./transcript_writer.ts";

/** `earshot transcribe FILE...` */
export const transcribe: CommandSpec<typeof setupOptions> = {
  usage: "transcribe <files...>",
  summary:
    "write down what WAV or Ogg Opus files say, - for standard input (English, or what your own model hears)",
  examples: [
    "earshot transcribe speech.wav",
    "earshot transcribe --json *.wav",
    "ffmpeg -i film.mp4 -ar 16000 -ac 1 -f wav - | earshot transcribe -",
  ],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, args, output, signal: interrupted }) {
    // Who reads no more of the words needs no more of them.
    const signal = AbortSignal.any([interrupted, output.closed]);
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
      signal,
    });
    await raceSignal(engine.warm(), signal);
    let exitCode: number = EXIT.ok;
    for (const file of args) {
      const input = new Input(file, signal);
      const { path, label } = input;
      const writer = new TranscriptWriter({ file, input, output, alone: args.length === 1 });
      try {
        const segments = transcribeSound(engine, input, {
          ...(path !== undefined && { file: path }),
          remark: (remark) => writer.remark(remark),
          onRead: (audioSeconds) => writer.showProgress(audioSeconds),
          signal,
        });
        for await (const segment of segments) writer.write(segment);
        writer.end();
      } catch (thrown) {
        const error = EarshotError.from(thrown);
        if (signal.aborted || error.code === "cli.unwritable") throw thrown;
        // One bad file costs itself; the others are still wanted.
        writer.breakOff();
        exitCode = reportFailure(error.code === "cli.unreadable" ? error : about(label, error), output);
      }
    }
    return output.closed.aborted ? EXIT.closedPipe : exitCode;
  },
};
