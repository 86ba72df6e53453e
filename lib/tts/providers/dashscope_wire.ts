import type { ServiceFault } from "../../errors/mod.ts";
import {
  dashscopeCommand,
  dashscopeMeaning,
  readDashscopeEvent,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";

/** What the service says where it finds nothing to speak. */
const NOTHING = /please ensure input text is valid/i;
/** What it says of a voice that is none of the model's, whatever the code is. */
const NO_VOICE = /engine return error code: ?418|request voice is invalid/i;

/** How a voice of CosyVoice speaks. */
export interface DashscopeSpeechWireOptions {
  readonly service: ServiceName;
  readonly model: string;
  readonly voice: string;
  readonly sampleRateHz: number;
  readonly volume: number;
  readonly rate: number;
  readonly pitch: number;
  readonly instruction?: string | undefined;
  /** Of the text (BCP 47). */
  readonly language: string;
  readonly sendLanguage: boolean;
}

/** One task of CosyVoice. */
export class DashscopeSpeechWire implements TextWire {
  readonly opening: readonly string[];
  readonly waits = true;
  readonly #service: ServiceName;
  readonly #taskId = crypto.randomUUID();

  /** Sends nothing yet. */
  constructor(options: DashscopeSpeechWireOptions) {
    const { service, model, voice, sampleRateHz, volume, rate, pitch, instruction } = options;
    this.#service = service;
    this.opening = [this.#command("run-task", {
      task_group: "audio",
      task: "tts",
      function: "SpeechSynthesizer",
      model,
      parameters: {
        text_type: "PlainText",
        voice,
        format: "pcm",
        sample_rate: sampleRateHz,
        volume,
        rate,
        pitch,
        ...(instruction !== undefined && { instruction }),
        ...(options.sendLanguage && { language_hints: [new Intl.Locale(options.language).language] }),
      },
      input: {},
    })];
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    return [this.#command("continue-task", { input: { text: part } })];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    return [this.#command("finish-task", { input: {} })];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [{ type: "sound", sound: message }];
    const { event, taskId, code, message: words } = readDashscopeEvent(this.#service, message);
    // A kept connection may still bring events of the task before.
    if (taskId !== "" && taskId !== this.#taskId) return [];
    switch (event) {
      case "task-started":
        return [{ type: "started" }];
      case "task-finished":
        return [{ type: "ended" }];
      case "task-failed": {
        if (NOTHING.test(words)) return [{ type: "ended", nothing: true }];
        const [meaning, facts] = dashscopeMeaning({ code, message: words });
        const fault: ServiceFault = NO_VOICE.test(words) ? "config" : meaning;
        throw serviceError(this.#service, fault, facts);
      }
      default:
        return [];
    }
  }

  #command(
    action: "run-task" | "continue-task" | "finish-task",
    payload: Readonly<Record<string, unknown>>,
  ): string {
    return dashscopeCommand({ action, taskId: this.#taskId, payload });
  }
}
