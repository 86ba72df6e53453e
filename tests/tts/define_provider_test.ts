import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import { type ServiceBlock, servicesConfig } from "../../lib/service/mod.ts";
import { TTS_PROVIDERS } from "../../lib/tts/mod.ts";
import { TTS_CASES } from "../contract/tts_cases.ts";
import type { TtsSubject } from "../contract/tts_subjects.ts";
import { withSecrets } from "../support/open_recognizer.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { exampleServer } from "./example_emulator.ts";
import { example } from "./example_provider.ts";

/** The `tts` section, with one more type than there are: all that a line in `providers/mod.ts` does. */
const section = servicesConfig([...TTS_PROVIDERS, example]);

function read(block: Readonly<Record<string, unknown>>): ServiceBlock {
  const { mine } = section.parse({ mine: { type: "example", ...block } });
  assert(mine !== undefined);
  return mine;
}

function faultsOf(block: Readonly<Record<string, unknown>>): string[] {
  const { error } = section.safeParse({ mine: { type: "example", ...block } });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const APIKEY = { env: "TEST_EXAMPLE_KEY" };

test("define a voice: its block is checked by what the registration says", () => {
  const block = read({ apiKey: APIKEY });
  assertEquals([block.type, block["url"], block["voice"]], ["example", "https://127.0.0.1:9002", "anna"]);
  // What every voice has comes by itself.
  assertEquals([block["tls"], block["retries"], block["maxStreams"]], [{ verify: true }, 1, 100]);

  assertMatch(faultsOf({}).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: "sk-1234" }).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: APIKEY, vocie: "anna" }).join(), /^mine: .*"vocie"/);
  assertMatch(faultsOf({ apiKey: APIKEY, stallTimeoutMs: 1 }).join(), /^mine\.stallTimeoutMs: /);
});

/** It and its emulator, as one more line in `tests/contract/tts_subjects.ts`. */
const subject: TtsSubject = {
  name: "example",
  type: "example",
  http: {
    dialect: exampleServer,
    block: (url) => ({ type: "example", url }),
    secrets: { apiKey: "example-key" },
    // As `openTtsProvider` does it for a type that is in `TTS_PROVIDERS`.
    open: async (given, { name = "mine", secrets } = {}) => {
      const block = read(withSecrets(given, secrets));
      const service = await example.open(block, {
        service: { family: "tts", name },
        clock: systemClock,
        store: new ModelStore({ dir: "/nowhere" }),
        openEngine: () => Promise.reject(new Error("this test has no engine")),
        signal: new AbortController().signal,
      });
      return { ...service, name, capabilities: example.capabilities(block) };
    },
  },
  refusals: {
    auth: "tts.auth",
    quota: "tts.quota",
    throttled: "tts.throttled",
    voice: "tts.config",
    model: "tts.config",
    busy: "tts.failed",
    text: "tts.bad_input",
  },
  broken: "tts.unreachable",
  skipped: {},
};

test("define a voice: it keeps the contract of every one against its emulator", async (t) => {
  const cases = [...TTS_CASES].filter(([name]) => !(name in subject.skipped));
  await stepsAtOnce(t, cases.map(([name, run]) => [name, () => run(subject)]), { limit: 8 });
});

test("docs/adding-a-provider.md shows the voice as it is", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/adding-a-provider.md", import.meta.url));
  const provider = await Deno.readTextFile(new URL("./example_provider.ts", import.meta.url));
  assertStringIncludes(
    page,
    provider.replaceAll(`"../../lib/tts/`, `"../`).replaceAll(`"../../lib/`, `"../../`),
  );
});
