/**
 * Speaks to devices, in a process of its own. Arguments: `relay` (a bare one: each packet of the service's socket goes to
 * the device as it is), `fetched` (another one, which gets Ogg Opus over HTTP piece by piece, and keeps the pace itself), `pass` or `encode` (a gateway whose voice sends Ogg Opus over HTTP, in the shape of a device or in
 * frames of 20 ms), the URL of the service, and for how many pieces each answer goes on.
 */
import { Gateway } from "../../../lib/app/mod.ts";
import { ownUsage, type ProcessUsage } from "../../../lib/device/load/mod.ts";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import { WebSocket as OutboundSocket } from "../../../lib/net/ws_client.ts";
import type { SpeechSound, SpeechText, TtsProvider } from "../../../lib/tts/mod.ts";
import { soundOfBody } from "../../../lib/tts/body/sound_of_body.ts";
import { configOf } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { FakeLlm } from "../../support/fake_llm.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { builtIn } from "../../support/recognizers.ts";
import { TRANSPORTS } from "../../support/test_gateway.ts";
import { serveBare } from "./bare_server.ts";

const FRAME_MS = 60;

/** What it answers. */
export type SpeakingAnswers = { readonly usage: ProcessUsage };

/** Gives what the service sends. */
class HttpVoice implements TtsProvider {
  readonly name = "flite";
  readonly capabilities = { languages: "any", maxChars: 1_000, textIn: "whole" } as const;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async *speak(_speech: SpeechText, signal: AbortSignal): AsyncGenerator<SpeechSound, void> {
    const { body } = await fetch(this.#url, { signal });
    if (body !== null) yield* soundOfBody(body, { service: { family: "tts", name: this.name } });
  }
}

async function serveGateway(url: string, pieces: number): Promise<never> {
  const text = Array.from(
    { length: pieces },
    (_, index) => `Here comes part ${index + 1} of all that there is to say about this and that.`,
  ).join(" ");
  await using scope = new Scope("speaking bench");
  const engine = new FakeEngine();
  const llm = new FakeLlm({
    clock: systemClock,
    name: "builtin",
    maxConcurrent: 1_000,
    script: () => ({ text }),
  });
  const [transport] = TRANSPORTS;
  if (transport === undefined) throw new Error("Cannot serve: there is no transport");
  const gateway = new Gateway({
    config: configOf({
      server: { hostname: "127.0.0.1", port: 0, transport: transport.name },
      agents: { default: { llm: "builtin", fillers: false, maxAnswerSeconds: 3_600, memory: false } },
      llm: { builtin: { type: "builtin", maxConcurrent: 1_000 } },
      tts: { flite: { type: "flite", maxStreams: 1_000 } },
    }),
    scope,
    engines: engine,
    recognizers: builtIn(engine),
    llms: new Map([["builtin", llm]]),
    voices: new Map([["flite", new HttpVoice(url)]]),
    transport,
  });
  await gateway.listening;
  await serveMeasured(gateway.urls[0].websocket, () => {
    llm.calls.length = 0;
    return ownUsage();
  });
  Deno.exit(0);
}

/** The least that an answer over HTTP takes: its packets are cut out, and one is sent each 60 ms by one timer for all. */
async function serveFetched(url: string): Promise<never> {
  const devices = new Map<WebSocket, { packets: Uint8Array<ArrayBuffer>[]; at: number; fetching: boolean }>();
  const beganMs = performance.now();
  let beats = 0;
  setInterval(() => {
    for (; beats * FRAME_MS <= performance.now() - beganMs; beats++) {
      for (const [socket, device] of devices) {
        const packet = device.packets[device.at++];
        if (packet !== undefined) socket.send(packet);
        if (device.at < device.packets.length || device.fetching) continue;
        device.fetching = true;
        void (async () => {
          const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
          Object.assign(device, { packets: packetsOf(bytes), at: 0, fetching: false });
        })();
      }
    }
  }, FRAME_MS);
  return await serveBare((socket) => ({
    ready: Promise.resolve().then(() => void devices.set(socket, { packets: [], at: 0, fetching: false })),
    packet: () => {},
    gone: () => void devices.delete(socket),
  }));
}

/** Unchecked. */
function packetsOf(ogg: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const packets: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0, page = 0; at < ogg.length; page++) {
    const segments = ogg[at + 26] ?? 0;
    let from = at + 27 + segments;
    let through = from;
    for (const size of ogg.subarray(at + 27, at + 27 + segments)) {
      through += size;
      if (size === 255) continue;
      if (page > 1) packets.push(ogg.slice(from, through));
      from = through;
    }
    at = through;
  }
  return packets;
}

async function serveRelay(url: string): Promise<never> {
  return await serveBare((socket) => {
    const inbound = new OutboundSocket(url, [], {
      headers: {},
      maxPayload: 1_048_576,
      perMessageDeflate: false,
      followRedirects: false,
    });
    inbound.on("error", () => socket.close());
    inbound.on("message", (data: Uint8Array) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(data));
    });
    return {
      ready: new Promise((resolve) => inbound.on("open", resolve)),
      packet: () => {},
      gone: () => inbound.terminate(),
    };
  });
}

if (import.meta.main) {
  const [manner = "", url = "", pieces = "40"] = Deno.args;
  if (manner === "fetched") await serveFetched(`${url.replace("ws:", "http:")}pass`);
  else if (manner === "relay") await serveRelay(url);
  else await serveGateway(`${url.replace("ws:", "http:")}${manner}`, Number(pieces));
}
