import { type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import { aliyunCharsOf, SpeechConnections } from "./speech_connections.ts";
import type { SpeechSocketDialect, SpeechSocketIo } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNAUTHORIZED = { status: 401, body: '{"code":"InvalidApiKey","message":"Invalid API-key provided."}' };
const NOTHING = ["InvalidParameter", "[tts:]Please ensure input text is valid."] as const;

/** How each refusal is worded. */
const FAULTS: Record<SpeechRefusal, readonly [code: string, message: string]> = {
  auth: ["InvalidApiKey", "Invalid API-key provided."],
  quota: ["Arrearage", "Access denied, please make sure your account is in good standing."],
  throttled: ["Throttling.RateQuota", "Requests rate limit exceeded, please try again later."],
  voice: ["InternalError.Algo", "[tts:]Engine return error code: 418"],
  model: ["ModelNotFound", "Model can not be found."],
  busy: ["InternalError", "no"],
  text: ["DataInspectionFailed", "Input data may contain inappropriate content."],
};

/** What varies. */
export interface DashscopeSpeechManner {
  /** The time source of its patience. */
  readonly clock?: Clock;
  /** Notes the actions that come. */
  readonly commands?: string[];
  /** Parameters besides those of the contract suite. */
  readonly wants?: Readonly<Record<string, unknown>>;
  /** The model that is asked for. */
  readonly model?: string;
  /** A text for which it says that there is nothing to speak. */
  readonly unspeakable?: string;
  /** The text at which the task fails, and how. */
  readonly fails?: { readonly at: string; readonly code: string; readonly message: string };
}

/** CosyVoice over Bailian's duplex inference; its key is `dashscope-key`. A connection takes one task after the other. */
export function dashscopeSpeech(manner: DashscopeSpeechManner = {}): SpeechSocketDialect {
  const connections = new SpeechConnections((io) => new DashscopeSpeechConnection(io, manner));
  return {
    accept: ({ headers }) => headers["authorization"] === "Bearer dashscope-key" ? undefined : UNAUTHORIZED,
    refusal: (kind) => kind === "auth" ? UNAUTHORIZED : undefined,
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

class DashscopeSpeechConnection {
  readonly #io: SpeechSocketIo;
  readonly #manner: DashscopeSpeechManner;
  readonly #taskIds = new Set<string>();
  #taskId: string | undefined;
  #lastTask: string | undefined;
  #finishing = false;
  #started = false;
  #chars = 0;
  #cancelIdle = () => {};

  constructor(io: SpeechSocketIo, manner: DashscopeSpeechManner) {
    this.#io = io;
    this.#manner = manner;
    this.#keep();
    io.closed.then(() => this.#cancelIdle());
  }

  take(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.#io.violation("bytes");
    const { header: { action, task_id, streaming }, payload } = JSON.parse(message);
    this.#manner.commands?.push(action);
    if (streaming !== "duplex") return this.#io.violation("streaming must be duplex");
    if (action === "run-task") return this.#run(task_id, payload);
    if (task_id !== this.#taskId || !this.#started || this.#finishing) {
      return this.#io.violation(`${action} outside of its task`);
    }
    if (action === "continue-task") return this.#continue(payload.input);
    if (action !== "finish-task" || JSON.stringify(payload) !== '{"input":{}}') {
      return this.#io.violation(`${action} with ${JSON.stringify(payload)}`);
    }
    this.#finishing = true;
    this.#cancelIdle();
    this.#io.finish();
  }

  before(): readonly string[] {
    return [this.#result("sentence-begin"), this.#result("sentence-synthesis")];
  }

  after(): readonly string[] {
    const all = [
      this.#result("sentence-end"),
      this.#event("task-finished", { payload: { usage: { characters: 1 } } }),
    ];
    this.#lastTask = this.#taskId;
    this.#taskId = undefined;
    this.#keep();
    return all;
  }

  #run(
    taskId: string,
    payload: Readonly<Record<string, unknown>> & { readonly parameters: Readonly<Record<string, unknown>> },
  ): void {
    if (this.#taskId !== undefined) return this.#io.violation("a task while another runs");
    if (!UUID.test(taskId) || this.#taskIds.has(taskId)) return this.#io.violation("a task id of its own");
    const { parameters, input, ...task } = payload;
    const { model = "cosyvoice-v3-flash", wants } = this.#manner;
    const wantedTask = { task_group: "audio", task: "tts", function: "SpeechSynthesizer", model };
    const wanted = {
      text_type: "PlainText",
      voice: "longanyang",
      format: "pcm",
      sample_rate: 24_000,
      volume: 50,
      rate: 1,
      pitch: 1,
      ...wants,
    };
    if (JSON.stringify([task, input, parameters]) !== JSON.stringify([wantedTask, {}, wanted])) {
      return this.#io.violation(`the task ${JSON.stringify(payload)}`);
    }
    this.#taskIds.add(taskId);
    this.#taskId = taskId;
    this.#started = false;
    this.#finishing = false;
    this.#chars = 0;
    const { refused } = this.#io;
    if (refused !== undefined) return this.#fail(...FAULTS[refused]);
    this.#late();
    // What is sent before it is too early.
    this.#soon(() => {
      this.#started = true;
      this.#io.send(this.#event("task-started"));
      this.#wait();
    });
  }

  #continue({ text }: { readonly text?: unknown }): void {
    if (typeof text !== "string" || text === "" || aliyunCharsOf(text) > 20_000) {
      return this.#io.violation("no text, or too much of it");
    }
    this.#chars += aliyunCharsOf(text);
    if (this.#chars > 200_000) return this.#io.violation("more than 200,000 characters");
    this.#wait();
    const { unspeakable, fails } = this.#manner;
    if (text === unspeakable) return this.#fail(...NOTHING);
    if (fails !== undefined && text === fails.at) return this.#fail(fails.code, fails.message);
    this.#io.part(text);
  }

  /** What was still on its way of the task before: its sound has no name. */
  #late(): void {
    if (this.#lastTask === undefined) return;
    for (let count = 0; count < 2; count++) this.#io.send(new Uint8Array(999).fill(99));
    this.#io.send(this.#event("task-finished", { taskId: this.#lastTask }));
  }

  #wait(): void {
    this.#after(23_000, () => this.#fail("CLIENT_ERROR", "request timeout after 23 seconds."));
  }

  #keep(): void {
    this.#after(60_000, () => this.#io.close());
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

  #fail(error_code: string, error_message: string): void {
    this.#cancelIdle();
    this.#io.send(this.#event("task-failed", { header: { error_code, error_message } }));
    this.#io.close();
  }

  #result(type: string): string {
    return this.#event("result-generated", {
      payload: { output: { type, sentence: { index: 0, words: [] } } },
    });
  }

  #event(
    event: string,
    { header = {}, payload = {}, taskId = this.#taskId }: {
      readonly header?: Readonly<Record<string, unknown>>;
      readonly payload?: Readonly<Record<string, unknown>>;
      readonly taskId?: string | undefined;
    } = {},
  ): string {
    return JSON.stringify({ header: { event, task_id: taskId, attributes: {}, ...header }, payload });
  }
}
