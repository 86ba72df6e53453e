import { z } from "zod";
import { playedWav } from "../app/mod.ts";
import { type DeviceFaults, SimulatedDevice, type TimedMessage } from "../device/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { type CommandSpec, numberOption } from "./command.ts";
import { refuseSecondStandardInput } from "./input.ts";
import { writeBytes } from "./write_bytes.ts";
import type { Output } from "./output.ts";
import { readSpeech } from "./speech.ts";

/** What `earshot device` calls itself unless told. */
export const SIMULATED_IDS = {
  deviceId: "02:00:00:00:00:01",
  clientId: "00000000-0000-4000-8000-000000000001",
} as const;

const seconds = numberOption("give a number of seconds, 0 or more");

const deviceOptions = z.object({
  url: z.url({ protocol: /^wss?$/, error: "give a WebSocket URL such as ws://127.0.0.1:8000/xiaozhi/v1/" }),
  mode: z.enum(["auto", "manual", "realtime"], "give auto, manual or realtime").default("auto"),
  protocolVersion: z.enum(["1", "2", "3"], "give 1, 2 or 3").default("1"),
  frameDuration: z.enum(["20", "60"], "give 20 or 60").default("60"),
  deviceId: z.string().default(SIMULATED_IDS.deviceId),
  clientId: z.string().default(SIMULATED_IDS.clientId),
  token: z.string().default(""),
  dropAfter: seconds.optional(),
  stall: z.boolean().default(false),
  stallAfter: seconds.optional(),
  answer: z.string().regex(/\.wav$/i, "give a file that ends with .wav").optional(),
});

/** `earshot device --url URL FILE...` */
export const device: CommandSpec<typeof deviceOptions> = {
  usage: "device <files...>",
  summary: "be a device: send sound files to a gateway and print what it answers",
  examples: [
    "earshot device --url ws://127.0.0.1:8000/xiaozhi/v1/ hello.wav",
    "earshot device --url ws://192.168.1.10:8000/xiaozhi/v1/ --mode manual --protocol-version 3 --json *.wav",
    "earshot device --url ws://127.0.0.1:8000/xiaozhi/v1/ --answer answer.wav question.wav",
    "earshot device --url ws://192.168.1.10:8000/xiaozhi/v1/ --drop-after 1.5 hello.wav",
  ],
  flags: [
    ["--url <url>", "the gateway's WebSocket URL"],
    ["--mode <mode>", "how it listens: auto, manual (push to talk) or realtime (default: auto)"],
    ["--protocol-version <version>", "the binary framing: 1, 2 or 3 (default: 1)"],
    ["--frame-duration <ms>", "how long one Opus packet sounds: 20 or 60 (default: 60)"],
    ["--device-id <mac>", "its Device-Id header"],
    ["--client-id <uuid>", "its Client-Id header"],
    ["--token <token>", "its bearer token"],
    ["--answer <file>", "write what it plays as WAV: all answers, one after the other"],
    ["--drop-after <seconds>", "vanish so many seconds after the hello, without a close frame"],
    ["--stall", "stop reading right after the hello"],
    ["--stall-after <seconds>", "stop reading so many seconds after the hello"],
  ],
  permissions: ["read", "write", "net"],
  options: deviceOptions,
  async run({ options, args, output, signal }) {
    refuseSecondStandardInput(args);
    const recordings = [];
    for (const file of args) recordings.push({ file, pcm: await readSpeech(file, { output, signal }) });
    const faults = faultsOf(options);
    const faulty = Object.keys(faults).length > 0;
    const sounds: Int16Array[] = [];
    const onMessage = (timed: TimedMessage) => printMessage(timed, output);
    await using simulated = await SimulatedDevice.connect(
      { ...connectOptions(options), keepSound: options.answer !== undefined, faults, onMessage },
      signal,
    );
    const texts: string[] = [];
    const answers: string[] = [];
    const endOfSpeechToTextMs: (number | null)[] = [];
    try {
      for (const { file, pcm } of recordings) {
        const said = await simulated.say(pcm);
        const delayMs = rounded(said.endOfSpeechToTextMs);
        const firstFrameMs = rounded(said.endOfSpeechToFirstFrameMs);
        answers.push(said.answer);
        sounds.push(said.sound);
        texts.push(said.text);
        endOfSpeechToTextMs.push(delayMs);
        output.result(
          {
            type: "said",
            file,
            text: said.text,
            answer: said.answer,
            endOfSpeechToTextMs: delayMs,
            endOfSpeechToFirstFrameMs: firstFrameMs,
          },
          [
            `${file}: ${said.text}${delayMs === null ? "" : ` (${delayMs} ms after the end of speech)`}`,
            ...(said.answer === "" ? [] : [`  answered: ${said.answer}${soundAfter(firstFrameMs)}`]),
          ].join("\n"),
        );
      }
    } catch (thrown) {
      // A device that was told to misbehave ends like this.
      if (!faulty || signal.aborted || !isConnectionEnd(thrown)) throw thrown;
      output.say("the connection is over, as it was asked for");
    } finally {
      output.result({ type: "summary", texts, answers, endOfSpeechToTextMs, ...simulated.stats });
    }
    if (options.answer !== undefined) {
      await writeBytes(options.answer, playedWav(sounds));
      output.say(`${options.answer}: what it played`);
    }
    return EXIT.ok;
  },
};

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

function soundAfter(ms: number | null): string {
  return ms === null ? "" : ` (its first sound ${ms} ms after the end of speech)`;
}

function connectOptions(
  options: z.output<typeof deviceOptions>,
): Parameters<typeof SimulatedDevice.connect>[0] {
  return {
    url: new URL(options.url),
    mode: options.mode,
    frameVersion: options.protocolVersion === "1" ? 1 : options.protocolVersion === "2" ? 2 : 3,
    frameDurationMs: options.frameDuration === "20" ? 20 : 60,
    deviceId: options.deviceId,
    clientId: options.clientId,
    token: options.token,
  };
}

function faultsOf({ dropAfter, stall, stallAfter }: z.output<typeof deviceOptions>): DeviceFaults {
  const stallSeconds = stallAfter ?? (stall ? 0 : undefined);
  return {
    ...(dropAfter !== undefined && { dropAfterMs: dropAfter * 1_000 }),
    ...(stallSeconds !== undefined && { stallAfterMs: stallSeconds * 1_000 }),
  };
}

function isConnectionEnd(thrown: unknown): boolean {
  const { code } = EarshotError.from(thrown);
  return code === "canceled" || code === "device.no_answer";
}

function printMessage({ tSeconds, message }: TimedMessage, output: Output): void {
  const t = Math.round(tSeconds * 1_000) / 1_000;
  output.result({ t, ...message }, `${t.toFixed(3).padStart(8)} s  ${describe(message)}`);
}

function describe(message: TimedMessage["message"]): string {
  switch (message.type) {
    case "stt":
      return `stt    ${message.text}`;
    case "tts":
      return `tts    ${message.state}${message.state === "sentence_start" ? `: ${message.text}` : ""}`;
    case "alert":
      return `alert  ${message.status}: ${message.message}`;
    default:
      return message.type;
  }
}
