import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, earshotCommandLine, objectsOf, runEarshot } from "../support/cli.ts";
import { startChatCompletions } from "../support/emulators/chat_completions.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

/** Runs `earshot chat` with this on its standard input. */
async function chat(
  typed: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const [program = "", ...words] = earshotCommandLine(["chat", ...args]);
  const child = new Deno.Command(program, {
    args: words,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(typed));
  // One that said goodbye has gone already.
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

test("chat: without a model and an account it answers, knows what it said, and ends at a goodbye", async () => {
  await withConfig(async (config) => {
    const set = ["--config", config, "--json"];
    const { code, stdout, stderr } = await chat("Hello\n\nRepeat that\nbye\nnever\n", set);
    assertEquals(code, EXIT.ok, stderr);
    const [hello, repeated, bye, ...more] = objectsOf(stdout);
    assertEquals([hello?.["question"], hello?.["end"], typeof hello?.["firstPieceMs"]], [
      "Hello",
      "complete",
      "number",
    ]);
    assertEquals(repeated?.["text"], hello?.["text"]);
    assertEquals([bye?.["end"], more], ["goodbye", []]);
  });
});

test("chat TEXT: one answer, as plain text, and nothing else on stdout", async () => {
  await withConfig(async (config) => {
    const { code, stdout, stderr } = await runEarshot(["chat", "What time is it?", "--config", config]);
    assertEquals(code, EXIT.ok, stderr);
    assertMatch(stdout, /^It is \d+:\d\d[^\n]*\n$/);
  });
});

test("chat: a language model gets prompt and history; one answer that fails costs itself; no word is a command", async () => {
  await using llm = await startChatCompletions("llamacpp", {
    behavior: {
      answer: (question) => question.includes("danger") ? "Be\u001b[2J careful." : `You asked: ${question}.`,
    },
  });
  const config = `llm: { here: { type: openai, url: "${llm.url}", model: m, retries: 0 } }\n` +
    "agents: { default: { llm: builtin }, kids: { llm: here, prompt: You are a pirate. } }\n";
  await withConfig(async (path) => {
    const set = ["--config", path, "--agent", "kids"];
    const first = await chat("one\ntwo\n", [...set, "--json"]);
    assertEquals(first.code, EXIT.ok, first.stderr);
    const [, second] = llm.questions;
    assertStringIncludes(JSON.stringify(second?.messages[0]), "You are a pirate.");
    assertEquals(second?.messages.filter(({ role }) => role === "assistant").length, 1);
    assertStringIncludes(JSON.stringify(objectsOf(first.stdout)[1]?.["text"]), "two");

    const shown = await chat("danger\n", set);
    assert(!shown.stdout.includes("\u001b"), JSON.stringify(shown.stdout));

    llm.behavior = { fault: { what: "refuse", kind: "quota" }, faultTimes: 1 };
    const failed = await chat("one\ntwo\n", [...set, "--json"]);
    const [error, answer] = objectsOf(failed.stdout);
    assertEquals([error?.["code"], answer?.["type"]], ["llm.quota", "answer"]);
    assertEquals(failed.code, EXIT.unavailable);
  }, config);
});

test("chat: an agent that there is not, or that answers nothing, and a secret that is missing are told", async () => {
  const config = "llm: { cloud: { type: openai, model: m, apiKey: { env: EARSHOT_TEST_NO_KEY } } }\n" +
    "agents: { default: {}, scribe: { llm: none } }\n";
  await withConfig(async (path) => {
    const run = (...args: string[]) => runEarshot(["chat", "Hi", "--config", path, ...args]);
    const unknown = await run("--agent", "kids");
    assertEquals(unknown.code, EXIT.usage);
    assertStringIncludes(unknown.stderr, "default, scribe");
    const mute = await run("--agent", "scribe");
    assertEquals(mute.code, EXIT.usage);
    assertStringIncludes(mute.stderr, "answers nothing (llm: none)");
    const secret = await run();
    assertEquals(secret.code, EXIT.config);
    assertStringIncludes(secret.stderr, "EARSHOT_TEST_NO_KEY");
  }, config);
});
