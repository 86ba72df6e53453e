/**
 * Has a voice's answers over HTTP read by many at once, in a process of its own, up to packets that are ready for a
 * player: no device, no player. Arguments: `relay` (what comes is passed on as it comes), `cut` (a relay that cuts the
 * packets out, unchecked) or `voice` or `encode` (what a gateway does), the URL of the service, and how many read at once. Each line
 * on stdin has each of them read so many texts.
 */
import { type SpeechEncoder, SpeechEncoders } from "../../../lib/audio/mod.ts";
import { ownUsage } from "../../../lib/device/load/own_usage.ts";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import { SpeechJob } from "../../../lib/session/answering/speech_job.ts";
import { TtsRunner, Voice } from "../../../lib/tts/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { openVoice } from "../../support/open_voice.ts";

/** How many texts are one answer. */
const PIECES = 6;
const FRAME_MS = 60;
const TEXT = "Here comes another part of all that there is to say about this and that.";

/** What was read, and what it took. */
export interface FlowsRun {
  readonly cpuSeconds: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Where packets end. */
class Sink {
  packets = 0;
  bytes = 0;

  take(packet: Uint8Array): void {
    this.packets++;
    this.bytes += packet.length;
  }
}

type Read = (texts: number) => Promise<void>;

function relay(url: string, sink: Sink, { cut }: { readonly cut: boolean }): Read {
  const ask = { method: "POST", body: JSON.stringify({ input: TEXT, response_format: "opus" }) };
  return async (texts) => {
    for (let index = 0; index < texts; index++) {
      const { body } = await fetch(`${url}/audio/speech`, ask);
      const cutter = new Cutter(sink);
      for await (const bytes of body ?? []) {
        if (cut) cutter.push(bytes);
        else sink.take(bytes);
      }
    }
  };
}

/** Cuts packets out of pages of Ogg, which must come whole in what comes. */
class Cutter {
  readonly #sink: Sink;
  #pages = 0;
  #rest = new Uint8Array(0);

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    const ogg = this.#rest.length === 0 ? bytes : new Uint8Array([...this.#rest, ...bytes]);
    let at = 0;
    for (;;) {
      const bodyAt = at + 27 + (ogg[at + 26] ?? 0);
      let end = bodyAt;
      for (let lacing = at + 27; lacing < bodyAt; lacing++) end += ogg[lacing] ?? 0;
      if (at + 27 > ogg.length || end > ogg.length) break;
      let from = bodyAt;
      let through = from;
      for (let lacing = at + 27; lacing < bodyAt; lacing++) {
        const size = ogg[lacing] ?? 0;
        through += size;
        if (size === 255) continue;
        if (this.#pages > 1) this.#sink.take(ogg.slice(from, through));
        from = through;
      }
      this.#pages++;
      at = end;
    }
    this.#rest = ogg.slice(at);
  }
}

async function gateway(url: string, sink: Sink, scope: Scope): Promise<() => Read> {
  const provider = await openVoice({ type: "openai", url, format: "opus" }, { name: "measured" });
  const runner = new TtsRunner(provider, {
    clock: systemClock,
    firstSoundTimeoutMs: 20_000,
    stallTimeoutMs: 20_000,
    maxStreams: 1_000,
  });
  const voice = new Voice([runner]);
  const encoders = new SpeechEncoders({ scope });
  return () => {
    const flow = {};
    return async (texts) => {
      for (let begun = 0; begun < texts; begun += PIECES) {
        await using speech = scope.child("speech");
        const encoder = encoders.open({ frameDurationMs: FRAME_MS, signal: speech.signal });
        for (let index = begun; index < Math.min(texts, begun + PIECES); index++) {
          const sounds = voice.speak({ text: TEXT, language: "en" }, { signal: speech.signal, flow });
          await play(new SpeechJob(sounds, speech, encoder), encoder, sink);
        }
        for (const packet of await encoder.finish()) sink.take(packet);
        encoder.close();
      }
    };
  };
}

/** What an answer does with a piece, up to its player. */
async function play({ sounds }: SpeechJob, encoder: SpeechEncoder, sink: Sink): Promise<void> {
  let isEncoded = false;
  for await (const sound of sounds) {
    if ("packets" in sound) {
      for (const packet of await encoder.beforeReady(sound)) sink.take(packet);
      for (const packet of sound.packets) sink.take(packet);
      continue;
    }
    if (!isEncoded) encoder.piece({ voice: sound.voice });
    isEncoded = true;
    for await (const packets of encoder.encode(sound)) for (const packet of packets) sink.take(packet);
  }
  if (isEncoded) { for (const packet of (await encoder.endPiece()).packets) sink.take(packet); }
}

if (import.meta.main) {
  const [manner = "", url = "", readers = "40"] = Deno.args;
  await using scope = new Scope("speech flows");
  const sink = new Sink();
  const open = manner === "voice" || manner === "encode"
    ? await gateway(url, sink, scope)
    : () => relay(url, sink, { cut: manner === "cut" });
  const flows = Array.from({ length: Number(readers) }, open);
  await serveMeasured(url, async (line): Promise<FlowsRun> => {
    [sink.packets, sink.bytes] = [0, 0];
    const before = ownUsage().cpuSeconds ?? NaN;
    await Promise.all(flows.map((read) => read(Number(line))));
    return { cpuSeconds: (ownUsage().cpuSeconds ?? NaN) - before, packets: sink.packets, bytes: sink.bytes };
  });
  Deno.exit(0);
}
