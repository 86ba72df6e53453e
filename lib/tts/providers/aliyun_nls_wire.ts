import {
  newNlsId,
  nlsCommand,
  nlsMeaning,
  type NlsPass,
  readNlsEvent,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";

/** The status that says that there is nothing to speak. */
export const NLS_EMPTY = 40_010_003;

/** How a voice of Aliyun NLS speaks. */
export interface NlsVoice {
  readonly voice: string;
  readonly sampleRateHz: number;
  readonly volume: number;
  readonly speechRate: number;
  readonly pitchRate: number;
}

/** The parameters of a request besides its text. */
export function voiceParameters(
  { voice, sampleRateHz, volume, speechRate, pitchRate }: NlsVoice,
): Readonly<Record<string, unknown>> {
  return {
    voice,
    format: "pcm",
    sample_rate: sampleRateHz,
    volume,
    speech_rate: speechRate,
    pitch_rate: pitchRate,
  };
}

/** A text that cannot be taken for SSML: what may begin a tag becomes a space. */
export function withoutTags(text: string): string {
  return text.replaceAll(/<(?![\s\d=])/g, " ");
}

/** Options of an {@linkcode NlsSpeechWire}. */
export interface NlsSpeechWireOptions extends NlsVoice {
  readonly service: ServiceName;
  readonly appKey: string;
  readonly pass: NlsPass;
  /** Whether the text comes in parts, to FlowingSpeechSynthesizer; else it is one, to SpeechSynthesizer. */
  readonly flowing: boolean;
}

/** One task of Aliyun NLS over a WebSocket. */
export class NlsSpeechWire implements TextWire {
  readonly opening: readonly string[];
  readonly waits: boolean;
  readonly #options: NlsSpeechWireOptions;
  readonly #taskId = newNlsId();

  /** Sends nothing yet. */
  constructor(options: NlsSpeechWireOptions) {
    this.#options = options;
    this.waits = options.flowing;
    this.opening = options.flowing ? [this.#command("StartSynthesis", voiceParameters(options))] : [];
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    const text = withoutTags(part);
    return [
      this.#options.flowing
        ? this.#command("RunSynthesis", { text })
        : this.#command("StartSynthesis", { text, ...voiceParameters(this.#options) }),
    ];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    return this.#options.flowing ? [this.#command("StopSynthesis")] : [];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [{ type: "sound", sound: message }];
    const { service, pass } = this.#options;
    const event = readNlsEvent(service, message);
    // A kept connection may still bring events of the task before.
    if (event.taskId !== "" && event.taskId !== this.#taskId) return [];
    switch (event.name) {
      case "SynthesisStarted":
        return [{ type: "started" }];
      case "SynthesisCompleted":
        return [{ type: "ended" }];
      case "TaskFailed":
        if (event.status === NLS_EMPTY) return [{ type: "ended", nothing: true }];
        throw pass.judge(serviceError(service, ...nlsMeaning(event)));
      default:
        return [];
    }
  }

  #command(name: string, payload?: Readonly<Record<string, unknown>>): string {
    const { appKey, flowing } = this.#options;
    const namespace = flowing ? "FlowingSpeechSynthesizer" : "SpeechSynthesizer";
    return nlsCommand({ appKey, taskId: this.#taskId, namespace, name, ...(payload && { payload }) });
  }
}
