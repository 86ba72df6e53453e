import { openTranscriber, readSetup, transcriberNeeds, transcribeSound } from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { Scope, systemClock } from "../lifecycle/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import { about, Input, refuseSecondStandardInput } from "./input.ts";
import { fetchModels, sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";
import { TranscriptWriter } from "./transcript_writer.ts";

/** `earshot transcribe FILE...` */
export const transcribe: CommandSpec<typeof setupOptions> = {
  usage: "transcribe <files...>",
  summary: "write down what sound files say (WAV, Ogg Opus; - is standard input)",
  examples: [
    "earshot transcribe speech.wav",
    "earshot transcribe --json *.wav",
    "ffmpeg -i film.mp4 -ar 16000 -ac 1 -f wav - | earshot transcribe -",
  ],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, args, output, signal: interrupted }) {
    refuseSecondStandardInput(args);
    // Who reads no more of the words needs no more of them.
    const signal = AbortSignal.any([interrupted, output.closed]);
    const { config, store, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    await fetchModels({ config, store }, transcriberNeeds(config).models, { output, signal });
    await using scope = new Scope("transcribe");
    const transcriber = await openTranscriber({ config, store, scope, clock: systemClock, signal });
    if (transcriber.paced) output.say(`each file is given to ${transcriber.name} at the pace of speech`);
    let exitCode: number = EXIT.ok;
    for (const file of args) {
      const input = new Input(file, signal);
      const { path, label } = input;
      const writer = new TranscriptWriter({
        file,
        recognizer: transcriber.name,
        input,
        output,
        alone: args.length === 1,
      });
      try {
        const segments = transcribeSound(transcriber, input, {
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
        const named = error.code === "cli.unreadable" ? error : about(label, error);
        exitCode = reportFailure(named, output, file);
      }
    }
    return output.closed.aborted ? EXIT.closedPipe : exitCode;
  },
};
