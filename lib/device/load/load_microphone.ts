import type { Pace } from "./pace.ts";
import type { PreparedPacket } from "./prepared_sound.ts";

/** Options of a {@linkcode LoadMicrophone}. */
export interface LoadMicrophoneOptions {
  /** When it gives packets. */
  readonly pace: Pace;
  /** What it gives when nothing is played, over and over; at least one packet. */
  readonly silence: readonly PreparedPacket[];
  /** Takes each packet while it is on, and whether it is of what is played. */
  readonly onPacket: (packet: PreparedPacket, isVoice: boolean) => void;
}

/** A microphone whose sound was encoded before; what is played goes on, unsent, while it is off. */
export class LoadMicrophone {
  readonly #options: LoadMicrophoneOptions;
  readonly #stopPace: () => void;
  #on = false;
  #voice: { readonly packets: readonly PreparedPacket[]; readonly ended: () => void } | undefined;
  #at = 0;

  /** It is off. */
  constructor(options: LoadMicrophoneOptions) {
    this.#options = options;
    this.#stopPace = options.pace.join(() => this.#capture());
  }

  /** Whether it is on. */
  get isOn(): boolean {
    return this.#on;
  }

  /** Switches it on. */
  on(): void {
    this.#on = true;
  }

  /** Switches it off. */
  off(): void {
    this.#on = false;
  }

  /** Plays once; resolves after the last packet, and never when the microphone is closed before. */
  play(packets: readonly PreparedPacket[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#voice = { packets, ended: resolve };
    this.#at = 0;
    return promise;
  }

  /** What is played ends here. */
  fallSilent(): void {
    this.#voice?.ended();
    this.#voice = undefined;
    this.#at = 0;
  }

  /** Gives nothing any more. May be called twice. */
  close(): void {
    this.#stopPace();
  }

  #capture(): void {
    const sound = this.#voice?.packets ?? this.#options.silence;
    const packet = sound[this.#at++ % sound.length];
    if (packet !== undefined && this.#on) this.#options.onPacket(packet, this.#voice !== undefined);
    if (this.#voice !== undefined && this.#at >= sound.length) this.fallSilent();
  }
}
