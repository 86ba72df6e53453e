import { assertEquals, assertGreater } from "@std/assert";
import {
  Engines,
  openLlms,
  openRecognizers,
  openVoices,
  readSetup,
  serviceNeeds,
  type UsedService,
} from "../../lib/app/mod.ts";
import { openGatewayAuth } from "../../lib/app/auth.ts";
import { asrTypeOf } from "../../lib/asr/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { ttsTypeOf } from "../../lib/tts/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

const names = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).toSorted();

test("examples: those that there are, the unofficial one last", () => {
  assertEquals(names, [
    "chinese-cloud.yaml",
    "chinese-deepseek.yaml",
    "chinese-funasr.yaml",
    "english.yaml",
    "home-ollama.yaml",
    "nginx-tls.yaml",
    "openai.yaml",
    "school.yaml",
    "unofficial-edge-voice.yaml",
  ]);
});

test("examples: only the one that says so has an unofficial service, and there it is not the first", async () => {
  for (const name of names) {
    const config = new URL(name, EXAMPLES).pathname;
    const { voices } = serviceNeeds((await readSetup({ config, data: "/nowhere" })).config);
    const unofficial = voices.findIndex(({ block }) => block.type === "edge");
    assertEquals([name, unofficial >= 0, unofficial === 0], [name, name.startsWith("unofficial"), false]);
  }
});

for (const name of names) {
  test(`examples/${name} loads, and what it names opens as far as that needs no network`, async () => {
    const config = new URL(name, EXAMPLES);
    const text = await Deno.readTextFile(config);
    using _secrets = dummies([...text.matchAll(/\{ env: (\w+) \}/g)].map(([, key = ""]) => key));
    await withTempDir(async (data) => {
      const setup = await readSetup({ config: config.pathname, data });
      assertEquals(setup.warnings, []);
      const { recognizers, llms, voices } = serviceNeeds(setup.config);
      assertGreater(recognizers.length, 0);
      await using scope = new Scope("example");
      const [clock, signal] = [systemClock, scope.signal];
      // Of the weights nothing is here.
      const engines = await Engines.open({ ...setup, scope, clock, detection: false });
      const remote = recognizers.filter(({ block }) => asrTypeOf(block).models === undefined);
      const opened = await openRecognizers(remote, { store: setup.store, engines, scope, clock, signal });
      assertEquals([...opened.keys()], namesOf(remote));
      const openedLlms = await openLlms(llms, { timeZone: "UTC", scope, clock });
      assertEquals([...openedLlms.keys()], namesOf(llms));
      const remoteVoices = voices.filter(({ block }) => ttsTypeOf(block).models === undefined);
      const openedVoices = await openVoices(remoteVoices, {
        store: setup.store,
        engines,
        scope,
        clock,
        signal,
      });
      assertEquals([...openedVoices.keys()], namesOf(remoteVoices));
      await openGatewayAuth({ config: setup.config, data, scope, clock });
    });
  });
}

function namesOf(services: readonly UsedService[]): readonly string[] {
  return services.map(({ name }) => name);
}

/** Sets variables of the environment, and takes them back. */
function dummies(keys: readonly string[]): Disposable {
  for (const key of keys) Deno.env.set(key, "a-dummy-that-opens-nothing-0123456789");
  return {
    [Symbol.dispose]: () => {
      for (const key of keys) Deno.env.delete(key);
    },
  };
}
