import { assertEquals } from "@std/assert";
import { configSchema, readSetup, VERSION } from "../../lib/app/mod.ts";
import { capabilitiesOf } from "../../lib/asr/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { assertLessOrEqual, assertRejects, assertStringIncludes } from "@std/assert";
import { loadText } from "../support/config_faults.ts";
import { parse as parseYaml } from "yaml";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);

async function refusal(yaml: string): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, yaml);
    const error = await assertRejects(() => readSetup({ config: path }), EarshotError);
    assertEquals(error.code, "config.invalid");
    return error.message;
  } finally {
    await Deno.remove(path);
  }
}

test("config.yaml shows what people set, and all that it says is the default", async () => {
  const text = await Deno.readTextFile(new URL("config.yaml", ROOT));
  assertEquals(await loadText(text), configSchema.parse({}));
  assertLessOrEqual(text.trimEnd().split("\n").length, 120);
});

test("the version is the one of deno.json", async () => {
  assertEquals(JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))).version, VERSION);
});

test("a wrong key is told with its line and what would be right", async () => {
  const message = await refusal("server:\n  port: 8000\n  hostnam: 0.0.0.0\n");
  assertStringIncludes(message, ":3:");
  assertStringIncludes(message, "server.hostnam");
  assertStringIncludes(message, "hostname");
});

test("a wrong value is told with its range", async () => {
  const message = await refusal("vad:\n  endSilenceMs: 5\nserver:\n  port: eight\n");
  assertStringIncludes(message, "vad.endSilenceMs");
  assertStringIncludes(message, "100");
  assertStringIncludes(message, "server.port");
});

test("a rule between two keys is told as well", async () => {
  assertStringIncludes(await refusal("vad:\n  endProbability: 0.9\n"), "vad.endProbability");
});

test("sound from before an utterance cannot be as long as the utterance may be: then it would end as it begins", async () => {
  const message = await refusal("limits:\n session:\n  preRollMs: 5000\n  utteranceMs: 5000\n");
  assertStringIncludes(message, ":3:");
  assertStringIncludes(message, "limits.session.preRollMs");
  assertStringIncludes(message, "at most 4999");
  assertStringIncludes(message, "utteranceMs at least 5001");
  // The default of one does not go with every value of the other.
  assertStringIncludes(
    await refusal("limits:\n session:\n  utteranceMs: 1500\n"),
    "limits.session.preRollMs",
  );
  const pad = await refusal(
    "limits:\n session:\n  utteranceMs: 1000\n  preRollMs: 500\n  speechPadMs: 1000\n",
  );
  assertStringIncludes(pad, "limits.session.speechPadMs");
  configSchema.parse({ limits: { session: { utteranceMs: 1_000, preRollMs: 999, speechPadMs: 999 } } });
});

test("a model of one's own has to be there, whole, and on the native runtime", async () => {
  const file = "{ path: /models/a.onnx, sha256: " + "a".repeat(64) + " }";
  const yaml = (kind: string, name: string, runtime = "auto") =>
    `asr:\n  sherpa: { kind: ${kind}, model: mine }\nengine: { runtime: ${runtime} }\n` +
    `models:\n  custom:\n    ${name}:\n      files:\n        model: ${file}\n        tokens: ${file}\n`;
  const missing = await refusal(yaml("senseVoice", "yours"));
  assertStringIncludes(missing, "asr.sherpa.model");
  assertStringIncludes(missing, "yours");
  const parts = await refusal(yaml("zipformer", "mine"));
  assertStringIncludes(parts, "models.custom.mine.files");
  assertStringIncludes(parts, "encoder, decoder, joiner, tokens");
  assertStringIncludes(await refusal(yaml("senseVoice", "mine", "wasm")), "engine.runtime");
  assertStringIncludes(await refusal("asr:\n  sherpa: {}\n"), "asr.sherpa.model: missing");
  assertStringIncludes(
    await refusal(
      "models:\n  custom:\n    a:\n      files:\n        model: { url: https://h.example/a.tar.bz2 }\n",
    ),
    "unpack it by hand",
  );
});

test("a known model needs its name alone; one of the user's own with that name goes before it", async () => {
  const sherpa = (keys: string) => `asr:\n  sherpa: { ${keys} }\nagents: { default: { language: zh } }\n`;
  const capabilitiesIn = (yaml: string) => {
    const { sherpa } = configSchema.parse(parseYaml(yaml)).asr;
    if (sherpa === undefined) throw new Error("there is no sherpa");
    const { streaming, languages } = capabilitiesOf(sherpa);
    return { streaming, languages };
  };
  assertEquals(capabilitiesIn(sherpa("model: sense-voice")), {
    streaming: false,
    languages: ["zh", "yue", "en", "ja", "ko"],
  });
  assertEquals(capabilitiesIn(sherpa("model: paraformer-zh-en")).streaming, true);
  assertEquals(capabilitiesIn(sherpa("model: whisper-base, kind: whisper")).languages, "any");
  const wrong = await refusal(sherpa("model: whisper-base, kind: senseVoice"));
  assertStringIncludes(wrong, "whisper-base is whisper: leave kind out");
  assertStringIncludes(await refusal(sherpa("model: whisper-bas")), "Did you mean whisper-base?");
  assertStringIncludes(
    await refusal(sherpa("model: sensevoice, kind: senseVoice")),
    "did you mean sense-voice?",
  );
  const file = `{ path: /models/a.onnx, sha256: ${"a".repeat(64)} }`;
  const own = `models: { custom: { sense-voice: { files: { model: ${file}, tokens: ${file} } } } }\n`;
  capabilitiesIn(`${sherpa("model: sense-voice, kind: paraformer")}${own}`);
  assertStringIncludes(await refusal("models: { hosts: [hf-mirror.com] }\n"), "models.hosts");
  assertStringIncludes(await refusal("models: { hosts: ['https://h.example/{repo}'] }\n"), "{file}");
});

test("a secret that was written into the config is refused without being repeated", async () => {
  for (
    const yaml of ["auth:\n  adminToken: hunter2-canary\n", "auth:\n  keys:\n    value: hunter2-canary\n"]
  ) {
    const message = await refusal(yaml);
    assertStringIncludes(
      message,
      yaml.includes("adminToken") ? "{ file: PATH } or { env: NAME }" : "auth.keys",
    );
    assertEquals(message.includes("hunter2"), false, message);
  }
});
