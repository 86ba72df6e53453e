import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

const CODES: Record<RefusalKind, string> = {
  auth: "InvalidApiKey",
  quota: "Arrearage",
  config: "InvalidParameter",
  bad_audio: "UNSUPPORTED_FORMAT",
  busy: "Throttling.RateQuota",
};

/** What varies. */
export interface DashscopeManner {
  /** How long a task waits for sound, in ms. Default: 23 s. */
  readonly idleMs?: number;
  /** How long a connection without a task is left open, in ms. Default: 60 s. */
  readonly keptMs?: number;
}

/** Bailian's duplex inference; its key is `dashscope-key`. A connection takes one task after the other. */
export function dashscope(manner: DashscopeManner = {}): Dialect {
  return {
    accept: ({ headers }) =>
      headers.authorization === "Bearer dashscope-key"
        ? undefined
        : { status: 401, body: '{"code":"InvalidApiKey","message":"Invalid API-key provided."}' },
    refusal: (kind) =>
      kind === "auth"
        ? { status: 401, body: '{"code":"InvalidApiKey","message":"Invalid API-key provided."}' }
        : undefined,
    connect: (io) => new DashscopeDialogue(io, manner),
  };
}

class DashscopeDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #taskIds = new Set<string>();
  #taskId: string | undefined;
  #format = "";
  #started = false;
  #finishing = false;
  #pages = 0;
  readonly #manner: DashscopeManner;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(io: EmulatorIo, manner: DashscopeManner) {
    this.#io = io;
    this.#manner = manner;
  }

  gone(): void {
    clearTimeout(this.#idle);
  }

  text(message: string): void {
    const { header, payload } = JSON.parse(message);
    if (header.streaming !== "duplex") this.#io.violation("streaming must be duplex");
    if (JSON.stringify(payload.input) !== "{}") {
      return this.#fail("InvalidParameter", "task input is required");
    }
    if (header.action === "run-task") return this.#run(header.task_id, payload);
    if (header.action !== "finish-task" || header.task_id !== this.#taskId || this.#finishing) {
      return this.#io.violation(`${header.action} of another task`);
    }
    this.#finishing = true;
    this.#io.performer.finish();
  }

  binary(sound: Uint8Array): void {
    if (!this.#started || this.#finishing) return this.#io.violation("sound outside of a task");
    this.#wait();
    if (this.#format === "pcm") {
      if (sound.length > 6_400 || sound.length % 2 !== 0) {
        return this.#io.violation("more than 200 ms at once");
      }
      return this.#io.performer.audio(sound.length / 32);
    }
    if (new TextDecoder().decode(sound.subarray(0, 4)) !== "OggS") return this.#io.violation("no Ogg page");
    if (this.#pages++ > 0) this.#io.performer.audio(60);
  }

  #run(taskId: string, payload: Record<string, unknown> & { parameters: Record<string, unknown> }): void {
    if (this.#taskId !== undefined) return this.#io.violation("a task while another runs");
    if (this.#taskIds.has(taskId)) return this.#io.violation("a task id that was used before");
    const { task_group, task, function: name, parameters } = payload;
    if (task_group !== "audio" || task !== "asr" || name !== "recognition") {
      this.#io.violation("another task");
    }
    if (typeof payload.model !== "string") this.#io.violation("no model");
    if (parameters.sample_rate !== 16_000 || !["pcm", "opus"].includes(String(parameters.format))) {
      this.#io.violation("another rate or format");
    }
    const [before] = this.#taskIds;
    if (before !== undefined) this.#io.again();
    this.#taskIds.add(taskId);
    this.#taskId = taskId;
    this.#format = String(parameters.format);
    this.#finishing = false;
    this.#pages = 0;
    if (!this.#io.performer.start()) return;
    this.#started = true;
    this.#wait();
    if (before !== undefined) this.#late(before);
    this.#event("task-started", {});
    this.#heartbeat();
  }

  #wait(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#finishing || this.#io.performer.broken) return;
      this.#fail("CLIENT_ERROR", "request timeout after 23 seconds.");
    }, this.#manner.idleMs ?? 23_000);
  }

  /** What was still on its way of an earlier task, down to its end. */
  #late(task_id: string): void {
    const sentence = { begin_time: 0, end_time: 900, text: "ghost", words: [], sentence_end: true };
    const say = (event: string, output: Record<string, unknown>) =>
      this.#io.send(JSON.stringify({ header: { event, task_id, attributes: {} }, payload: { output } }));
    say("result-generated", { sentence });
    say("task-finished", {});
  }

  /** Whatever it holds is no news. */
  #heartbeat(): void {
    const sentence = { text: "heartbeat", heartbeat: true, end_time: 5, sentence_end: true };
    this.#event("result-generated", { output: { sentence } });
  }

  partial(text: string, index: number): void {
    this.#heartbeat();
    this.#event("result-generated", {
      output: {
        sentence: { begin_time: index * 1_000, end_time: null, text, words: [], sentence_end: false },
      },
    });
  }

  /** Every second sentence leaves `sentence_end` out: then the end's time says it. */
  final(text: string, index: number): void {
    const sentence = { begin_time: index * 1_000, end_time: index * 1_000 + 900, text, words: [] };
    this.#event("result-generated", {
      output: { sentence: index % 2 === 0 ? { ...sentence, sentence_end: true } : sentence },
    });
  }

  end(): void {
    if (this.#io.performer.heardMs === 0) return this.#fail("NO_VALID_AUDIO_ERROR", "no valid audio");
    this.#event("task-finished", { output: {} });
    this.#taskId = undefined;
    this.#started = false;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#io.close(), this.#manner.keptMs ?? 60_000);
  }

  error(kind: RefusalKind): void {
    this.#fail(CODES[kind], "no");
  }

  #fail(error_code: string, error_message: string): void {
    this.#io.send(
      JSON.stringify({
        header: { event: "task-failed", task_id: this.#taskId, error_code, error_message },
        payload: {},
      }),
    );
    this.#io.close();
  }

  #event(event: string, payload: Record<string, unknown>): void {
    this.#io.send(JSON.stringify({ header: { event, task_id: this.#taskId, attributes: {} }, payload }));
  }
}
