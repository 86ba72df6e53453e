import { z } from "zod";
import { openTcp } from "../../net/mod.ts";
import {
  checkReply,
  connectionError,
  encodeWyomingEvent,
  serviceError,
  type ServiceName,
  type WyomingEvent,
  WyomingReader,
} from "../../service/mod.ts";
import type { VoiceInfo } from "../contract.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { unquote } from "../text/unquote.ts";

/** Which server is asked, and for whose voice. */
export interface WyomingServerOptions {
  readonly url: string;
  readonly service: ServiceName;
  readonly voice?: { readonly name: string; readonly speaker?: string };
}

const voiceInfo = z.looseObject({
  name: z.string(),
  languages: z.array(z.string()).nullish(),
  description: z.string().nullish(),
  speakers: z.array(z.unknown()).nullish(),
});
const info = z.looseObject({
  tts: z.array(z.looseObject({
    voices: z.array(voiceInfo).nullish(),
    supports_synthesize_streaming: z.boolean().nullish(),
  })).nullish(),
});
const failure = z.looseObject({ text: z.string().nullish(), code: z.string().nullish() });

/** A Wyoming server that speaks: what it said of itself, and connections to it, of which each has one request. */
export class WyomingServer {
  readonly service: ServiceName;
  readonly #url: string;
  readonly #voice: WyomingServerOptions["voice"];
  /** Whether it takes text that is being written, once it has said so. */
  #streams: boolean | undefined;

  /** Connects to nobody yet. */
  constructor({ url, service, voice }: WyomingServerOptions) {
    this.service = service;
    this.#url = url;
    this.#voice = voice;
  }

  /** The fields of a request that name the voice. */
  get voiceFields(): Readonly<Record<string, unknown>> {
    return this.#voice === undefined ? {} : { voice: this.#voice };
  }

  /** Whether it is known what the server is; forgotten after a fault, since another one may be there by then. */
  get isKnown(): boolean {
    return this.#streams !== undefined;
  }

  /** Connects, and asks what the server is unless that is known: its `info` comes first then. */
  async connect(signal: AbortSignal): Promise<WyomingTalk> {
    const talk = new WyomingTalk(this.service, await this.#open(signal));
    if (!this.isKnown) talk.send("describe");
    return talk;
  }

  /** Whether it takes text that is being written; waits for its `info` where that is not known. */
  async streams(talk: WyomingTalk): Promise<boolean> {
    while (this.#streams === undefined) this.heard(await talk.next());
    return this.#streams;
  }

  /** Takes what is of no answer: what the server is, and what went wrong with the text that it was told. */
  heard({ type, data }: WyomingEvent, said = ""): void {
    if (type === "info") this.#streams = this.#programOf(data).supports_synthesize_streaming === true;
    if (type === "error") throw this.#faultOf(data, said);
  }

  /** What it is has to be found out anew. */
  forget(): void {
    this.#streams = undefined;
  }

  /** The voices that it has, or could fetch. */
  async voices(signal: AbortSignal): Promise<readonly VoiceInfo[]> {
    this.forget();
    using talk = await this.connect(signal);
    for (;;) {
      const event = await talk.next();
      this.heard(event);
      if (event.type !== "info") continue;
      talk.close();
      const programs = checkReply(this.service, event.data, info).tts ?? [];
      return programs.flatMap(({ voices }) => voices ?? []).map(readVoice);
    }
  }

  async #open(signal: AbortSignal): Promise<PulledSocket> {
    const { service } = this;
    try {
      return await PulledSocket.open({
        service,
        connect: (handlers, life) => openTcp({ url: this.#url }, handlers, life),
      }, signal);
    } catch (thrown) {
      throw connectionError(service, thrown);
    }
  }

  /** The program that has the voice, else the first. */
  #programOf(
    data: WyomingEvent["data"],
  ): { readonly supports_synthesize_streaming?: boolean | null | undefined } {
    const programs = checkReply(this.service, data, info).tts ?? [];
    const name = this.#voice?.name;
    const program = programs.find(({ voices }) => voices?.some((voice) => voice.name === name)) ??
      programs[0];
    if (program !== undefined) return program;
    throw serviceError(this.service, "config", {
      detail: "it is a Wyoming server that does not speak: check the port in url, which is 10200 by custom",
    });
  }

  #faultOf(data: WyomingEvent["data"], said: string): Error {
    const { text, code } = checkReply(this.service, data, failure);
    const isUnknown = code === "VoiceNotFoundError";
    const remedy = isUnknown ? `; earshot voices ${this.service.name} lists those that it has` : "";
    return serviceError(this.service, isUnknown ? "config" : "failed", {
      detail: `${code ?? ""} ${unquote(text ?? "", said)}${remedy}`,
    });
  }
}

function readVoice({ name, languages, description, speakers }: z.output<typeof voiceInfo>): VoiceInfo {
  const [language] = languages ?? [];
  const count = speakers?.length ?? 0;
  const about = [description ?? "", count > 1 ? `${count} speakers` : ""].filter((part) => part !== "").join(
    ", ",
  );
  return {
    name,
    ...(language !== undefined && { language: language.replace("_", "-") }),
    ...(about !== "" && { about }),
  };
}

/** One connection, event by event. Disposing ends it. */
export class WyomingTalk implements Disposable {
  readonly #socket: PulledSocket;
  readonly #reader: WyomingReader;
  readonly #events: WyomingEvent[] = [];

  /** Use {@linkcode WyomingServer.connect}. */
  constructor(service: ServiceName, socket: PulledSocket) {
    this.#socket = socket;
    this.#reader = new WyomingReader(service);
  }

  /** Queues an event. */
  send(type: string, data: WyomingEvent["data"] = {}): void {
    this.#socket.send(encodeWyomingEvent(type, { data }));
  }

  /** The next event. Rejects as {@linkcode PulledSocket.next} does, and with `tts.protocol`. */
  async next(): Promise<WyomingEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      const bytes = await this.#socket.next();
      if (typeof bytes !== "string") this.#reader.push(bytes, (event) => this.#events.push(event));
    }
  }

  /** All was said. */
  close(): void {
    this.#socket.close();
  }

  /** Ends it now, unless it is closing. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}
