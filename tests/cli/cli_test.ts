import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { writeWav } from "../../lib/audio/mod.ts";
import { fitted } from "../../lib/cli/output.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { EXECUTABLE, objectsOf, runEarshot } from "../support/cli.ts";
import { test } from "../support/test.ts";

const COMMANDS = [
  "serve",
  "check",
  "transcribe",
  "device",
  "load",
  "models",
  "demo",
  "chat",
  "say",
  "voices",
  "devices",
  "token",
  "verify",
  "licenses",
  "version",
];

/** An executable carries the weights that a checkout has to fetch. */
const CHECKOUT = { ignore: EXECUTABLE !== undefined };

test("help names every command, and each command has help with examples", async () => {
  const { code, stdout } = await runEarshot(["--help"]);
  assertEquals(code, EXIT.ok);
  for (const command of COMMANDS) assertStringIncludes(stdout, `  ${command}`);
  for (
    const command of [
      ["serve"],
      ["transcribe"],
      ["device"],
      ["models", "pull"],
      ["demo"],
      ["say"],
      ["chat"],
      ["voices"],
    ]
  ) {
    const help = await runEarshot([...command, "--help"]);
    assertEquals(help.code, EXIT.ok);
    assertStringIncludes(help.stdout, "--json");
    assertStringIncludes(help.stdout, "Examples:");
  }
});

test("version --json is one object", async () => {
  const { code, stdout } = await runEarshot(["version", "--json"]);
  assertEquals(code, EXIT.ok);
  const ofExecutable = EXECUTABLE === undefined ? [] : ["commit", "slim"];
  assertEquals(Object.keys(objectsOf(stdout)[0] ?? {}), ["version", "deno", "target", ...ofExecutable]);
});

test("a wrong command line ends with its own exit code and says what to do", async () => {
  const wrong: readonly (readonly [args: string[], says: string])[] = [
    [["serv"], "serve"],
    [["transcribe"], "missing required argument"],
    [["models"], "it names no command"],
    [["help", "serf"], "it names no command"],
    [["serve", "--port", "99999"], "--port: give a port"],
    [["serve", "--port", ""], "--port: give a port"],
    [["device", "--url", "ws://x", "--drop-after", "", "a.wav"], "--drop-after: give a number of seconds"],
    [["serve", "--color"], "unknown option"],
    [["device", "a.wav"], "--url: give a WebSocket URL"],
    [["device", "--url", "ws://x", "--mode", "loud", "a.wav"], "--mode: give auto, manual or realtime"],
    [["models", "pull", "whisper"], "moonshine-tiny-en"],
  ];
  for (const [args, says] of wrong) {
    const { code, stdout, stderr } = await runEarshot(args);
    assertEquals(code, EXIT.usage, args.join(" "));
    assertEquals(stdout, "");
    assertStringIncludes(stderr, says);
    assertMatch(stderr, /(^|\n)earshot: Cannot .+\n {9}.+ \[[a-z]+\.[a-z_]+\]\n$/, "says what to do");
  }
});

test("a wrong command line is one object for who asked for objects, wherever the flag stands", async () => {
  const wrong: readonly (readonly [args: string[], says: string])[] = [
    [["serv", "--json"], "unknown command 'serv'"],
    [["--json", "serv"], "unknown command 'serv'"],
    [["transcribe", "--json"], "missing required argument 'files'"],
    [["--json", "serve", "--color"], "unknown option '--color'"],
    [["models", "--json", "pull", "--color"], "unknown option '--color'"],
    [["serve", "--json", "--port"], "option '--port <port>' argument missing"],
    [["--json", "serve", "--port", ""], "--port: give a port"],
    [["--json"], "no command"],
    [["models", "--json"], "no command"],
    [["help", "serv", "--json"], "no command"],
  ];
  for (const [args, says] of wrong) {
    const { code, stdout } = await runEarshot(args);
    const [error, ...more] = objectsOf(stdout);
    assertEquals([code, error?.["code"], more], [EXIT.usage, "cli.usage", []], args.join(" "));
    assertMatch(String(error?.["message"]), /^Cannot [^\n]*$/);
    assertStringIncludes(String(error?.["message"]), says);
  }
});

test("--json may stand before the command, and after -- it is a file", async () => {
  for (const args of [["--json", "version"], ["version", "--json"]]) {
    const { code, stdout, stderr } = await runEarshot(args);
    assertEquals([code, objectsOf(stdout).length], [EXIT.ok, 1], stderr);
  }
  const device = await runEarshot(["device", "--url", "ws://127.0.0.1:1/", "--", "--json"]);
  assertEquals([device.code, device.stdout], [EXIT.input, ""]);
  const wrong = await runEarshot(["transcribe", "--color", "--", "--json"]);
  assertEquals([wrong.code, wrong.stdout], [EXIT.usage, ""]);
});

test("a result that cannot be written ends the command in words", async () => {
  for (const flags of [[], ["--json"]]) {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "-A", "--quiet", main, "version", ...flags].join(" ");
    const { code, stderr } = await new Deno.Command("sh", { args: ["-c", `${command} > /dev/full`] })
      .output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, EXIT.failed, said);
    assertStringIncludes(said, "[cli.unwritable]");
    assert(!said.includes("at "), said);
  }
}, { ignore: Deno.build.os !== "linux" });

test("a config that is not there, or wrong, is exit code 3", async () => {
  const missing = await runEarshot(["serve", "--config", "/nowhere/box.yaml"]);
  assertEquals(missing.code, EXIT.config);
  assertStringIncludes(missing.stderr, "config.not_found");
});

test("files that cannot be read, or are no WAV, are exit code 4", async () => {
  const missing = await runEarshot(["device", "--url", "ws://127.0.0.1:1/", "/nowhere/a.wav"]);
  assertEquals(missing.code, EXIT.input);
  assertStringIncludes(missing.stderr, "Cannot read /nowhere/a.wav: there is no such file");
  const directory = await runEarshot(["device", "--url", "ws://127.0.0.1:1/", "/tmp"]);
  assertStringIncludes(directory.stderr, "Cannot read /tmp: it is a directory");
  const empty = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    await Deno.writeFile(empty, writeWav(new Int16Array(), 16_000));
    const silent = await runEarshot(["device", "--url", "ws://127.0.0.1:1/", empty]);
    assertEquals(silent.code, EXIT.input);
    assertStringIncludes(silent.stderr, "it has no samples");
  } finally {
    await Deno.remove(empty);
  }
  const text = await runEarshot(["device", "--url", "ws://127.0.0.1:1/", "--json", "deno.json"]);
  assertEquals(text.code, EXIT.input);
  assertEquals(objectsOf(text.stdout)[0]?.["code"], "audio.invalid_wav");
});

test("a registry that cannot be reached is exit code 6, and says that nothing is lost", async () => {
  const data = await Deno.makeTempDir();
  const env = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" };
  try {
    const { code, stderr } = await runEarshot(["models", "pull", "--data", data], env);
    assertEquals(code, EXIT.network, stderr);
    assertStringIncludes(stderr, "what was fetched so far is kept");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}, CHECKOUT);

test("models list and verify say how each model stands", async () => {
  const data = await Deno.makeTempDir();
  try {
    const list = await runEarshot(["models", "list", "--json", "--data", data]);
    assertEquals(list.code, EXIT.ok);
    const listed = objectsOf(list.stdout);
    assertEquals(listed.filter(({ state }) => state !== "missing").map(({ model }) => model), ["hibari"]);
    assertEquals(listed.slice(0, 5).map(({ model }) => model), [
      "moonshine-tiny-en",
      "silero-vad-v6",
      "hibari",
      "flite-slt",
      "sense-voice",
    ]);
    const verify = await runEarshot(["models", "verify", "--data", data]);
    assertEquals(verify.code, EXIT.unavailable);
    assertStringIncludes(verify.stderr, "models pull");
    // Nobody asked for what others publish.
    assert(verify.stdout.includes("hibari") && !verify.stdout.includes("sense-voice"));
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}, CHECKOUT);

test("a line that is drawn over fits into the terminal", () => {
  assertEquals([fitted("model", 6), fitted("model", 5), fitted("model", 0), fitted("model", Infinity)], [
    "model",
    "mode",
    "",
    "model",
  ]);
});
