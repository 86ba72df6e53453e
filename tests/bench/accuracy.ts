/**
 * Wrong words on the shared speech, by the one tool that counts them: through `transcribe`, and through
 * `device` (Opus, over the socket, at a real pace) in auto and manual mode; and how long after the end of
 * speech the text leaves. One JSON line a number, exit code 1 when a limit is missed.
 *
 * `deno run -A tests/bench/accuracy.ts`
 */
import { MODELS_DIR } from "../support/models.ts";
import { runEarshot } from "../support/cli.ts";
import { SHARED_DIR, speechClips, speechPath } from "../support/speech.ts";
import { GatewayProcess } from "./support/gateway_process.ts";
import { percentile, report } from "./support/report.ts";

const FILES = speechClips().map(({ file }) => speechPath(file));
/** What the text may take beyond the twentieth of the utterance's length, in ms. */
const ALLOWANCE_MS = 80;

async function wrongWords(jsonl: string): Promise<number> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, jsonl);
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: [`${SHARED_DIR}/tools/wer.py`, `${SHARED_DIR}/speech/manifest.json`, path],
    }).output();
    await Deno.stderr.write(stderr);
    const [, wrong = "NaN"] = /\((\d+)\/\d+\)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return Number(wrong);
  } finally {
    await Deno.remove(path);
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runEarshot(args);
  if (code !== 0) throw new Error(`earshot ${args[0]} ended with ${code}: ${stderr}`);
  return stdout;
}

const config = await Deno.makeTempFile({ suffix: ".yaml" });
await Deno.writeTextFile(config, `models:\n  dir: ${await Deno.realPath(MODELS_DIR)}\n`);
const transcribed = await run(["transcribe", "--json", "--config", config, ...FILES]);
await Deno.remove(config);
report({
  name: "wrong words of 186, transcribe",
  measured: await wrongWords(transcribed),
  unit: "words",
  limit: 4,
});

await using gateway = await GatewayProcess.start();
const say = (mode: string) => run(["device", "--json", "--mode", mode, "--url", gateway.url, ...FILES]);
for (const mode of ["auto", "manual"]) {
  const wrong = await wrongWords(await say(mode));
  report({ name: `wrong words of 186, device, ${mode}`, measured: wrong, unit: "words", limit: 7 });
}
const turns = (await gateway.end()).filter(({ outcome }) => outcome === "text");
const waits = turns.map(({ endOfSpeechToTextMs }) => endOfSpeechToTextMs);
const shares = turns.map(({ audioMs, endOfSpeechToTextMs }) =>
  endOfSpeechToTextMs / (audioMs / 20 + ALLOWANCE_MS)
);
report({ name: "end of speech to text, median", measured: percentile(waits, 0.5), unit: "ms" });
report({
  name: `end of speech to text, the worst of ${turns.length} turns as a share of 5 % + 80 ms`,
  measured: Math.max(...shares),
  unit: "ratio",
  limit: 1,
});
