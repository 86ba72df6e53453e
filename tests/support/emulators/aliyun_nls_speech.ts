import { type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import { aliyunCharsOf, SpeechConnections } from "./speech_connections.ts";
import type { SpeechSocketDialect, SpeechSocketIo } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

const HEX_32 = /^[0-9a-f]{32}$/;
const OK = 20_000_000;
const EMPTY = 40_010_003;

/** How each refusal is worded; without a key it is none of NLS. */
const FAULTS: Record<SpeechRefusal, readonly [status: number, words: string]> = {
  auth: [40000001, "Gateway:ACCESS_DENIED:The token is invalid!"],
  quota: [40000010, "Gateway:FREE_TRIAL_EXPIRED:The free trial has expired!"],
  throttled: [40000005, "Gateway:TOO_MANY_REQUESTS:Too many requests!"],
  voice: [41020001, "TTS:TtsClientError:Engine return error code:418"],
  model: [40020105, "Meta:APPKEY_NOT_EXIST:Appkey not exist!"],
  busy: [51020001, "TTS:TtsServerError:no"],
  text: [41020001, "TTS:TtsClientError:Engine return error code:413"],
};

/** What varies. */
export interface NlsSpeechManner {
  /** Whether it is FlowingSpeechSynthesizer. */
  readonly flowing?: boolean;
  /** The token that it takes now. Default: `nls-token`. */
  readonly token?: () => string;
  /** The time source of its patience. */
  readonly clock?: Clock;
  /** Parameters besides those of the contract suite. */
  readonly wants?: Readonly<Record<string, unknown>>;
  /** Notes the commands that come. */
  readonly commands?: string[];
  /** A text for which it says that there is nothing to speak. */
  readonly unspeakable?: string;
  /** The text at which it finds that the token has run out, or the voice is not the project's. */
  readonly fails?: { readonly at: string; readonly status: number; readonly words: string };
  /** Whether it ends each connection after its task. */
  readonly closes?: boolean;
}

/** Its answer to a wrong token. */
const FORBIDDEN = { status: 403, body: "ACCESS_DENIED:The token is invalid!" };

/** The speech of Aliyun NLS over WebSockets; it takes the appkey `nls-app`, and one task after the other. */
export function nlsSpeech(manner: NlsSpeechManner = {}): SpeechSocketDialect {
  const { token = () => "nls-token" } = manner;
  const connections = new SpeechConnections((io) => new NlsSpeechConnection(io, manner));
  return {
    accept: ({ headers }) => headers["x-nls-token"] === token() ? undefined : FORBIDDEN,
    refusal: (kind) => kind === "auth" ? FORBIDDEN : undefined,
    connect: (io) => {
      const connection = connections.add(io);
      return (message) => connection.take(message);
    },
    sound: (spoken) => new Uint8Array(spoken().buffer),
    messages: {
      before: (io) => connections.of(io).before(),
      sound: (bytes) => bytes,
      after: (io) => connections.of(io).after(),
    },
  };
}

class NlsSpeechConnection {
  readonly #io: SpeechSocketIo;
  readonly #manner: NlsSpeechManner;
  readonly #ids = new Set<string>();
  #taskId: string | undefined;
  #lastTask: string | undefined;
  #stopped = false;
  #started = false;
  #chars = 0;
  #cancelIdle = () => {};

  constructor(io: SpeechSocketIo, manner: NlsSpeechManner) {
    this.#io = io;
    this.#manner = manner;
    this.#keep();
    io.closed.then(() => this.#cancelIdle());
  }

  take(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.#io.violation("bytes");
    const { header, payload } = JSON.parse(message);
    const { appkey, message_id, task_id, namespace, name } = header;
    this.#manner.commands?.push(name);
    if (appkey !== "nls-app") return this.#io.violation("another appkey");
    if (!HEX_32.test(message_id) || this.#ids.has(message_id) || !HEX_32.test(task_id)) {
      return this.#io.violation("ids are 32 hex digits, each message's its own");
    }
    this.#ids.add(message_id);
    if (namespace !== (this.#flowing ? "FlowingSpeechSynthesizer" : "SpeechSynthesizer")) {
      return this.#io.violation(`the namespace ${namespace}`);
    }
    if (name === "StartSynthesis") return this.#start(task_id, payload);
    if (task_id !== this.#taskId || !this.#started || this.#stopped) {
      return this.#io.violation(`${name} outside of the task`);
    }
    if (name === "RunSynthesis") return this.#run(payload);
    if (name !== "StopSynthesis" || payload !== undefined) {
      return this.#io.violation(`${name} or its payload`);
    }
    this.#stop();
  }

  before(): readonly string[] {
    return this.#flowing ? [this.#event("SentenceBegin", { payload: { index: 1 } })] : [];
  }

  after(): readonly string[] {
    const events = this.#flowing
      ? [this.#event("SentenceEnd", { payload: { index: 1, subtitles: [] } })]
      : [this.#event("MetaInfo", { payload: { subtitles: [] } })];
    const all = [...events, this.#event("SynthesisCompleted", {})];
    this.#lastTask = this.#taskId;
    this.#taskId = undefined;
    if (this.#manner.closes !== true) {
      this.#keep();
      return all;
    }
    for (const event of all) this.#io.send(event);
    this.#io.close();
    return [];
  }

  get #flowing(): boolean {
    return this.#manner.flowing ?? false;
  }

  #start(taskId: string, payload: Readonly<Record<string, unknown>>): void {
    if (this.#taskId !== undefined || this.#ids.has(taskId)) {
      return this.#io.violation("a task id, or its time");
    }
    this.#ids.add(taskId);
    const { text, ...parameters } = payload;
    const wanted = {
      voice: this.#flowing ? "longxiaochun" : "xiaoyun",
      format: "pcm",
      sample_rate: 24_000,
      volume: 50,
      speech_rate: 0,
      pitch_rate: 0,
      ...this.#manner.wants,
    };
    if (JSON.stringify(parameters) !== JSON.stringify(wanted)) {
      return this.#io.violation(`the parameters ${JSON.stringify(parameters)}`);
    }
    this.#taskId = taskId;
    this.#started = false;
    this.#stopped = false;
    this.#chars = 0;
    this.#cancelIdle();
    const { refused } = this.#io;
    if (refused !== undefined) return this.#fail(...FAULTS[refused]);
    if (this.#flowing) {
      if (text !== undefined) return this.#io.violation("a text before the task has started");
      this.#late();
      // What is sent before it is too early.
      return this.#soon(() => {
        this.#started = true;
        this.#io.send(this.#event("SynthesisStarted", {}));
        this.#wait();
      });
    }
    if (typeof text !== "string" || text.length > 300) {
      return this.#io.violation("no text, or too much of it");
    }
    if (this.#hears(text)) this.#stop(text);
  }

  #run({ text }: { readonly text?: unknown }): void {
    if (typeof text !== "string" || text === "" || aliyunCharsOf(text) > 2_000) {
      return this.#io.violation("no text, or too much of it");
    }
    this.#chars += aliyunCharsOf(text);
    if (this.#chars > 200_000) return this.#io.violation("more than 200,000 characters");
    this.#wait();
    if (this.#hears(text)) this.#io.part(text);
  }

  #stop(text?: string): void {
    this.#stopped = true;
    this.#cancelIdle();
    if (text !== undefined) this.#io.part(text);
    this.#io.finish();
  }

  /** Whether it can go on with a text. */
  #hears(text: string): boolean {
    const { unspeakable, fails } = this.#manner;
    if (/<\/?speak/i.test(text)) this.#io.violation("SSML");
    if (text === unspeakable) this.#fail(EMPTY, "TTS:no text");
    else if (fails !== undefined && text === fails.at) this.#fail(fails.status, fails.words);
    else return true;
    return false;
  }

  /** What was still on its way of the task before. */
  #late(): void {
    if (this.#lastTask === undefined) return;
    for (let count = 0; count < 2; count++) this.#io.send(new Uint8Array(999).fill(99));
    this.#io.send(this.#event("SynthesisCompleted", { taskId: this.#lastTask }));
  }

  #wait(): void {
    this.#after(
      10_000,
      () => this.#fail(40000004, "Gateway:IDLE_TIMEOUT:Websocket session is idle for too long time"),
    );
  }

  #keep(): void {
    this.#after(10_000, () => this.#io.close());
  }

  #soon(then: () => void): void {
    this.#cancelIdle();
    const timer = setTimeout(then, 5);
    this.#cancelIdle = () => clearTimeout(timer);
  }

  #after(ms: number, then: () => void): void {
    const { clock = systemClock } = this.#manner;
    this.#cancelIdle();
    this.#cancelIdle = clock.schedule(ms, then);
  }

  #fail(status: number, words: string): void {
    this.#cancelIdle();
    this.#io.send(this.#event("TaskFailed", { status, words, namespace: "Default" }));
    this.#io.close();
  }

  #event(
    name: string,
    { payload, status = OK, words = "GATEWAY|SUCCESS|Success.", namespace, taskId = this.#taskId }: {
      readonly payload?: Readonly<Record<string, unknown>>;
      readonly status?: number;
      readonly words?: string;
      readonly namespace?: string;
      readonly taskId?: string | undefined;
    },
  ): string {
    return JSON.stringify({
      header: {
        namespace: namespace ?? (this.#flowing ? "FlowingSpeechSynthesizer" : "SpeechSynthesizer"),
        name,
        status,
        // Some say it so, some so.
        [this.#flowing ? "status_message" : "status_text"]: words,
        message_id: crypto.randomUUID().replaceAll("-", ""),
        task_id: taskId,
      },
      ...(payload && { payload }),
    });
  }
}
