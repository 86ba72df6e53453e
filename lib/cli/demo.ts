import { z } from "zod";
import {
  configSchema,
  dataDir,
  Engines,
  Gateway,
  hearingNeeds,
  modelsDir,
  ModelStore,
  openRecognizers,
  speakRecording,
  VOICE_MODEL,
} from "../app/mod.ts";
import { SimulatedDevice } from "../device/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { raceSignal, Scope, systemClock } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { fetchModels } from "./setup.ts";

/** Words that the embedded voice says clearly. */
const SENTENCE = "This sentence was spoken by a machine and heard by another.";

const demoOptions = z.object({ data: z.string().optional() });

/** `earshot demo` */
export const demo: CommandSpec<typeof demoOptions> = {
  usage: "demo",
  summary: "the main job in one go: a sentence is spoken, sent as a device would, and recognized",
  examples: ["earshot demo", "earshot demo --json"],
  flags: [["--data <dir>", "where the models live; without it EARSHOT_DATA, else ./data"]],
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: demoOptions,
  async run({ options, output, signal }) {
    const config = configSchema.parse({
      server: { hostname: "127.0.0.1", port: 0 },
      log: { level: "warning" },
    });
    const store = new ModelStore({ dir: modelsDir(config, dataDir(options.data)) });
    await using _logging = configureLogging(config.log);
    const needs = hearingNeeds(config);
    await fetchModels({ config, store }, [...needs.models, VOICE_MODEL], { output, signal });
    await using scope = new Scope("demo");
    const clock = systemClock;
    const engines = await Engines.open({
      config,
      store,
      scope,
      clock,
      detection: needs.detection,
      voice: true,
    });
    const recognizers = await openRecognizers(needs.recognizers, { store, engines, scope, clock, signal });
    output.say("starting the engine (the first time, Deno fetches its runtime: 101 MB)");
    const startedMs = performance.now();
    await raceSignal(engines.warm(), signal);
    const warmMs = Math.round(performance.now() - startedMs);
    const gateway = new Gateway({ config, scope, engines, recognizers });
    const [{ websocket }] = gateway.urls;
    output.say(`the gateway listens at ${websocket}; its models were loaded in ${warmMs} ms`);

    const speech = await speakRecording(engines, SENTENCE, signal);
    const audioSeconds = Math.round(speech.audioSeconds * 100) / 100;
    output.say(`a voice says, for ${audioSeconds} s:  ${SENTENCE}`);
    await using device = await SimulatedDevice.connect({ url: new URL(websocket) }, signal);
    const said = await device.say(speech.pcm);
    const endOfSpeechToTextMs = Math.round(said.endOfSpeechToTextMs ?? 0);
    output.result(
      { type: "demo", spoken: SENTENCE, text: said.text, audioSeconds, endOfSpeechToTextMs, warmMs },
      `Earshot wrote down:        ${said.text}\n` +
        `${endOfSpeechToTextMs} ms after the recording, whose last silence counts toward the ` +
        `${config.vad.endSilenceMs} ms that show that nothing follows`,
    );
    output.say("next: `npx -y deno@2.9.6 task -q start`, and type the URL that it prints into a device");
    output.say(
      "then: config.yaml names the recognizer; another one, for another language, is a few lines there",
    );
    return said.text === "" ? EXIT.failed : EXIT.ok;
  },
};
