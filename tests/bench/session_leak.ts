/**
 * 200 devices connect, speak and go, three in five before their words came: what the gateway still holds by its own
 * count, and its live heap after a collection against that after the first 20.
 *
 * `deno run -A tests/bench/session_leak.ts`
 */
import { delay } from "@std/async";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { speechClip } from "../support/speech.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import type { LeakGatewayHeld } from "./support/leak_gateway.ts";
import { report } from "./support/report.ts";

const SESSIONS = 200;
const FIRST = 20;
const AT_ONCE = 8;
const PACE_FACTOR = 4;
/**
 * Deno pins some 4.5 KB of a closed socket until its idle timer fires, after 30 s by default: 0.8 MB for these
 * devices, which is no leak and is waited out. At 5 s that takes less long, and no device misses a ping.
 */
const PING_TIMEOUT_SECONDS = 5;
const MB = 1e6;
const NEVER = new AbortController().signal;
/** 1.1 s. */
const { pcm: SPEECH } = speechClip("ps_cards_001.wav");
const SPEAKING_MS = SPEECH.length / 16 / PACE_FACTOR;

/** How a session ends; `true` from those that got their words before. */
const ENDINGS: readonly ((device: SimulatedDevice) => Promise<boolean>)[] = [
  async function hangsUp(device) {
    return (await device.say(SPEECH)).text !== "";
  },
  async function saysGoodbye(device) {
    const { text } = await device.say(SPEECH);
    device.send({ type: "goodbye" });
    await device.closed;
    return text !== "";
  },
  (device) => vanishes(device, SPEAKING_MS / 2),
  (device) => vanishes(device, SPEAKING_MS + 20),
  async function aborts(device) {
    const saying = device.say(SPEECH).catch(() => {});
    await delay(SPEAKING_MS / 2);
    device.send({ type: "abort" });
    await delay(SPEAKING_MS / 4);
    device.drop();
    await saying;
    return false;
  },
];
const ENDINGS_WITH_WORDS = 2;

/** Cuts TCP: in the middle of the speech, or right after it while its words are being found. */
async function vanishes(device: SimulatedDevice, afterMs: number): Promise<boolean> {
  const saying = device.say(SPEECH).catch(() => {});
  await delay(afterMs);
  device.drop();
  await saying;
  return false;
}

/** Sessions `from` to `to`, several at once; gives how many of them got their words. */
async function useSessions(url: URL, { from, to }: { from: number; to: number }): Promise<number> {
  let next = from;
  let heard = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < to) {
      const end = ENDINGS[next++ % ENDINGS.length];
      await using device = await SimulatedDevice.connect(
        { url, mode: "manual", paceFactor: PACE_FACTOR },
        NEVER,
      );
      if (await end?.(device)) heard++;
    }
  }));
  // The last device has gone for the gateway as well when its socket's timer has fired.
  await delay((PING_TIMEOUT_SECONDS + 2) * 1_000);
  return heard;
}

await using gateway = new MeasuredProcess<{ held: LeakGatewayHeld }>(
  new URL("./support/leak_gateway.ts", import.meta.url),
  { args: [String(PING_TIMEOUT_SECONDS)], asStarted: true },
);
const url = await gateway.url();
const idle = await gateway.ask("held");
let heard = await useSessions(url, { from: 0, to: FIRST });
const first = await gateway.ask("held");
heard += await useSessions(url, { from: FIRST, to: SESSIONS });
const last = await gateway.ask("held");

const { sessionsOpened, sessionsClosed, sessionsUnclean, turnsText, turnsCanceled } = last.counters;
if (sessionsOpened !== SESSIONS) throw new Error(`Cannot judge: ${sessionsOpened} sessions were opened`);
report({
  name: `sessions of ${SESSIONS} that got their words before they ended`,
  measured: heard,
  unit: "sessions",
  limit: SESSIONS * ENDINGS_WITH_WORDS / ENDINGS.length,
  exact: true,
  detail: { sessionsOpened, sessionsClosed, turnsText, turnsCanceled },
});
const open = {
  sessions: last.sessions,
  sockets: last.sockets,
  scopes: last.open.scopes - idle.open.scopes,
  resources: last.open.resources - idle.open.resources,
  audioBytes: last.audioBytes,
  vadStreams: last.vadStreams,
};
report({
  name: `open after ${SESSIONS} sessions: sessions, sockets, scopes, resources, audio, detector streams`,
  measured: Object.values(open).reduce((sum, count) => sum + Math.abs(count), 0),
  unit: "things",
  limit: 0,
  detail: open,
});
report({
  name: `sessions of ${SESSIONS} whose clean-up failed or was late`,
  measured: sessionsUnclean,
  unit: "sessions",
  limit: 0,
});
report({
  name: `live heap after ${SESSIONS} sessions, less that after ${FIRST}`,
  measured: (last.heapBytes - first.heapBytes) / MB,
  unit: "MB",
  limit: 1,
  detail: { idleMB: idle.heapBytes / MB, firstMB: first.heapBytes / MB, lastMB: last.heapBytes / MB },
});
