import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

const STATUS: Record<RefusalKind, number> = {
  auth: 40000001,
  quota: 40000010,
  config: 40020105,
  bad_audio: 41010101,
  busy: 40000005,
};
const HEX_32 = /^[0-9a-f]{32}$/;

/** What varies. */
export interface NlsManner {
  /** The token that it takes now. Default: `nls-token`. */
  readonly token?: () => string;
  /** How long it waits for sound, in ms. Default: 10 s. */
  readonly idleMs?: number;
  /** Whether the last event has a payload, though nothing is in it. */
  readonly lastPayload?: boolean;
}

/** Aliyun NLS; it takes the appkey `nls-app`. */
export function aliyunNls(manner: NlsManner = {}): Dialect {
  const { token = () => "nls-token" } = manner;
  return {
    accept: ({ headers }) =>
      headers["x-nls-token"] === token()
        ? undefined
        : { status: 403, body: "ACCESS_DENIED:The token is invalid!" },
    connect: (io) => new NlsDialogue(io, manner),
  };
}

class NlsDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #messageIds = new Set<string>();
  #taskId = "";
  #task = "";
  #format = "";
  #started = false;
  #stopped = false;
  #pages = 0;
  #last = "";
  readonly #manner: NlsManner;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(io: EmulatorIo, manner: NlsManner) {
    this.#io = io;
    this.#manner = manner;
    this.#wait();
  }

  gone(): void {
    clearTimeout(this.#idle);
  }

  #wait(): void {
    clearTimeout(this.#idle);
    const { idleMs = 10_000 } = this.#manner;
    this.#idle = setTimeout(() => {
      if (!this.#stopped && !this.#io.performer.broken) this.#fail(40000004, "Gateway:IDLE_TIMEOUT");
    }, idleMs);
  }

  text(message: string): void {
    const { header, payload } = JSON.parse(message);
    if (header.appkey !== "nls-app") this.#io.violation("another appkey");
    if (!HEX_32.test(header.message_id) || this.#messageIds.has(header.message_id)) {
      this.#io.violation("message_id must be 32 hex digits, new each time");
    }
    this.#messageIds.add(header.message_id);
    if (!HEX_32.test(header.task_id)) this.#io.violation("task_id must be 32 hex digits");
    const [, verb, task] = /^(Start|Stop)(Transcription|Recognition)$/.exec(header.name) ?? [];
    const namespace = task === "Transcription" ? "SpeechTranscriber" : "SpeechRecognizer";
    if (task === undefined || header.namespace !== namespace) {
      return this.#io.violation(`command ${header.name}`);
    }
    if (verb === "Start") return this.#start({ task, taskId: header.task_id, payload });
    if (header.task_id !== this.#taskId || task !== this.#task) {
      this.#io.violation("another task was started");
    }
    if (this.#stopped || payload !== undefined) this.#io.violation("a second stop, or one with a payload");
    this.#stopped = true;
    this.#io.performer.finish();
  }

  binary(sound: Uint8Array): void {
    this.#wait();
    if (!this.#started || this.#stopped) return this.#io.violation("sound outside of the task");
    if (this.#format === "pcm") {
      if (sound.length % 2 !== 0 || sound.length > 6_400) {
        return this.#io.violation("more than 200 ms at once");
      }
      return this.#io.performer.audio(sound.length / 32);
    }
    if (new TextDecoder().decode(sound.subarray(0, 4)) !== "OggS") return this.#io.violation("no Ogg page");
    // The first piece is the head; the others are pages of a packet or more.
    if (this.#pages++ > 0) this.#io.performer.audio(60);
  }

  #start(
    { task, taskId, payload }: { task: string; taskId: string; payload: Record<string, unknown> },
  ): void {
    if (this.#taskId !== "") return this.#io.violation("a second start");
    this.#taskId = taskId;
    this.#task = task;
    this.#format = String(payload.format);
    if (!["pcm", "opus"].includes(this.#format) || payload.sample_rate !== 16_000) {
      return this.#fail(40020105, "Meta:format");
    }
    if (!this.#io.performer.start()) return;
    this.#started = true;
    this.#event(`${task}Started`, {});
  }

  partial(text: string, index: number): void {
    // A recognizer's words are those of the whole utterance, a transcriber's those of the sentence.
    const result = [...this.#whole, text].join(" ");
    this.#last = result;
    this.#event(`${this.#task}ResultChanged`, { payload: { index: index + 1, time: 100, result } });
  }

  final(text: string, index: number): void {
    if (this.#task === "Recognition") {
      this.#whole.push(text);
      return;
    }
    this.#event("SentenceEnd", {
      payload: { index: index + 1, time: 900, begin_time: 100, result: text, confidence: 0.9 },
    });
    this.#last = "";
  }

  readonly #whole: string[] = [];

  /** A recognizer's result is in its last event, a transcriber's last event may have no payload. */
  end(): void {
    if (this.#task === "Recognition") {
      if (this.#io.performer.heardMs === 0) return this.#fail(40270002, "NO_VALID_AUDIO");
      this.#event("RecognitionCompleted", { payload: { result: this.#whole.join(" ") || this.#last } });
    } else this.#event("TranscriptionCompleted", this.#manner.lastPayload === true ? { payload: {} } : {});
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#fail(STATUS[kind], "no");
  }

  #fail(status: number, words: string): void {
    this.#event("TaskFailed", { status, words, namespace: "Default" });
    this.#io.close();
  }

  #event(
    name: string,
    { payload, status = 20000000, words = "Gateway:SUCCESS", namespace }: {
      payload?: Record<string, unknown>;
      status?: number;
      words?: string;
      namespace?: string;
    },
  ): void {
    this.#io.send(JSON.stringify({
      header: {
        namespace: namespace ?? (this.#task === "Recognition" ? "SpeechRecognizer" : "SpeechTranscriber"),
        name,
        status,
        status_text: words,
        message_id: crypto.randomUUID().replaceAll("-", ""),
        task_id: this.#taskId,
      },
      ...(payload && { payload }),
    }));
  }
}
