import { assertEquals } from "@std/assert";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { HandDevice } from "../support/hand_device.ts";
import { anyMissing, weightsMissing } from "../support/models.ts";
import { noise } from "../support/noise.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { ASK, COUNTRY, SHARED_DIR, speechClip, speechMissing } from "../support/speech.ts";
import { openGateway, type TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";
import { readWav } from "../support/trials.ts";

const HZ = 16_000;
const FRAME_MS = 60;
const options = { ignore: weightsMissing || speechMissing() };

/** So much speech, with silence of so many ms around it. */
function sound(...parts: readonly (Int16Array | number)[]): Int16Array {
  return Int16Array.from(
    parts.flatMap((part) => typeof part === "number" ? Array<number>(part * HZ / 1_000).fill(0) : [...part]),
  );
}

const clip = (file: string) => speechClip(file).pcm;
const quieter = (pcm: Int16Array, gain: number) => pcm.map((sample) => Math.round(sample * gain));
const words = (text: unknown) => String(text).toLowerCase().replaceAll("10", "ten").match(/[a-z']+/g) ?? [];

/** What a device hears back that sends sound at the pace of speech, but for times at which the network holds it back. */
async function say(
  gateway: TestGateway,
  mode: "auto" | "realtime" | "manual",
  pcm: Int16Array,
  stalls: readonly (readonly [fromS: number, toS: number])[] | "at once" = "at once",
): Promise<readonly string[]> {
  await using device = await HandDevice.listen(gateway, mode);
  const beganMs = performance.now();
  for (const [index, frame] of device.encodeSound(pcm).entries()) {
    let dueS = (index + 1) * FRAME_MS / 1_000;
    if (stalls === "at once") dueS = 0;
    else for (const [fromS, toS] of stalls) if (fromS <= dueS && dueS < toS) dueS = toS;
    const waitMs = beganMs + dueS * 1_000 - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    device.send(frame);
  }
  if (mode === "manual") device.stop();
  await gateway.until(() => device.said.includes("tts stop"), "an answer");
  await device.settled();
  return device.heard.flatMap(({ type, text }) => type === "stt" ? [words(text).join(" ")] : []);
}

async function withGateway(use: (gateway: TestGateway) => Promise<void>): Promise<void> {
  await using scope = new Scope("hard speech");
  const engine = await openWarmEngine(scope);
  await using gateway = await openGateway("deno", {}, engine);
  await use(gateway);
}

test("Wi-Fi that stalls, at the beginning, within and before the end, changes no word", async () => {
  await withGateway(async (gateway) => {
    const country = sound(clip(COUNTRY), 1_500);
    const stalls = [
      [[1, 1.8]],
      [[0, 2.4]],
      [[1, 3.5]],
      [[0.6, 0.9], [1.2, 2], [2.5, 3.5]],
      [[0, 4]],
      [[2, 3.9]],
    ] as const;
    await Promise.all(
      stalls.flatMap((stalls) =>
        (["auto", "realtime"] as const).map(async (mode) => {
          const heard = await say(gateway, mode, country, stalls);
          assertEquals(heard, ["what your country can do for you"], `${mode} ${JSON.stringify(stalls)}`);
        })
      ),
    );
  });
}, options);

test("a whisper and loud speech in one press are both heard, in either order", async () => {
  await withGateway(async (gateway) => {
    const whisper = quieter(clip(COUNTRY), 0.015);
    const loud = clip(ASK);
    const both = ["your country can do for you", "you can do for your country"];
    for (const pcm of [sound(whisper, 1_000, loud, 200), sound(loud, 1_000, whisper, 200)]) {
      const [text = ""] = await say(gateway, "manual", pcm);
      assertEquals(both.filter((part) => !text.includes(part)), [], text);
    }
    assertEquals((await say(gateway, "manual", sound(whisper, 300))).length, 1);
  });
}, options);

test("one clear word is heard, whatever the silence around it", async () => {
  await withGateway(async (gateway) => {
    const word = await readWav("word_eighteen.wav");
    for (const [before, after] of [[0, 0], [100, 200], [250, 0], [370, 410]] as const) {
      for (const mode of ["auto", "manual"] as const) {
        const pcm = sound(before, word, mode === "auto" ? after + 900 : after);
        const [text = ""] = await say(gateway, mode, pcm);
        assertEquals(["eighteen", ""].includes(text.replace(/^1?8?$/, "eighteen")), true, text);
        assertEquals(text === "", false, `${mode}, ${before} ms before, ${after} ms after`);
      }
    }
  });
}, { ignore: options.ignore || anyMissing(`${SHARED_DIR}/trials/wav/word_eighteen.wav`) });

test("key tones and noise give no words, with a button either", async () => {
  await withGateway(async (gateway) => {
    for (const pcm of [await readWav("touch_tones_2s.wav"), noise(3 * HZ, 3_000)]) {
      assertEquals(await say(gateway, "manual", sound(300, pcm, 300)), []);
    }
  });
}, { ignore: options.ignore || anyMissing(`${SHARED_DIR}/trials/wav/touch_tones_2s.wav`) });
