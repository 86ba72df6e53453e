import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ASR_PROVIDERS, type AsrProvider } from "../../lib/asr/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import { loadSockets } from "../../lib/net/mod.ts";
import { type ServiceBlock, servicesConfig } from "../../lib/service/mod.ts";
import { BUSY, CASES } from "../contract/cases.ts";
import type { Subject } from "../contract/subjects.ts";
import { CA_FILE } from "../support/open_recognizer.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { exampleServer } from "./example_emulator.ts";
import { example } from "./example_provider.ts";

const KEY_VARIABLE = "TEST_EXAMPLE_KEY";

/** The `asr` section, with one more type than there are: all that a line in `providers/mod.ts` does. */
const section = servicesConfig([...ASR_PROVIDERS, example]);

/** The checked block of the service `mine`. */
function read(block: Readonly<Record<string, unknown>>): ServiceBlock {
  const { mine } = section.parse({ mine: { type: "example", ...block } });
  assert(mine !== undefined);
  return mine;
}

/** What is wrong with the block: the key, and the words. */
function faultsOf(block: Readonly<Record<string, unknown>>): string[] {
  const { error } = section.safeParse({ mine: { type: "example", ...block } });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** As `openAsrProvider` does it for a type that is in `ASR_PROVIDERS`. */
async function open(block: ServiceBlock): Promise<AsrProvider> {
  await loadSockets();
  const service = await example.open(block, {
    service: { family: "asr", name: "mine" },
    clock: systemClock,
    languages: ["en"],
    store: new ModelStore({ dir: "/nowhere" }),
    openEngine: () => Promise.reject(new Error("this test has no engine")),
    signal: new AbortController().signal,
  });
  return { ...service, name: "mine", capabilities: example.capabilities(block) };
}

const APIKEY = { env: KEY_VARIABLE };

test("define a provider: its block is checked by what the registration says", () => {
  const block = read({ apiKey: APIKEY });
  assertEquals([block.type, block["url"], block["model"]], ["example", "wss://127.0.0.1:9000", "fast"]);
  // What every recognizer has comes by itself.
  assertEquals([block["tls"], block["retries"], block["endpointing"]], [{ verify: true }, 2, "auto"]);
  assertEquals(read({ apiKey: APIKEY, tls: { verify: false } })["tls"], { verify: false });
  // A service that bears the name of the type is of that type.
  assertEquals(section.parse({ example: { apiKey: APIKEY } })["example"]?.type, "example");

  assertMatch(faultsOf({}).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: "sk-1234" }).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: APIKEY, modle: "fast" }).join(), /^mine: .*"modle"/);
  assertMatch(faultsOf({ apiKey: APIKEY, model: "slow" }).join(), /^mine\.model: .*"fast"/);
  assertMatch(faultsOf({ apiKey: APIKEY, url: "http://nas" }).join(), /^mine\.url: .*ws:\/\/ or wss:\/\//);
  assertMatch(faultsOf({ apiKey: APIKEY, tls: { verify: "no" } }).join(), /^mine\.tls\.verify: /);
});

test("define a provider: its secret is read from the environment, and named where it is missing", async () => {
  Deno.env.delete(KEY_VARIABLE);
  const error = await assertRejects(() => open(read({ apiKey: APIKEY })), EarshotError);
  assertEquals(error.code, "config.secret");
  assertStringIncludes(error.message, `asr.mine.apiKey: the environment has no ${KEY_VARIABLE}`);
});

/** It and its emulator, as one more line in `tests/contract/subjects.ts`. */
const subject: Subject = {
  name: "example",
  dialect: exampleServer,
  block: (url) => ({ type: "example", url }),
  open: (url) => open(read({ url, apiKey: APIKEY, tls: { caFile: CA_FILE } })),
  refusals: { auth: "asr.auth", quota: "asr.quota", config: "asr.failed", bad_audio: "asr.failed" },
  skipped: {},
};

test("define a provider: it keeps the contract of every recognizer against its emulator", async (t) => {
  Deno.env.set(KEY_VARIABLE, "example-key");
  const cases = [...CASES].filter(([name]) => !BUSY.has(name));
  await stepsAtOnce(t, cases.map(([name, run]) => [name, () => run(subject)]), { limit: 8 });
});

test("docs/adding-a-provider.md shows the example as it is", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/adding-a-provider.md", import.meta.url));
  const provider = await Deno.readTextFile(new URL("./example_provider.ts", import.meta.url));
  assertStringIncludes(
    page,
    provider.replaceAll(`"../../lib/asr/`, `"../`).replaceAll(`"../../lib/`, `"../../`),
  );
  const emulator = await Deno.readTextFile(new URL("./example_emulator.ts", import.meta.url));
  assertStringIncludes(page, emulator.replaceAll(`"../support/emulators/`, `"./`));
});
