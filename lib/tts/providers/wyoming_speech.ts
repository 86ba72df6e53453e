import { raceSignal } from "../../lifecycle/mod.ts";
import { serviceError } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { PartReader } from "../part_reader.ts";
import { whileFed } from "../while_fed.ts";
import { wholeSentences } from "../streamed/whole_sentences.ts";
import type { WyomingServer, WyomingTalk } from "./wyoming_server.ts";
import { WyomingSound } from "./wyoming_sound.ts";

/** Speaks one text over a connection of its own. */
export async function* speak(
  text: string,
  server: WyomingServer,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  using talk = await server.connect(signal);
  yield* speakOver(talk, text, { server, signal });
}

/**
 * Speaks a text while it is being written: the server does where it can, which only it knows; else it is asked for
 * each sentence as soon as that is whole, over a connection of its own.
 */
export async function* speakStream(
  parts: AsyncIterable<string>,
  { server, maxChars }: { readonly server: WyomingServer; readonly maxChars: number },
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  using text = new PartReader(parts);
  const begun = await text.next(signal);
  if (begun === undefined) return;
  using first = await server.connect(signal);
  if (await knowing(server, () => server.streams(first))) {
    return yield* streamOver(first, { text, begun, server }, signal);
  }
  let isFirst = true;
  for await (const sentence of wholeSentences(text, { begun, maxChars, signal })) {
    if (isFirst) yield* speakOver(first, sentence, { server, signal });
    else yield* speak(sentence, server, signal);
    isFirst = false;
  }
}

async function* speakOver(
  talk: WyomingTalk,
  text: string,
  { server, signal }: { readonly server: WyomingServer; readonly signal: AbortSignal },
): AsyncGenerator<SpeechSound, void> {
  const sound = new WyomingSound(server.service);
  sound.allow(text);
  talk.send("synthesize", { text, ...server.voiceFields });
  yield* soundUntil("audio-stop", talk, { server, sound, life: signal });
}

async function* streamOver(
  talk: WyomingTalk,
  { text, begun, server }: {
    readonly text: PartReader;
    readonly begun: string;
    readonly server: WyomingServer;
  },
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const sound = new WyomingSound(server.service);
  let ended = false;
  talk.send("synthesize-start", server.voiceFields);
  const feed = async (life: AbortSignal) => {
    for (let part: string | undefined = begun; part !== undefined; part = await text.next(life)) {
      sound.allow(part);
      talk.send("synthesize-chunk", { text: part });
    }
    talk.send("synthesize-stop");
    ended = true;
  };
  const hear = (life: AbortSignal) => soundUntil("synthesize-stopped", talk, { server, sound, life });
  yield* whileFed({ feed, hear }, signal);
  if (ended) return;
  throw serviceError(server.service, "protocol", { detail: "it stopped before the text had ended" });
}

/** The sound of a connection up to its last event, then its end. */
async function* soundUntil(
  last: string,
  talk: WyomingTalk,
  { server, sound, life }: {
    readonly server: WyomingServer;
    readonly sound: WyomingSound;
    readonly life: AbortSignal;
  },
): AsyncGenerator<SpeechSound, void> {
  for (;;) {
    const event = await knowing(server, () => raceSignal(talk.next(), life));
    if (event.type === last) return talk.close();
    if (event.type === "audio-start") sound.begin();
    else if (event.type === "audio-chunk") yield* sound.read(event);
    else await knowing(server, () => server.heard(event, sound.said));
  }
}

/** After a fault, a deadline included, another server may be there than the one that is known. */
async function knowing<T>(server: WyomingServer, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    server.forget();
    throw thrown;
  }
}
