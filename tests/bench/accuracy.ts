/**
 * Wrong words on the shared speech, by the one tool that counts them: through `transcribe`, and through
 * `device` (Opus, over the socket, at a real pace) in auto and manual mode. The same runs tell how soon the
 * text leaves once the end of speech is known: by the gateway's log, and with a button by the device as well.
 *
 * `deno run -A tests/bench/accuracy.ts`, about 4 minutes
 */
import { objectsOf, runEarshot } from "../support/cli.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { speechClips, speechPath } from "../support/speech.ts";
import { countWordErrors } from "../support/word_errors.ts";
import { percentile, report } from "./support/report.ts";
import { turnsWithText } from "./support/turn_log.ts";

const CLIPS = speechClips();
const FILES = CLIPS.map(({ file }) => speechPath(file));
const SAMPLES_PER_MS = 16;
/** How long the text may take: this share of the utterance, and so many ms. */
const ALLOWED_SHARE = 0.05;
const ALLOWED_MS = 80;

/** How soon the text of an utterance came. */
interface Delay {
  readonly audioMs: number;
  readonly delayMs: number;
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runEarshot(args);
  if (code !== 0) throw new Error(`Cannot go on: earshot ${args[0]} ended with ${code}: ${stderr}`);
  return stdout;
}

async function reportWords(way: string, heard: string, limit: number): Promise<void> {
  const { wrong, words, answered } = await countWordErrors(speechPath("manifest.json"), heard);
  if (answered !== CLIPS.length) throw new Error(`Cannot count: ${answered} of ${CLIPS.length} clips came`);
  report({ name: `wrong words of ${words}, ${way}`, measured: wrong, unit: "words", limit });
}

/** Reports the delay that comes nearest to its limit, or passes it by most. */
function reportDelays(way: string, delays: readonly Delay[]): void {
  const limitMs = ({ audioMs }: Delay) => audioMs * ALLOWED_SHARE + ALLOWED_MS;
  const marginMs = (delay: Delay) => limitMs(delay) - delay.delayMs;
  const [worst] = [...delays].sort((a, b) => marginMs(a) - marginMs(b));
  if (worst === undefined || delays.length < CLIPS.length) {
    throw new Error(`Cannot report ${way}: ${delays.length} delays for ${CLIPS.length} clips`);
  }
  report({
    name: `end of speech to text, ${way}: worst utterance`,
    measured: worst.delayMs,
    unit: "ms",
    limit: limitMs(worst),
    detail: {
      audioMs: Math.round(worst.audioMs),
      medianMs: percentile(delays.map(({ delayMs }) => delayMs), 0.5),
      worstMarginMs: Math.round(marginMs(worst)),
      utterances: delays.length,
      late: delays.filter((delay) => marginMs(delay) < 0).length,
      // Others on the machine make a text late too: two cores are busy at 2.
      loadAverage: Deno.loadavg()[0],
    },
  });
}

/** What the device itself saw, against the length of what it said. */
function delaysOfDevice(stdout: string): Delay[] {
  const said = objectsOf(stdout).filter(({ type }) => type === "said");
  return said.flatMap(({ endOfSpeechToTextMs }, index) => {
    const clip = CLIPS[index];
    if (clip === undefined || typeof endOfSpeechToTextMs !== "number") return [];
    return [{ audioMs: clip.pcm.length / SAMPLES_PER_MS, delayMs: endOfSpeechToTextMs }];
  });
}

await withConfig(async (config) => {
  await reportWords("files", await run(["transcribe", "--json", "--config", config, ...FILES]), 4);
  await using gateway = new ServedGateway(config);
  const url = await gateway.warm();
  const speak = (mode: string) => run(["device", "--json", "--mode", mode, "--url", url, ...FILES]);
  await reportWords("device in auto mode", await speak("auto"), 7);
  const manual = await speak("manual");
  await reportWords("device in manual mode", manual, 7);
  const turns = turnsWithText((await gateway.end("SIGTERM")).stderr);
  for (const mode of ["auto", "manual"]) {
    const delays = turns.filter((turn) => turn.mode === mode)
      .map(({ audioMs, endOfSpeechToTextMs }) => ({ audioMs, delayMs: endOfSpeechToTextMs }));
    reportDelays(`gateway in ${mode} mode`, delays);
  }
  reportDelays("device in manual mode", delaysOfDevice(manual));
});
