import { encodeDoubaoEvent, serviceError, type ServiceName } from "../../service/mod.ts";
import type { TextWire, TextWireCancel, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { DOUBAO_EVENT, type DoubaoEvent, readDoubaoEvent } from "./doubao_events.ts";
import { type DoubaoVoiceSettings, partFrame, sessionFrame, wholeRequestFrame } from "./doubao_request.ts";

/** Whose request it is, and how the voice speaks. */
export interface DoubaoWireOptions {
  readonly service: ServiceName;
  readonly settings: DoubaoVoiceSettings;
}

/** A connection carries one request: one that is kept counts among those that an account may have at once. */
const ENDED: readonly TextWireEvent[] = [
  { type: "asks", messages: [encodeDoubaoEvent(DOUBAO_EVENT.finishConnection)] },
  { type: "ended" },
];

/** What the service has to say first, step by step. */
const DUE = { connecting: "connected", starting: "started" } as const;

/** A session that takes the parts of one text. */
export class DoubaoSessionWire implements TextWire {
  readonly opening = [encodeDoubaoEvent(DOUBAO_EVENT.startConnection)];
  readonly waits = true;
  readonly #options: DoubaoWireOptions;
  readonly #id = crypto.randomUUID();
  #said = "";
  /** What is `over` cannot be given up: it has failed, it has ended, or all of its text was sent. */
  #stage: keyof typeof DUE | "open" | "over" = "connecting";

  /** Sends nothing yet. */
  constructor(options: DoubaoWireOptions) {
    this.#options = options;
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly Uint8Array[] {
    this.#said += part;
    return [partFrame(this.#id, part)];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly Uint8Array[] {
    this.#stage = "over";
    return [encodeDoubaoEvent(DOUBAO_EVENT.finishSession, { session: this.#id })];
  }

  /** See {@linkcode TextWire}: else the service would go on speaking for nobody. */
  cancel(): TextWireCancel | undefined {
    if (this.#stage !== "open") return undefined;
    const { service } = this.#options;
    return {
      messages: [encodeDoubaoEvent(DOUBAO_EVENT.cancelSession, { session: this.#id })],
      isLast: (message) => endsSession(service, message),
    };
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    const { service, settings } = this.#options;
    const event = this.#eventIn(message);
    switch (event.type) {
      case "sound":
        return [{ type: "sound", sound: event.bytes }];
      case "connected":
        this.#stage = "starting";
        return [{ type: "asks", messages: [sessionFrame(settings, this.#id)] }];
      case "started":
        this.#stage = "open";
        return [{ type: "started" }];
      case "finished":
      case "canceled":
        if (this.#stage === "over") return ENDED;
        this.#stage = "over";
        throw serviceError(service, "disconnected", { detail: "it ended its session before the text ended" });
      case "other":
        return [];
    }
  }

  #eventIn(message: WireMessage): DoubaoEvent {
    const { service } = this.#options;
    const due = this.#stage === "connecting" || this.#stage === "starting" ? DUE[this.#stage] : undefined;
    try {
      const event = readDoubaoEvent(message, { service, said: this.#said });
      const isGreeting = event.type === "connected" || event.type === "started";
      if (due === undefined) return isGreeting ? { type: "other" } : event;
      if (event.type === due || event.type === "other") return event;
      throw serviceError(service, "protocol", { detail: `it says ${event.type} before ${due}` });
    } catch (thrown) {
      this.#stage = "over";
      throw thrown;
    }
  }
}

/** Whether nothing more comes of a session: it was given up, it had ended before that, or it has failed. */
function endsSession(service: ServiceName, message: WireMessage): boolean {
  try {
    return ["canceled", "finished"].includes(readDoubaoEvent(message, { service, said: "" }).type);
  } catch {
    return true;
  }
}

/** A request that takes a text at once. */
export class DoubaoWholeWire implements TextWire {
  readonly #options: DoubaoWireOptions;
  #said = "";

  /** Sends nothing yet. */
  constructor(options: DoubaoWireOptions) {
    this.#options = options;
  }

  /** See {@linkcode TextWire}. */
  text(whole: string): readonly Uint8Array[] {
    this.#said = whole;
    return [wholeRequestFrame(this.#options.settings, whole)];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly Uint8Array[] {
    return [];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    const event = readDoubaoEvent(message, { service: this.#options.service, said: this.#said });
    if (event.type === "sound") return [{ type: "sound", sound: event.bytes }];
    return event.type === "finished" ? ENDED : [];
  }
}
