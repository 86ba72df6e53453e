import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeWav } from "../../lib/audio/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { HELLO, ScriptedGateway } from "../device/scripted_gateway.ts";
import { type CliResult, earshotCommandLine } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

/** Where a device of that name is always full. */
const OPTIONS = { ignore: Deno.build.os !== "linux" };

/** Runs a command whose stdout or stderr is on a full disk. */
async function runFull(stream: "stdout" | "stderr", args: readonly string[]): Promise<CliResult> {
  const redirect = stream === "stdout" ? ">/dev/full" : "2>/dev/full";
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `exec "$@" ${redirect}`, "sh", ...earshotCommandLine(args)],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function assertNoStack(stderr: string): void {
  assert(!/Uncaught|^\s+at /m.test(stderr), stderr);
}

test("help and version that cannot be written end in words", async () => {
  for (const args of [["--help"], ["--version"], ["help", "serve"]]) {
    const { code, stderr } = await runFull("stdout", args);
    assertEquals(code, EXIT.failed, stderr);
    assertStringIncludes(stderr, "[cli.unwritable]");
    assertNoStack(stderr);
  }
}, OPTIONS);

test("an error whose object cannot be written keeps its exit code, and is said", async () => {
  const failing: readonly (readonly [args: string[], code: number, says: string])[] = [
    [["serv", "--json"], EXIT.usage, "unknown command"],
    [["serve", "--json", "--port", ""], EXIT.usage, "[cli.usage]"],
    [["device", "--json", "--url", "ws://127.0.0.1:1/", "/nowhere.wav"], EXIT.input, "[cli.unreadable]"],
  ];
  for (const [args, expected, says] of failing) {
    const { code, stderr } = await runFull("stdout", args);
    assertEquals(code, expected, stderr);
    assertStringIncludes(stderr, says);
    assertNoStack(stderr);
  }
}, OPTIONS);

test("a stderr that cannot be written changes nothing", async () => {
  await withTempDir(async (data) => {
    const list = await runFull("stderr", ["models", "list", "--json", "--data", data]);
    const listed = list.stdout.trim().split("\n").map((line) => JSON.parse(line).model);
    assertEquals([list.code, listed.includes("moonshine-tiny-en")], [EXIT.ok, true]);
    const missing = await runFull("stderr", ["device", "--url", "ws://127.0.0.1:1/", "/nowhere.wav"]);
    assertEquals(missing.code, EXIT.input);
    assertEquals((await runFull("stderr", ["serv"])).code, EXIT.usage);
  });
}, OPTIONS);

test("a device whose messages cannot be written ends at once, without waiting for an answer", async () => {
  await using gateway = new ScriptedGateway((heard, caller) => {
    if ("type" in heard && heard.type === "hello") caller.send(HELLO);
  });
  await withTempDir(async (dir) => {
    const file = `${dir}/tone.wav`;
    await Deno.writeFile(file, writeWav(new Int16Array(16_000), 16_000));
    const { code, stderr } = await runFull("stdout", ["device", "--url", gateway.url.href, file]);
    assertEquals(code, EXIT.failed, stderr);
    assertStringIncludes(stderr, "[cli.unwritable]");
    assertNoStack(stderr);
  });
}, OPTIONS);

test("transcribe stops at the first words that cannot be written", async () => {
  await withConfig(async (config) => {
    const file = speechPath(SHORT);
    const args = ["transcribe", "--json", "--config", config, file, file];
    const { code, stderr } = await runFull("stdout", args);
    assertEquals(code, EXIT.failed, stderr);
    assertEquals(stderr.match(/\[cli\.unwritable\]/g)?.length, 1, stderr);
    assert(!stderr.includes(file), stderr);
  });
}, {
  ignore: OPTIONS.ignore || weightsMissing || speechMissing(),
});
