import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, EXECUTABLE, objectsOf, runEarshot } from "../support/cli.ts";
import { doubao } from "../support/emulators/doubao.ts";
import { startChatCompletions } from "../support/emulators/chat_completions.ts";
import { type Dialect, Emulator } from "../support/emulators/emulator.ts";
import type { LlmRefusalKind } from "../support/emulators/llm_behavior.ts";
import { openai } from "../support/emulators/openai.ts";
import { openaiSpeech } from "../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { type Script, TWO_SENTENCES } from "../support/emulators/script.ts";
import {
  VOICEPRINT_KEY,
  type VoiceprintAct,
  VoiceprintEmulator,
  VOICES,
} from "../support/emulators/voiceprint.ts";
import { vosk } from "../support/emulators/vosk.ts";
import { weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

const CA = new URL("../support/pki/ca.pem", import.meta.url).pathname;
const DOUBAO = doubao({ gzip: true, lastSign: -1, list: false, cumulative: false, greeting: "ack" });

/** Recognizers alone are tried. */
const UNANSWERED = "\nagents: { default: { llm: none } }\n";

async function check(asr: string, env: Record<string, string> = {}): Promise<CliResult> {
  let result: CliResult | undefined;
  await withConfig(async (config) => {
    result = await runEarshot(["check", "--json", "--config", config], env);
  }, `asr:\n${asr}${UNANSWERED}`);
  assert(result !== undefined);
  return result;
}

function reportOf({ stdout }: CliResult): Record<string, unknown> {
  const [report = {}] = objectsOf(stdout);
  return report;
}

const doubaoConfig = (url: string, tls = `caFile: ${CA}`) =>
  `  doubao:\n    url: ${url}\n    apiKey: { env: DOUBAO_KEY }\n    encoding: opus\n    tls: { ${tls} }\n`;

async function checkDoubao(
  { script = { sentences: TWO_SENTENCES }, key = "doubao-key", tls }: {
    readonly script?: Script;
    readonly key?: string;
    readonly tls?: string;
  },
): Promise<CliResult> {
  await using emulator = await Emulator.start(DOUBAO, { tls: true, script });
  return await check(doubaoConfig(`${emulator.origin}/api/v3/sauc/bigmodel_async`, tls), { DOUBAO_KEY: key });
}

test("check: a service that works is reachable, authorized, and timed", async () => {
  const result = await checkDoubao({});
  assertEquals(result.code, EXIT.ok, result.stderr);
  const { service, ok, reachable, authorized, openMs, answerMs, fault } = reportOf(result);
  assertEquals([service, ok, reachable, authorized, fault], ["asr.doubao", true, "yes", "yes", undefined]);
  assert(typeof openMs === "number" && typeof answerMs === "number");
});

test("check: a key that is refused on TLS shows the service's own status and words, and never the key", async () => {
  const result = await checkDoubao({ key: "a-key-of-somebody-else-0123456789" });
  assertEquals(result.code, EXIT.failed);
  const report = reportOf(result);
  assertEquals([report.ok, report.reachable, report.authorized], [false, "yes", "no"]);
  assertMatch(JSON.stringify(report.fault), /asr\.auth.*401.*load grant.*Check the secrets/);
  assert(!`${result.stdout}${result.stderr}`.includes("somebody-else"));
});

test("check: a service that repeats a short key does not bring it into the report", async () => {
  const repeats: Dialect = {
    ...DOUBAO,
    accept: ({ headers }) => ({
      status: 401,
      body: JSON.stringify({ error: `no: ${headers["x-api-key"]}` }),
    }),
  };
  await using emulator = await Emulator.start(repeats);
  const url = `${emulator.origin}/api/v3/sauc/bigmodel_async`;
  const result = await check(doubaoConfig(url), { DOUBAO_KEY: "canary-7f1c" });
  assertMatch(JSON.stringify(reportOf(result).fault), /asr\.auth.*it answered 401/);
  assert(!`${result.stdout}${result.stderr}`.includes("canary"), result.stdout);
});

test("check: a key that cannot be one is the fault, by its place in the config, and not the network", async () => {
  for (const key of ["canary\u2013key", "canary\nkey"]) {
    const result = await check(doubaoConfig("wss://127.0.0.1:1"), { DOUBAO_KEY: key });
    assertMatch(JSON.stringify(reportOf(result).fault), /config\.secret.*asr\.doubao\.apiKey/);
    assert(!`${result.stdout}${result.stderr}`.includes("canary"), result.stdout);
  }
});

test("check: over HTTP a certificate is trusted as the config says, and one that is not is what is told", async () => {
  await using service = await Emulator.start(openai({ open: true }), {
    tls: true,
    script: { sentences: TWO_SENTENCES },
  });
  const checkOpenai = (tls: string) =>
    check(`  openai:\n    url: ${service.httpOrigin}/v1\n    tls: { ${tls} }\n`);
  for (const tls of [`caFile: ${CA}`, "verify: false"]) {
    const result = await checkOpenai(tls);
    assertEquals(
      [result.code, reportOf(result).ok],
      [EXIT.ok, true],
      `${tls}: ${result.stdout}${result.stderr}`,
    );
  }
  const result = await checkOpenai("verify: true");
  assertEquals([result.code, reportOf(result).reachable], [EXIT.failed, "no"]);
  assertMatch(JSON.stringify(reportOf(result).fault), /asr\.unreachable.*UnknownIssuer/);
});

test("check: each other fault names what to fix", async () => {
  await using plain = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response());
  const cases: readonly [Promise<CliResult>, reachable: string, authorized: string, fault: RegExp][] = [
    [
      check("  vosk:\n    url: ws://127.0.0.1:1\n"),
      "no",
      "unknown",
      /asr\.unreachable.*127\.0\.0\.1:1/,
    ],
    [
      checkDoubao({ tls: "verify: true" }),
      "no",
      "unknown",
      /asr\.unreachable.*tls\.caFile/,
    ],
    [
      checkDoubao({ script: { fault: { at: "connect", what: "refuse", status: 403, body: "not granted" } } }),
      "yes",
      "no",
      /asr\.quota.*403 not granted/,
    ],
    [
      checkDoubao({ script: { fault: { at: "start", what: "error", kind: "bad_audio" } } }),
      "yes",
      "yes",
      /asr\.bad_input/,
    ],
    [check(doubaoConfig("wss://127.0.0.1:1")), "unknown", "unknown", /config\.secret.*DOUBAO_KEY/],
    [
      check(`  vosk:\n    url: wss://127.0.0.1:${plain.addr.port}\n`),
      "no",
      "unknown",
      /asr\.unreachable.*plain HTTP there, and not with TLS; write ws:.*Write the scheme that the message names/,
    ],
  ];
  for (const [running, reachable, authorized, fault] of cases) {
    const result = await running;
    assertEquals(result.code, EXIT.failed);
    const report = reportOf(result);
    assertMatch(JSON.stringify(report.fault), fault);
    assert(!JSON.stringify(report.fault).includes("earshot check"), result.stdout);
    assertEquals([report.ok, report.reachable, report.authorized], [false, reachable, authorized]);
  }
});

test("check: a service that takes the connection and says nothing is a time-out after its openTimeoutMs", async () => {
  await using emulator = await Emulator.start(DOUBAO, { script: { fault: { at: "start", what: "hang" } } });
  const result = await check(
    `${doubaoConfig(`${emulator.origin}/api/v3/sauc/bigmodel_async`)}    openTimeoutMs: 300\n`,
    {
      DOUBAO_KEY: "doubao-key",
    },
  );
  assertMatch(JSON.stringify(reportOf(result).fault), /asr\.timeout.*300 ms/);
});

test("check: who speaks is asked as well, and each fault of that service has its fix", async () => {
  await using ear = await Emulator.start(vosk, { script: { sentences: TWO_SENTENCES } });
  await using voices = VoiceprintEmulator.start();
  const cases: readonly [
    act: VoiceprintAct,
    key: string,
    reachable: string,
    authorized: string,
    fault: RegExp,
  ][] = [
    [{ type: "say", speakerId: null, score: 0 }, VOICEPRINT_KEY, "yes", "yes", /^undefined$/],
    [
      { type: "say", speakerId: null, score: 0 },
      "a-key-of-somebody-else-0123",
      "yes",
      "no",
      /voiceprint\.auth/,
    ],
    [{ type: "hang" }, VOICEPRINT_KEY, "unknown", "unknown", /voiceprint\.timeout.*voiceprint\.timeoutMs/],
    [{ type: "body", body: "<html>" }, VOICEPRINT_KEY, "yes", "unknown", /voiceprint\.protocol/],
  ];
  for (const [act, key, reachable, authorized, fault] of cases) {
    voices.act = act;
    const result = await check(
      `  vosk:\n    url: ${ear.origin}\nvoiceprint:\n  url: ${voices.origin}\n` +
        `  apiKey: { env: VOICE_KEY }\n  timeoutMs: 700\n  speakers:\n    - { id: ${
          VOICES[0]
        }, name: Alice }\n`,
      { VOICE_KEY: key },
    );
    const [asr, report = {}] = objectsOf(result.stdout);
    assertEquals([asr?.ok, report.service], [true, "voiceprint"]);
    assertMatch(String(JSON.stringify(report.fault)), fault);
    assertEquals([report.reachable, report.authorized], [reachable, authorized]);
    assertEquals(result.code, report.ok === true ? EXIT.ok : EXIT.failed);
    assert(!result.stdout.includes("somebody-else"));
  }
});

test("check: for people it says the same in lines", async () => {
  await using emulator = await Emulator.start(vosk, { script: { sentences: TWO_SENTENCES } });
  await withConfig(async (config) => {
    const { stdout, code } = await runEarshot(["check", "--config", config]);
    assertEquals(code, EXIT.ok);
    assertMatch(
      stdout,
      /^ok {4}asr\.vosk\n {6}reachable {3}yes\n {6}authorized {2}yes\n {6}ready {7}in \d+ ms\n/,
    );
  }, `asr:\n  vosk:\n    url: ${emulator.origin}\n${UNANSWERED}`);
});

/** What is said of one service, and where data goes. */
async function checkAnswering(
  config: string,
  env: Record<string, string> = {},
): Promise<
  CliResult & { readonly reports: Record<string, Record<string, unknown>>; readonly data: unknown }
> {
  await using ear = await Emulator.start(vosk, { script: { sentences: TWO_SENTENCES } });
  return await withConfig(async (path) => {
    const result = await runEarshot(["check", "--json", "--config", path], env);
    const objects = objectsOf(result.stdout);
    const services = objects.filter(({ type }) => type === "service");
    return {
      ...result,
      reports: Object.fromEntries(services.map((report) => [String(report["service"]), report])),
      data: objects.find(({ type }) => type === "data"),
    };
  }, `asr: { vosk: { url: "${ear.origin}" } }\n${config}`);
}

test("check: a language model and a voice are timed to their first word and sound, which is all they are asked for", async () => {
  await using llm = await startChatCompletions("llamacpp", {
    behavior: { answer: "word ".repeat(500), tokenMs: 20 },
  });
  await using voice = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
  const { code, reports, data, stderr } = await checkAnswering(
    `llm: { here: { type: openai, url: "${llm.url}", model: m } }\n` +
      `tts: { kokoro: { type: openai, url: "${voice.origin}/v1", model: kokoro, voice: af_heart } }\n`,
  );
  assertEquals(code, EXIT.ok, stderr);
  const { ok, firstTokenMs } = reports["llm.here"] ?? {};
  assertEquals([ok, typeof firstTokenMs], [true, "number"]);
  const { ok: spoke, firstSoundMs } = reports["tts.kokoro"] ?? {};
  assertEquals([spoke, typeof firstSoundMs], [true, "number"]);
  assert((llm.questions[0]?.tokens ?? 0) < 100, `${llm.questions[0]?.tokens} tokens were paid for`);
  assertEquals(data, {
    type: "data",
    agent: "default",
    sound: [],
    words: [],
    answers: [],
    kept: true,
  });
});

test("check: each fault of a language model and of a voice says what is reachable, authorized, and what to do", async () => {
  const cases:
    readonly (readonly [kind: LlmRefusalKind, reachable: string, authorized: string, fault: RegExp])[] = [
      ["auth", "yes", "no", /llm\.auth.*Check the secrets/],
      ["quota", "yes", "no", /llm\.quota.*balance/],
      ["model", "yes", "unknown", /llm\.config.*Correct its block/],
      ["content", "yes", "yes", /llm\.content/],
    ];
  await using llm = await startChatCompletions("openai");
  await using voice = await SpeechEmulator.start(openaiSpeech({ server: "openai" }), {
    fault: { what: "empty" },
  });
  const config = `llm: { cloud: { type: openai, url: "${llm.url}", model: m, apiKey: { env: KEY } } }\n` +
    `tts: { voice: { type: openai, url: "${voice.origin}/v1", apiKey: { env: VOICE_KEY } } }\n`;
  const env = { KEY: "canary-llm-key-0123", VOICE_KEY: "openai-key" };
  for (const [kind, reachable, authorized, fault] of cases) {
    llm.behavior = { fault: { what: "refuse", kind } };
    const { code, stdout, stderr, reports } = await checkAnswering(config, env);
    assertEquals(code, EXIT.failed);
    const report = reports["llm.cloud"] ?? {};
    assertEquals(
      [report["ok"], report["reachable"], report["authorized"]],
      [false, reachable, authorized],
      kind,
    );
    assertMatch(JSON.stringify(report["fault"]), fault);
    assert(!`${stdout}${stderr}`.includes("canary"), stdout);
    // A voice that says nothing at all is none, though no error comes of it.
    assertMatch(JSON.stringify(reports["tts.voice"]?.["fault"]), /tts\.failed.*made no sound/);
  }
  const dead = await checkAnswering(
    'llm: { here: { type: ollama, url: "http://127.0.0.1:1", model: m } }\n' +
      'tts: { gone: { type: openai, url: "http://127.0.0.1:1/v1" } }\n',
  );
  for (const service of ["llm.here", "tts.gone"]) {
    const { ok, reachable, authorized, fault } = dead.reports[service] ?? {};
    assertEquals([ok, reachable, authorized], [false, "no", "unknown"], service);
    assertMatch(JSON.stringify(fault), /\.unreachable.*127\.0\.0\.1:1.*Check its url/);
  }
});

test("check: a service that no agent uses is tried as well, and a language that nobody speaks is told", async () => {
  const { code, reports, stderr } = await checkAnswering(
    'llm: { here: { type: ollama, url: "http://127.0.0.1:1", model: m } }\n' +
      "agents: { default: { llm: builtin, language: [en, zh-CN] } }\n",
  );
  assertEquals([code, reports["llm.builtin"]?.["ok"], reports["llm.here"]?.["ok"]], [
    EXIT.failed,
    true,
    false,
  ]);
  assertMatch(stderr, /agent default: hibari does not speak zh-CN.*configure a voice/);
});

test("check: what is built in is tried as well, and weights that are missing are named", async () => {
  await withConfig(async (config) => {
    const { code, stdout } = await runEarshot(["check", "--json", "--config", config]);
    assertEquals(code, EXIT.ok, stdout);
    assertEquals(objectsOf(stdout).map(({ service, ok }) => [service, ok]), [
      ["asr.moonshine", true],
      ["llm.builtin", true],
      ["tts.hibari", true],
      [undefined, undefined],
    ]);
  });
  if (EXECUTABLE !== undefined) return; // which carries the weights
  const dir = await Deno.makeTempDir();
  try {
    const { stdout, code } = await runEarshot(["check", "--json", "--data", dir], { EARSHOT_DATA: dir });
    assertEquals(code, EXIT.failed);
    const faults = objectsOf(stdout).filter(({ ok }) => ok === false);
    assertEquals(faults.map(({ service }) => service), ["asr.moonshine"]);
    for (const { fault } of faults) assertStringIncludes(JSON.stringify(fault), "earshot models pull");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}, { ignore: weightsMissing });
