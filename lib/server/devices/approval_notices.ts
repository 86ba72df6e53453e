import type { Clock, Scope } from "../../lifecycle/mod.ts";
import { type DeviceIdentity, deviceKey, encodeServerMessage } from "../../protocol/mod.ts";
import type { AlertLanguage } from "../../session/mod.ts";
import type { AcceptedSocket, DeviceSocket, DeviceSocketHandlers } from "../transport/device_socket.ts";

/** How many devices may be shown their code at once; the next one is refused like any that is not approved. */
const MAX_SHOWN = 16;

/** How long a device may take to say hello, in ms; then it is shown its code all the same. */
const HELLO_MS = 2_000;

/** How long the code stays, in ms: firmware clears its screen when the connection ends. */
const SHOWN_MS = 5_000;

/** How long the device may take to answer the closing, in ms. */
const GOODBYE_MS = 2_000;

/** What a device may send meanwhile; beyond it the connection is ended. Five seconds of 20 ms packets are 250. */
const MAX_MESSAGES = 1_000;

/** As for a device whose approval was taken back. */
const NOT_APPROVED = 4003;

const TEXTS = {
  en: { status: "Waiting for approval", message: (code: string) => `The code of this device is ${code}` },
  zh: { status: "等待批准", message: (code: string) => `本设备的验证码：${code}` },
} as const;

/** Options of {@linkcode ApprovalNotices}. */
export interface ApprovalNoticesOptions {
  /** Owns the connections. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** The language of the alert. */
  readonly language: AlertLanguage;
}

/**
 * Devices that wait for approval and connect all the same, each with its own token: it is shown its code and sent
 * away. Such a connection is no session and takes no place; there are few of them, for a few seconds each, and
 * nothing that comes is looked at.
 */
export class ApprovalNotices {
  readonly #options: ApprovalNoticesOptions;
  readonly #shown = new Map<string, Notice>();

  /** Nobody is there yet. */
  constructor(options: ApprovalNoticesOptions) {
    this.#options = options;
    options.scope.own("devices that are shown their code", async () => {
      await Promise.all(Array.from(this.#shown.values(), (notice) => notice.end(1001, "shutdown")));
    }, { deadlineMs: GOODBYE_MS + 1_000 });
  }

  /** Whether there is room for a device, which is shown its code once at a time. */
  hasRoom(identity: DeviceIdentity): boolean {
    return this.#shown.size < MAX_SHOWN && !this.#shown.has(deviceKey(identity));
  }

  /** Shows a device its code; there must be room. */
  show(accepted: AcceptedSocket, device: { readonly identity: DeviceIdentity; readonly code: string }): void {
    const { clock, language } = this.#options;
    const key = deviceKey(device.identity);
    const notice = new Notice({ clock, language, code: device.code, onEnded: () => this.#shown.delete(key) });
    notice.begin(accepted);
    this.#shown.set(key, notice);
  }
}

/** One connection that ends as soon as a code was shown. */
class Notice implements DeviceSocketHandlers {
  readonly #clock: Clock;
  readonly #messages: readonly string[];
  readonly #onEnded: () => void;
  readonly #ended = Promise.withResolvers<void>();
  #socket: DeviceSocket | undefined;
  #received = 0;
  #isShown = false;
  #cancel = () => {};

  constructor(options: {
    readonly clock: Clock;
    readonly language: AlertLanguage;
    readonly code: string;
    readonly onEnded: () => void;
  }) {
    const { status, message } = TEXTS[options.language];
    const sessionId = crypto.randomUUID();
    const audio = { format: "opus", sampleRateHz: 24_000, channels: 1, frameDurationMs: 60 } as const;
    const alert = { status, message: message(options.code), emotion: "neutral" } as const;
    this.#clock = options.clock;
    this.#onEnded = options.onEnded;
    // The hello first: without it firmware shows a time-out instead of the alert.
    this.#messages = [
      encodeServerMessage({ type: "hello", audio }, sessionId),
      encodeServerMessage({ type: "alert", ...alert }, sessionId),
    ];
  }

  begin(accepted: AcceptedSocket): void {
    this.#socket = accepted.attach(this);
    this.#later(HELLO_MS, () => this.#show());
  }

  /** Ends the connection, by force after a while; resolves once it has ended. */
  async end(code: number, reason: string): Promise<void> {
    this.#isShown = true;
    this.#later(GOODBYE_MS, () => this.#socket?.destroy());
    void this.#socket?.close(code, reason);
    await this.#ended.promise;
  }

  onText(_text: string): void {
    this.#show();
    this.#count();
  }

  onBinary(_bytes: Uint8Array): void {
    this.#count();
  }

  onTooBig(_sizeBytes: number): void {
    void this.end(1009, "message_too_big");
  }

  /** Its end follows, and is all that counts here. */
  onPingTimeout(): void {}

  onClosed(_code: number): void {
    this.#cancel();
    this.#ended.resolve();
    this.#onEnded();
  }

  #show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    for (const message of this.#messages) this.#socket?.send(message);
    this.#later(SHOWN_MS, () => void this.end(NOT_APPROVED, "not_approved"));
  }

  #count(): void {
    if (++this.#received === MAX_MESSAGES) void this.end(1008, "flood");
  }

  /** One wait at a time. */
  #later(delayMs: number, what: () => void): void {
    this.#cancel();
    this.#cancel = this.#clock.schedule(delayMs, what);
  }
}
