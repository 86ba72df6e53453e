import { delay } from "@std/async";
import { AnswerDevice } from "./answer_device.ts";

/** One interruption of an answer. */
export interface BargeIn {
  /** The number of the question whose answer was interrupted. */
  readonly key: string;
  /** When the device said so; for speech, when the answer was silenced. */
  readonly atMs: number;
  /** How late the last frame of the old answer came, in ms; negative when none came after it. */
  readonly lastFrameMs: number;
}

let seed = 5;
/** A number between 0 and 1, the same ones in each run. */
export function random(): number {
  return (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;
}

/** Questions by text are numbered from here on, the recognizer's from 1. */
let asked = 1_000_000;

/** A question that is typed, and its number. */
export function typedQuestion(): { readonly key: string; readonly text: string } {
  const key = `k${++asked}`;
  return { key, text: `Tell me of ${key}` };
}

/** How long old frames and open requests are watched for after an abort, in ms. */
const WATCH_MS = 400;

/** Asks and aborts `rounds` times, each at a random instant within `withinMs`. */
export async function abortAgainAndAgain(
  url: URL,
  index: number,
  { rounds, withinMs }: { readonly rounds: number; readonly withinMs: number },
): Promise<readonly BargeIn[]> {
  await using device = await AnswerDevice.open({ url, index });
  await delay(random() * 1_000);
  const found: BargeIn[] = [];
  for (let round = 0; round < rounds; round++) {
    const { key, text } = typedQuestion();
    const [answers, strays] = [device.answers.length, device.strayMs.length];
    device.ask(text);
    await delay(random() * withinMs);
    const atMs = device.abort();
    await delay(WATCH_MS);
    const frames = [
      ...device.answers.slice(answers).flatMap(({ framesMs }) => framesMs),
      ...device.strayMs.slice(strays),
    ];
    found.push({ key, atMs, lastFrameMs: Math.max(-Infinity, ...frames) - atMs });
  }
  return found;
}

/** Asks and speaks over the answer `rounds` times, at a random instant of it, on a device that cancels its echo. */
export async function speakOverAgainAndAgain(
  url: URL,
  index: number,
  { rounds, said }: { readonly rounds: number; readonly said: readonly Int16Array[] },
): Promise<readonly (BargeIn | undefined)[]> {
  await using device = await AnswerDevice.open({ url, index, mode: "realtime", aec: true });
  device.listen();
  const found: (BargeIn | undefined)[] = [];
  for (let round = 0; round < rounds; round++) {
    const pcm = said[(index + round) % said.length];
    if (pcm === undefined) continue;
    const { key, text } = typedQuestion();
    const answers = device.answers.length;
    device.ask(text);
    await device.firstFrameOf(answers);
    await delay(random() * 2_000);
    const words = device.heard.length;
    await device.speak(pcm);
    await delay(4_000);
    const interrupted = device.heard.slice(words).find(({ type }) => type === "stt");
    const answer = device.answers[answers];
    found.push(
      interrupted === undefined || answer?.stoppedMs === undefined ? undefined : {
        key,
        atMs: interrupted.atMs,
        lastFrameMs: Math.max(-Infinity, ...answer.framesMs) - answer.stoppedMs,
      },
    );
    device.abort();
    await delay(WATCH_MS);
  }
  return found;
}
