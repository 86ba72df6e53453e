import { assertEquals } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { LLM_PROVIDERS } from "../../lib/llm/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { TTS_PROVIDERS } from "../../lib/tts/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { LlmEmulator } from "../support/emulators/llm_emulator.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { SpeechSocketEmulator } from "../support/emulators/speech_socket_emulator.ts";
import { SpeechTcpEmulator } from "../support/emulators/speech_tcp_emulator.ts";
import { vosk } from "../support/emulators/vosk.ts";
import { weightsMissing } from "../support/models.ts";
import { withSecrets } from "../support/open_recognizer.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";
import { LLM_SUBJECTS } from "./llm_subjects.ts";
import { TTS_SUBJECTS, type TtsSubject } from "./tts_subjects.ts";

/** What an emulated language model answers. */
const ANSWER = "Every lantern on the pier is lit.";

/** An emulator of a voice, and its block. */
async function startVoice(
  { http, socket, tcp }: TtsSubject,
): Promise<{ readonly emulator: AsyncDisposable; readonly block: ServiceBlock } | undefined> {
  // What a test opens in its own way is no block of a config.
  if ((http ?? socket ?? tcp)?.open !== undefined) return undefined;
  if (http !== undefined) {
    const emulator = await SpeechEmulator.start(http.dialect());
    return { emulator, block: withSecrets(http.block(emulator.origin), http.secrets) };
  }
  if (socket !== undefined) {
    const emulator = await SpeechSocketEmulator.start(socket.dialect());
    return { emulator, block: withSecrets(socket.block(emulator.origin), socket.secrets) };
  }
  if (tcp === undefined) return undefined;
  const emulator = await SpeechTcpEmulator.start(tcp.dialect());
  return { emulator, block: withSecrets(tcp.block(emulator.origin), tcp.secrets) };
}

/** The secrets that blocks name, which are set in the environment. */
function secretsOf(blocks: readonly ServiceBlock[]): readonly string[] {
  const names = [...JSON.stringify(blocks).matchAll(/\{"env":"(\w+)"\}/g)].map(([, name = ""]) => name);
  // One that is a word, such as `token`, is told in other words too.
  return [...new Set(names)].map((name) => Deno.env.get(name) ?? "").filter((secret) => /\W|\d/.test(secret));
}

/** Types that speak to a service. */
function remoteTypes(): readonly string[] {
  const voices = TTS_PROVIDERS.filter(({ models }) => models === undefined);
  const models = LLM_PROVIDERS.filter(({ type }) => type !== "builtin");
  return [...voices, ...models].map(({ type }) => type);
}

test(
  "one config block away: every language model and every voice passes `earshot check`, and no secret is told",
  async () => {
    await using emulators = new AsyncDisposableStack();
    const ear = emulators.use(await Emulator.start(vosk, { script: { sentences: TWO_SENTENCES } }));
    const llm: Record<string, ServiceBlock> = {};
    for (const [index, { dialect, block, open }] of LLM_SUBJECTS.entries()) {
      if (dialect === undefined || open !== undefined) continue;
      const emulator = emulators.use(await LlmEmulator.start(dialect, { behavior: { answer: ANSWER } }));
      const given = block(emulator.url);
      llm[`${given.type}${index}`] = given;
    }
    const tts: Record<string, ServiceBlock> = {};
    for (const [index, subject] of TTS_SUBJECTS.entries()) {
      const voice = await startVoice(subject);
      if (voice === undefined) continue;
      emulators.use(voice.emulator);
      tts[`${voice.block.type}${index}`] = voice.block;
    }
    // YAML takes JSON.
    const agents = { default: { asr: "vosk", llm: "builtin", tts: "flite" } };
    const sections = { asr: { vosk: { url: ear.origin } }, llm, tts, agents };
    const { code, stdout, stderr } = await withConfig(
      (path) => runEarshot(["check", "--json", "--config", path]),
      Object.entries(sections).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(""),
    );
    const failed = objectsOf(stdout).filter(({ type, ok }) => type === "service" && ok !== true);
    assertEquals(failed, []);
    assertEquals(code, EXIT.ok, stderr);
    const checked = objectsOf(stdout).flatMap(({ type, service }) => type === "service" ? [service] : []);
    const types = new Set([...Object.values(llm), ...Object.values(tts)].map(({ type }) => type));
    assertEquals(remoteTypes().filter((type) => !types.has(type)), []);
    const wanted = [
      ...Object.keys(llm).map((name) => `llm.${name}`),
      ...Object.keys(tts).map((name) => `tts.${name}`),
    ];
    assertEquals(wanted.filter((name) => !checked.includes(name)), []);
    await emulators.disposeAsync();
    const secrets = secretsOf([...Object.values(llm), ...Object.values(tts)]);
    assertEquals(secrets.filter((secret) => `${stdout}${stderr}`.includes(secret)), []);
  },
  { ignore: weightsMissing },
);
