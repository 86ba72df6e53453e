import { z } from "zod";
import {
  configSchema,
  dataDir,
  Engines,
  Gateway,
  modelsDir,
  ModelStore,
  openRecognizers,
  serviceNeeds,
  speakRecording,
  VOICE_MODEL,
} from "../app/mod.ts";
import { SimulatedDevice } from "../device/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { raceSignal, Scope, systemClock } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { startCommand } from "./how_to_run.ts";
import { fetchModels } from "./setup.ts";

/** Words that the embedded voice says clearly. */
const SENTENCE = "This sentence was spoken by a machine and heard by another.";

const demoOptions = z.object({ data: z.string().optional() });

/** `earshot demo` */
export const demo: CommandSpec<typeof demoOptions> = {
  usage: "demo",
  summary: "see it work: a sentence is spoken, sent as a device would, and recognized",
  examples: ["earshot demo", "earshot demo --json"],
  flags: [["--data <dir>", "where the models live; without it EARSHOT_DATA, else ./data"]],
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: demoOptions,
  async run({ options, output, signal }) {
    const config = configSchema.parse({
      server: { hostname: "127.0.0.1", port: 0 },
      log: { level: "warning" },
      agents: { default: { llm: "none" } },
    });
    const store = new ModelStore({ dir: modelsDir(config, dataDir(options.data)) });
    await using _logging = configureLogging(config.log);
    output.say(
      "Earshot demo: a voice says a sentence, a simulated device sends it, and its words come back.",
    );
    const needs = serviceNeeds(config);
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
    output.say(
      `loading the models${
        Deno.build.standalone ? "" : " (the first time, 101 MB of runtime are fetched too)"
      }`,
    );
    const startedMs = performance.now();
    await raceSignal(engines.warm(), signal);
    const warmMs = Math.round(performance.now() - startedMs);
    const gateway = new Gateway({ config, scope, engines, recognizers });
    const [{ websocket }] = gateway.urls;

    const speech = await speakRecording(engines, SENTENCE, signal);
    const audioSeconds = Math.round(speech.audioSeconds * 100) / 100;
    output.say(`\n  said   ${SENTENCE}`);
    await using device = await SimulatedDevice.connect({ url: new URL(websocket) }, signal);
    const said = await device.say(speech.pcm);
    const endOfSpeechToTextMs = Math.round(said.endOfSpeechToTextMs ?? 0);
    output.result(
      { type: "demo", spoken: SENTENCE, text: said.text, audioSeconds, endOfSpeechToTextMs, warmMs },
      `  heard  ${said.text}\n         ${endOfSpeechToTextMs} ms after the end of the sound`,
    );
    output.say(
      `\nNext:\n  1. ${startCommand()}\n     starts the gateway; type the OTA URL that it prints into a device\n` +
        "  2. README.md, or README.zh-CN.md, says how to hear Chinese and other languages",
    );
    return said.text === "" ? EXIT.failed : EXIT.ok;
  },
};
