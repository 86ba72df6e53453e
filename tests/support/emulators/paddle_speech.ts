import type { SpeechSocketDialect } from "./speech_socket_emulator.ts";

const PATH = "/paddlespeech/tts/streaming";
const SESSION = "7a9b2c1e4f";
/** How many speakers its model has. */
const SPEAKERS = 100;

/** PaddleSpeech's streaming server; a fault is a status without a word. */
export function paddleSpeechServer(): SpeechSocketDialect {
  return {
    accept: ({ method, url }, violation) => {
      if (method === "GET" && url === PATH) return undefined;
      violation(`${method} ${url}`);
      return { status: 404 };
    },
    refusal: () => undefined,
    connect: (io) => {
      let state: "new" | "ready" | "asked" | "over" = "new";
      const say = (message: Readonly<Record<string, unknown>>) => io.send(JSON.stringify(message));
      return (message) => {
        if (typeof message !== "string") return io.violation("bytes");
        const { task, signal, session, text, spk_id: speaker } = JSON.parse(message);
        if (state === "new") {
          if (task !== "tts" || signal !== "start") return io.violation("no start");
          state = "ready";
          return say({ status: 0, signal: "server ready", session: SESSION });
        }
        if (state === "ready") {
          if (typeof text !== "string" || text === "" || !Number.isInteger(speaker)) {
            return io.violation(message);
          }
          state = "asked";
          if (io.refused !== undefined || speaker >= SPEAKERS) return say({ status: -1, audio: "" });
          return io.speak(text);
        }
        if (state !== "asked" || signal !== "end" || session !== SESSION) return io.violation(message);
        state = "over";
        say({ status: 0, signal: "connection will be closed", session });
        io.close();
      };
    },
    sound: (spoken) => new Uint8Array(spoken().buffer),
    messages: {
      before: () => [],
      sound: (bytes) => JSON.stringify({ status: 1, audio: bytes.toBase64() }),
      after: () => [JSON.stringify({ status: 2, audio: "" })],
    },
  };
}
