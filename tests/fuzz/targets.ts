import { configSchema } from "../../lib/app/mod.ts";
import { encodeWyomingEvent, WyomingReader } from "../../lib/service/mod.ts";
import { OpusDecoder, OpusEncoder, readSound } from "../../lib/audio/mod.ts";
import { oggChecksum } from "../../lib/audio/ogg_checksum.ts";
import { checkConfig } from "../../lib/config/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import {
  decodeFrame,
  encodeFrame,
  parseDeviceMessage,
  parseOtaRequest,
  readIdentity,
} from "../../lib/protocol/mod.ts";
import { readDeviceAnswer, readUnescapedError } from "../../lib/tools/device/read_device_answer.ts";
import { readDeviceResult } from "../../lib/tools/device/read_device_result.ts";
import { readDeviceTool } from "../../lib/tools/device/read_device_tool.ts";
import { wsTransport } from "../../lib/server/transport/ws_transport.ts";
import fc from "../support/fast_check.ts";
import { noise } from "../support/noise.ts";
import { inPieces, oggOpusFile, waveFile } from "../support/sound_files.ts";
import { mutatedBytes, mutatedText } from "./mutate.ts";

/** Something that reads what a stranger sent. */
export interface Target {
  /** What it reads. */
  readonly name: string;
  /** Which part of all inputs it gets. */
  readonly share: number;
  /** The codes with which it may refuse; anything else that it throws is a fault. */
  readonly refuses: readonly ErrorCode[];
  /** One input as a thunk: reading it throws or rejects, or does not. */
  readonly inputs: fc.Arbitrary<() => unknown>;
}

const FRAME = Uint8Array.from([0x08, ...noiseBytes(60)]);
const FRAMES = ([1, 2, 3] as const).map((version) => encodeFrame(version, FRAME, { timestampMs: 1_234 }));
const VERSIONS = [1, 2, 3, "gateway"] as const;

const MESSAGES = [
  `{"type":"hello","version":1,"transport":"websocket","audio_params":{"format":"opus","sample_rate":16000,"channels":1,"frame_duration":60}}`,
  `{"type":"hello","audioParams":{"sampleRate":16000,"frameDuration":20},"features":{"mcp":true,"aec":true}}`,
  `{"session_id":"","type":"listen","state":"start","mode":"auto"}`,
  `{"session_id":"x","type":"listen","state":"detect","text":"hi"}`,
  `{"type":"abort","reason":"wake_word_detected"}`,
  `{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"result":{}}}`,
  `{"type":"ping"}`,
  `{"type":"goodbye","session_id":"x"}`,
];

const MCP = [
  `{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"self.a","description":"b","inputSchema":{"type":"object","properties":{}},"annotations":{"audience":["user"]}}],"nextCursor":"self.b"}}}`,
  `{"type":"mcp","payload":{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"true"},{"type":"image","image":"{\\"type\\":\\"image\\",\\"mimeType\\":\\"image/jpeg\\",\\"data\\":\\"QUJD\\"}"}],"isError":false}}}`,
  `{"session_id":"x","type":"mcp","payload":{"jsonrpc":"2.0","id":3,"error":{"message":"no "such" tool"}}}`,
  `{"type":"mcp","payload":{"jsonrpc":"2.0","id":4,"error":{"code":-1,"message":"no"}}}`,
];

const OTA =
  `{"version":2,"language":"zh-CN","mac_address":"aa:bb:cc:dd:ee:ff","uuid":"u","application":{"name":"xiaozhi","version":"2.4.2"},"board":{"type":"x","ssid":"y"}}`;

const CONFIGS = [
  "server:\n  port: 8000\n  hostname: 0.0.0.0\nvad:\n  endSilenceMs: 700\n",
  "asr: {lan: {type: vosk}}\nagents: {default: {language: en}}\nlog:\n  level: info\n",
  "limits:\n audio:\n  maxChunks:\n  maxBytes: 10485760\n# a remark\n session:\n  idleTimeoutMs: 120000\n",
  "a: &x [1, 2]\nb: *x\n? {c: d}\n: |\n  text\n  more\n",
];

/** One for all packets, as in a session: after a bad one it must go on. */
const DECODER = new OpusDecoder();

const TONE = Array.from(noise(320, 8_000), (sample) => sample / 32_768);
const WAVES = [
  waveFile({ channels: [TONE] }),
  waveFile({ channels: [TONE, TONE], rateHz: 48_000, encoding: "s24", extensible: true }),
  waveFile({ channels: [TONE, TONE], rateHz: 44_100, encoding: "f32" }),
  waveFile({ channels: [TONE], container: "RF64", encoding: "muLaw", behind: [["LIST", new Uint8Array(9)]] }),
  waveFile({ channels: [TONE], container: "W64", encoding: "f64", before: [["junk", new Uint8Array(9)]] }),
];
const OGG = oggOpusFile(noise(3_200, 8_000), { pageMs: 60 });
const SOUNDS = [...WAVES, OGG];

const WYOMING = [
  encodeWyomingEvent("transcript", { data: { text: "good morning", language: "en" } }),
  encodeWyomingEvent("audio-chunk", { data: { rate: 16_000 }, payload: Uint8Array.from(noiseBytes(40)) }),
  new TextEncoder().encode(
    '{"type":"transcript","data":{"text":"a"},"data_length":11}\n{"text":"b"}{"type":"x"}\n',
  ),
];

const HTTP_REQUESTS = [
  "GET /x HTTP/1.1\r\nHost: y\r\n\r\n",
  "POST /x HTTP/1.1\r\nHost: y\r\nContent-Length: 5\r\n\r\nhello",
  "POST /x HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nT: 1\r\n\r\n",
  "POST /x HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nX\r\n-5\r\nZZ",
  "GET /x HTTP/1.1\r\nHost: y\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
].map((text) => new TextEncoder().encode(text));

/** Everything that reads bytes of unauthenticated peers. */
export const TARGETS: readonly Target[] = [
  {
    name: "binary frames",
    share: 0.25,
    refuses: ["protocol.invalid_frame"],
    inputs: fc.tuple(
      fc.constantFrom(...VERSIONS),
      fc.oneof(mutatedBytes(FRAMES), fc.uint8Array({ maxLength: 64 })),
    )
      .map(([version, bytes]) => () => decodeFrame(version, bytes)),
  },
  {
    name: "text messages",
    share: 0.2,
    refuses: ["protocol.invalid_message", "protocol.unsupported_audio"],
    inputs: fc.oneof(mutatedText(MESSAGES), fc.json(), fc.string())
      .map((text) => () => parseDeviceMessage(text)),
  },
  {
    name: "answers of a device's tools",
    share: 0.05,
    refuses: ["protocol.invalid_message", "protocol.unsupported_audio"],
    inputs: mutatedText(MCP).map((text) => () => {
      readUnescapedError(text);
      const message = parseDeviceMessage(text);
      if (message.type !== "mcp") return;
      const read = readDeviceAnswer(message.payload);
      if (read.type !== "answer" || read.answer.type !== "result") return;
      readDeviceResult(read.answer.result);
      readDeviceTool(read.answer.result);
    }),
  },
  {
    name: "opening requests",
    share: 0.1,
    refuses: ["protocol.invalid_message"],
    inputs: fc.tuple(
      fc.webUrl({ withQueryParameters: true }),
      mutatedText([OTA]),
      fc.stringMatching(/^[!-~]{0,40}$/),
    )
      .map(([url, body, id]) => () => {
        const headers = new Headers({ "device-id": id, "protocol-version": id, "user-agent": id });
        return [readIdentity(new URL(url), headers), parseOtaRequest(new URL(url), headers, body)];
      }),
  },
  {
    name: "config files",
    share: 0.05,
    refuses: ["config.invalid"],
    inputs: fc.oneof(mutatedText(CONFIGS), fc.string({ maxLength: 80 }))
      .map((text) => () => checkConfig("fuzz.yaml", text, { schema: configSchema })),
  },
  {
    name: "sound files",
    share: 0.1,
    refuses: ["audio.invalid_wav"],
    inputs: fc.tuple(
      fc.oneof(mutatedBytes(WAVES), mutatedBytes(SOUNDS), fc.uint8Array({ maxLength: 600 })),
      fc.integer({ min: 1, max: 2_000 }),
    )
      .map(([bytes, size]) => () => readWhole(bytes, size)),
  },
  {
    name: "Ogg pages whose checksums are right",
    share: 0.05,
    refuses: ["audio.invalid_wav"],
    inputs: fc.tuple(mutatedBytes([OGG]), fc.integer({ min: 1, max: 2_000 }))
      .map(([bytes, size]) => () => readWhole(withChecksums(bytes), size)),
  },
  {
    name: "Opus packets",
    share: 0.05,
    refuses: ["audio.decode"],
    inputs: fc.oneof(mutatedBytes(opusPackets()), fc.uint8Array({ maxLength: 120 }))
      .map((packet) => () => DECODER.decode(packet)),
  },
  {
    name: "Wyoming events",
    share: 0.05,
    refuses: ["asr.protocol"],
    inputs: fc.tuple(mutatedBytes(WYOMING), fc.nat({ max: 200 }))
      .map(([bytes, split]) => () => {
        const reader = new WyomingReader({ family: "asr", name: "fuzz" });
        reader.push(bytes.subarray(0, split), () => {});
        reader.push(bytes.subarray(split), () => {});
      }),
  },
  {
    name: "HTTP requests to the ws transport",
    // Each has a listener and a connection of its own.
    share: 0.01,
    refuses: ["protocol.invalid_message"],
    inputs: fc.tuple(mutatedBytes(HTTP_REQUESTS), fc.nat({ max: 200 }))
      .map(([bytes, split]) => () => sendRequest([bytes.subarray(0, split), bytes.subarray(split)])),
  },
];

/** Sends it to a listener, which has to answer or to end the connection. */
async function sendRequest(parts: readonly Uint8Array[]): Promise<void> {
  const listener = wsTransport.listen({
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
    requestTimeoutMs: 10_000,
    maxWaitingConnections: 2,
    maxConnections: 2,
    handler: async ({ request }) => new Response(await request.text()),
    onConnectionEnded() {},
  });
  await listener.ready;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  let answer = "";
  try {
    for (const part of parts) await connection.write(part);
    await connection.closeWrite();
    answer = await new Response(connection.readable).text();
  } catch {
    // A reset is an end as well.
  }
  await listener.close();
  if (!answer.startsWith("HTTP/1.1 200")) {
    throw new EarshotError("protocol.invalid_message", "Cannot read it: it is no request");
  }
}

function opusPackets(): readonly Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const packets = Array.from({ length: 8 }, () => encoder.encode(noise(960, 8_000)));
  encoder.close();
  return packets;
}

/** Reads sound that comes in pieces of that size, up to a few seconds: a header may say one sample a ms. */
async function readWhole(bytes: Uint8Array, size: number): Promise<void> {
  let samples = 0;
  for await (const piece of readSound(inPieces(bytes, size), { remark() {} })) {
    samples += piece.length;
    if (samples > 160_000) return;
  }
}

/** The same with the checksum of each page made right, so that what is on it is read. */
function withChecksums(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 27 < bytes.length;) {
    const lacing = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0));
    const end = at + 27 + lacing.length + lacing.reduce((sum, value) => sum + value, 0);
    if (end > bytes.length) break;
    view.setUint32(at + 22, oggChecksum(bytes.subarray(at, end)), true);
    at = end;
  }
  return bytes;
}

function noiseBytes(count: number): readonly number[] {
  return Array.from(noise(count, 100), (sample) => sample & 0xff);
}
