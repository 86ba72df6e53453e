import { z } from "zod";
import { HEARING_MODELS, openEngine } from "../app/mod.ts";
import { transcribe as recognise } from "../asr/mod.ts";
import { readWavAsPcm16 } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { Scope, systemClock } from "../lifecycle/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import { readInput } from "./input.ts";
import { fetchModels, readSetup, SETUP_FLAGS } from "./setup.ts";

const transcribeOptions = z.object({ config: z.string().optional(), data: z.string().optional() });

/** `earshot transcribe FILE...` */
export const transcribe: CommandSpec<typeof transcribeOptions> = {
  usage: "transcribe <files...>",
  summary: "write down what WAV files say (English)",
  examples: ["earshot transcribe speech.wav", "earshot transcribe --json *.wav"],
  flags: SETUP_FLAGS,
  options: transcribeOptions,
  async run({ options, args, output, signal }) {
    const { config, store } = await readSetup(options);
    await fetchModels(store, HEARING_MODELS, { output, signal });
    await using scope = new Scope("transcribe");
    const engine = await openEngine({ config, store, scope, clock: systemClock });
    await engine.warm();
    let exitCode: number = EXIT.ok;
    for (const file of args) {
      try {
        const pcm = readWavAsPcm16(await readInput(file));
        const startedMs = performance.now();
        const { text } = await recognise(engine, pcm, signal);
        const audioSeconds = pcm.length / ENGINE_SAMPLE_RATE_HZ;
        const realTimeFactor = (performance.now() - startedMs) / 1_000 / Math.max(audioSeconds, 0.001);
        output.result(
          { file, text, audioSeconds: round(audioSeconds), realTimeFactor: round(realTimeFactor) },
          args.length === 1 ? text : `${file}: ${text}`,
        );
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        // One bad file costs itself; the others are still wanted.
        const { code, message } = EarshotError.from(thrown);
        exitCode = reportFailure(new EarshotError(code, `${file}: ${message}`, { cause: thrown }), output);
      }
    }
    return exitCode;
  },
};

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
