import { z } from "zod";
import { type ConnectionHandlers, openTcp } from "../../net/mod.ts";
import {
  checkReply,
  connectionError,
  encodeWyomingEvent,
  serviceError,
  type ServiceName,
  type WyomingEvent,
  WyomingReader,
} from "../../service/mod.ts";
import type { SpeechSound, VoiceInfo } from "../contract.ts";
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

/** A Wyoming server that speaks, and what it has said of itself. */
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

  /** Whether it takes text that is being written; `undefined` until it has said so. */
  get streams(): boolean | undefined {
    return this.#streams;
  }

  /** Takes what is of no answer: what the server is, and what went wrong with the text that it was told. */
  heard({ type, data }: WyomingEvent, said = ""): void {
    if (type === "info") this.#streams = this.#programOf(data).supports_synthesize_streaming === true;
    if (type === "error") throw this.#faultOf(data, said);
  }

  /** The sound of a request. After a fault, a deadline included, another server may be there than the one that is known. */
  async *watched(sounds: AsyncIterable<SpeechSound>): AsyncGenerator<SpeechSound, void> {
    try {
      yield* sounds;
    } catch (thrown) {
      this.#streams = undefined;
      throw thrown;
    }
  }

  /** The voices that it has, or could fetch. */
  async voices(signal: AbortSignal): Promise<readonly VoiceInfo[]> {
    using socket = await this.connect(signal).catch((thrown) => {
      throw connectionError(this.service, thrown);
    });
    socket.send(encodeWyomingEvent("describe"));
    const reader = new WyomingReader(this.service);
    let said: WyomingEvent["data"] | undefined;
    while (said === undefined) {
      const bytes = await socket.next();
      if (typeof bytes === "string") continue;
      reader.push(bytes, (event) => {
        this.heard(event);
        if (event.type === "info") said ??= event.data;
      });
    }
    socket.close();
    const programs = checkReply(this.service, said, info).tts ?? [];
    return programs.flatMap(({ voices }) => voices ?? []).map(readVoice);
  }

  /** Connects, for one request. Rejects with what {@linkcode openTcp} rejects with. */
  async connect(signal: AbortSignal): Promise<PulledSocket> {
    const connect = (handlers: ConnectionHandlers) => openTcp({ url: this.#url }, handlers, signal);
    return await PulledSocket.open({ service: this.service, connect }, signal);
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
