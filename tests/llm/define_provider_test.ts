import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { LLM_PROVIDERS } from "../../lib/llm/mod.ts";
import { type ServiceBlock, servicesConfig } from "../../lib/service/mod.ts";
import { LLM_CASES, reasonOf } from "../contract/llm_cases.ts";
import type { LlmSubject } from "../contract/llm_subjects.ts";
import { withSecrets } from "../support/open_recognizer.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { exampleServer } from "./example_emulator.ts";
import { example } from "./example_provider.ts";

/** The `llm` section, with one more type than there are: all that a line in `providers/mod.ts` does. */
const section = servicesConfig([...LLM_PROVIDERS, example]);

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

test("define a language model: its block is checked by what the registration says", () => {
  const block = read({ apiKey: APIKEY, model: "m" });
  assertEquals([block.type, block["url"], block["model"]], ["example", "https://127.0.0.1:9001", "m"]);
  // What every language model has comes by itself.
  assertEquals([block["tls"], block["retries"], block["queue"]], [{ verify: true }, 1, 16]);

  assertMatch(faultsOf({ model: "m" }).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: "sk-1234", model: "m" }).join(), /^mine\.apiKey: /);
  assertMatch(faultsOf({ apiKey: APIKEY, model: "m", modle: "m" }).join(), /^mine: .*"modle"/);
  assertMatch(faultsOf({ apiKey: APIKEY, model: "m", url: "ws://nas" }).join(), /^mine\.url: .*https:\/\//);
});

/** It and its emulator, as one more line in `tests/contract/llm_subjects.ts`. */
const subject: LlmSubject = {
  name: "example",
  dialect: exampleServer,
  block: (url) => ({ type: "example", url, model: "m" }),
  // As `openLlmProvider` does it for a type that is in `LLM_PROVIDERS`.
  open: async (given) => {
    const block = read(withSecrets(given, { apiKey: "example-key" }));
    const service = await example.open(block, {
      service: { family: "llm", name: "mine" },
      clock: systemClock,
      timeZone: "UTC",
      wallMs: () => 0,
    });
    return { ...service, name: "mine", capabilities: example.capabilities(block) };
  },
  thoughts: "",
  skipped: {
    "thoughts are not spoken": "it does not think",
    "an end without [DONE]": "its last line is its end",
    "an end without a finish": "its last line is its end",
  },
};

test("define a language model: it keeps the contract of every one against its emulator", async (t) => {
  const cases = [...LLM_CASES].filter(([name]) => reasonOf(subject, name) === undefined);
  await stepsAtOnce(t, cases.map(([name, run]) => [name, () => run(subject)]), { limit: 8 });
});

test("docs/adding-a-provider.md shows the language model as it is", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/adding-a-provider.md", import.meta.url));
  const provider = await Deno.readTextFile(new URL("./example_provider.ts", import.meta.url));
  assertStringIncludes(
    page,
    importsInOneLine(
      provider.replaceAll(`"../../lib/llm/providers/`, `"./`).replaceAll(`"../../lib/llm/`, `"../`)
        .replaceAll(`"../../lib/`, `"../../`),
    ),
  );
});

/** Paths are shorter where the provider will lie, and so are its imports. */
function importsInOneLine(code: string): string {
  return code.replaceAll(
    /import \{\s+([^}]*?),\s+\} from/g,
    (_, names: string) => `import { ${names.replaceAll(/\s+/g, " ")} } from`,
  );
}
