import { levenshteinDistance } from "@std/text";
import { removeDir } from "../cache.ts";
import { chineseSpeech, englishSpeech, type Heard, pathsOf } from "../clips.ts";
import { withGateway } from "../hear.ts";
import { Peer } from "../peer.ts";
import { pythonFile, pythonWith } from "../python.ts";
import { readHeard, run } from "../run.ts";
import { type Row, say } from "../table.ts";
import { medianDelayMs, type Trial, type TrialContext } from "../trial.ts";
import { voskKorean } from "../weights.ts";

const BARE_MS = 600_000;

/**
 * `asr.vosk` against a Vosk server with the Korean model. No package has Korean speech, so what Koreans would write
 * down of Chinese and English is compared: a device has to get exactly what the model makes of the sound that came.
 */
export const voskTrial: Trial = { name: "vosk", run: runTrial };

async function runTrial({ signal, all, dir }: TrialContext): Promise<Row[]> {
  const python = await pythonWith("vosk.txt", signal);
  const model = await voskKorean(signal);
  const foreign = Deno.env.get("EARSHOT_VOSK_SERVER");
  const keep = `${dir}/vosk-sound`;
  await removeDir(keep);
  await Deno.mkdir(keep);
  await using peer = await Peer.start({
    name: "vosk-server",
    dir,
    signal,
    command: () => [python, foreign ?? pythonFile("vosk_server.py")],
    env: (port) => ({
      VOSK_SERVER_INTERFACE: "127.0.0.1",
      VOSK_SERVER_PORT: String(port),
      VOSK_MODEL_PATH: model,
      EARSHOT_KEEP: keep,
    }),
  });
  const chinese = chineseSpeech();
  const english = englishSpeech(all);
  const asr = `type: vosk, url: "ws://127.0.0.1:${peer.port}"`;
  const heard = await withGateway({ asr, language: "ko" }, signal, async (hear) => [
    ...await hear(chinese, "auto"),
    ...await hear(english, "auto"),
  ]);
  say("  the bare model hears the same");
  const bareOf = async (paths: readonly string[]) =>
    readHeard(
      await run([python, pythonFile("bare_vosk.py"), model, ...paths], { signal, deadlineMs: BARE_MS }),
      paths.length,
    );
  const delayMs = medianDelayMs(heard);
  const row = (what: string, bare: readonly Heard[]): Row => ({
    type: "heard",
    what: `Vosk, Korean, auto, against ${what}`,
    wrong: levenshteinDistance(syllables(heard), syllables(bare)),
    bare: 0,
    of: syllables(bare).length,
    unit: "syllables",
    ...(delayMs !== undefined && { delayMs }),
  });
  // Another server keeps no sound, and of a language that it does not know the model hears this and that.
  return foreign === undefined
    ? [{ ...row("the sound that came", await bareOf(await soundsOf(keep))), allowed: 0 }]
    : [row("the recordings", await bareOf([...pathsOf(chinese), ...pathsOf(english)]))];
}

function syllables(heard: readonly Heard[]): string {
  return heard.map(({ text }) => text).join("").replaceAll(/\s/g, "");
}

/** The server numbers what it kept. */
async function soundsOf(dir: string): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  if (files.length === 0) throw new Error("Cannot compare: no sound reached the server");
  files.sort((a, b) => parseInt(a) - parseInt(b));
  return files.map((file) => `${dir}/${file}`);
}
