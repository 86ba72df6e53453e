import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { startChatCompletions } from "../support/emulators/chat_completions.ts";
import { weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

test("demo: a question is spoken, heard, answered without a model, spoken, and heard again", async () => {
  await withConfig(async (config) => {
    const { code, stdout, stderr } = await runEarshot(["demo", "--json", "--config", config]);
    assertEquals(code, EXIT.ok, stderr);
    const [result = {}, ...more] = objectsOf(stdout);
    const { type, ok, said, heard, answered, heardBack, answeredBy } = result;
    assertEquals([type, ok, said, answeredBy, more], ["demo", true, "What time is it?", "builtin", []]);
    assertMatch(String(heard), /time/i);
    assertMatch(String(answered), /^It is \d+:\d\d/);
    assertMatch(String(heardBack), /\w+/);
    assert(Number(result["answerSeconds"]) > 0.5, stdout);
    assertEquals(typeof result["endOfSpeechToFirstFrameMs"], "number");
    assertStringIncludes(stderr, "Next:");
    assert(!stderr.includes('"level"'), `nothing goes wrong that a newcomer had to read of: ${stderr}`);
  });
}, { ignore: weightsMissing });

test("demo: what the config answers with is asked, and an answer that fails is no demo", async () => {
  await using llm = await startChatCompletions("llamacpp", {
    behavior: { answer: "The kitchen is warm and dry." },
  });
  const config = `llm: { here: { type: openai, url: "${llm.url}", model: m, retries: 0 } }\n` +
    'asr: { vosk: { url: "ws://127.0.0.1:1" } }\ntts: { gone: { type: openai, url: "http://127.0.0.1:1/v1" } }\n';
  await withConfig(async (path) => {
    const good = await runEarshot(["demo", "--json", "--config", path]);
    assertEquals(good.code, EXIT.ok, good.stderr);
    const [{ answered, heardBack, answeredBy } = {}] = objectsOf(good.stdout);
    assertEquals([answered, answeredBy], ["The kitchen is warm and dry.", "here"]);
    assertMatch(String(heardBack), /kitchen/i);
    llm.behavior = { fault: { what: "refuse", kind: "quota" } };
    const bad = await runEarshot(["demo", "--json", "--config", path]);
    const [{ ok, fault } = {}] = objectsOf(bad.stdout);
    assertEquals([bad.code, ok, typeof fault], [EXIT.failed, false, "string"]);
    assertStringIncludes(bad.stderr, "earshot check says more");
  }, config);
}, { ignore: weightsMissing });
