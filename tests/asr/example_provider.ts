import { z } from "zod";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import { openSocket, webSocketUrl } from "../../lib/net/mod.ts";
import { secretSource } from "../../lib/secrets/mod.ts";
import { readReply } from "../../lib/service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../../lib/asr/provider.ts";
import { PcmFramer } from "../../lib/asr/sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../../lib/asr/wire_stream.ts";

/** How much sound one message carries at least, in ms. */
const LEAST_MS = 100;

/** A server that takes PCM and answers each sentence as JSON. It has no greeting. */
export const example: AsrProviderType = defineAsrProvider({
  type: "example",
  about: "the server of docs/adding-a-provider.md",
  config: {
    url: webSocketUrl.default("wss://127.0.0.1:9000").describe("the server"),
    apiKey: secretSource.describe("the key of the account"),
    model: z.enum(["fast", "exact"]).default("fast").describe("exact takes longer and makes fewer mistakes"),
  },
  capabilities: () => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    languages: "any",
  }),
  open: ({ url, apiKey, model }, { service, trust }) => ({
    open: ({ language, onWritable }, signal) =>
      openWireStream({
        service,
        connect: (handlers, life) =>
          openSocket({ url, headers: { Authorization: `Bearer ${apiKey}` }, trust }, handlers, life),
        wire: (io) => new ExampleWire(io, { model, language }),
        onWritable,
      }, signal),
  }),
});

const reply = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("ready") }),
  z.looseObject({ type: z.literal("partial"), text: z.string() }),
  z.looseObject({ type: z.literal("final"), text: z.string() }),
  z.looseObject({ type: z.literal("done") }),
  z.looseObject({ type: z.literal("error"), reason: z.string() }),
]);

/** What is sent for one utterance, and what the answers mean. */
class ExampleWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #request: { readonly model: string; readonly language: string };
  readonly #framer = new PcmFramer({ leastMs: LEAST_MS });

  constructor(io: AsrWireIo, request: { readonly model: string; readonly language: string }) {
    this.#io = io;
    this.#request = request;
  }

  opened(): void {
    this.#io.send(JSON.stringify({ type: "start", ...this.#request }));
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#io.send(JSON.stringify({ type: "end" }));
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const answer = readReply(this.#io.service, message, reply);
    switch (answer.type) {
      case "ready":
        return this.#io.started();
      case "partial":
        return this.#io.partial(answer.text);
      case "final":
        return this.#io.final({ text: answer.text });
      case "done":
        return this.#io.ended();
      case "error":
        return this.#io.fail(answer.reason === "quota" ? "quota" : "failed", { detail: answer.reason });
    }
  }
}
