import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, EXECUTABLE, objectsOf, runEarshot } from "../support/cli.ts";
import { doubao } from "../support/emulators/doubao.ts";
import { type Dialect, Emulator } from "../support/emulators/emulator.ts";
import { openai } from "../support/emulators/openai.ts";
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

async function check(asr: string, env: Record<string, string> = {}): Promise<CliResult> {
  let result: CliResult | undefined;
  await withConfig(async (config) => {
    result = await runEarshot(["check", "--json", "--config", config], env);
  }, `asr:\n${asr}`);
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
  }, `asr:\n  vosk:\n    url: ${emulator.origin}\n`);
});

test("check: the built-in recognizer is tried as well, and weights that are missing are named", async () => {
  const result = await check("");
  assertEquals(result.code, EXIT.ok, result.stdout);
  assertEquals(reportOf(result).service, "asr.moonshine");
  if (EXECUTABLE !== undefined) return; // which carries the weights
  const dir = await Deno.makeTempDir();
  try {
    const { stdout, code } = await runEarshot(["check", "--json", "--data", dir], { EARSHOT_DATA: dir });
    assertEquals(code, EXIT.failed);
    assertStringIncludes(stdout, "earshot models pull");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}, { ignore: weightsMissing });
