import type { Agent } from "../../agents/mod.ts";
import { opusHasVoice, opusPacketDurationMs } from "../../audio/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import type { ListenMode } from "../../protocol/mod.ts";
import type { SessionCounters } from "../counters.ts";
import { type ListeningPlace, type Overload, overloaded } from "../overload/overload.ts";
import type { TurnOwner } from "./turn_owner.ts";

/** How often at most a device shows that it is refused, in ms. */
const SHOWN_MS = 3_000;
/** How often at most it says so, in ms: only a person who presses a button is there for sure. */
const SAID_MS = 15_000;
/** So much voice within {@linkcode VOICE_WITHIN_MS} is somebody who speaks to a device that does not hear them, in ms. */
const VOICE_MS = 300;
const VOICE_WITHIN_MS = 1_000;

/** Options of a {@linkcode ListeningGate}. */
export interface ListeningGateOptions {
  /** The session's scope, with which its place is given back. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly counters: SessionCounters;
  /** Who is heard in the whole process; everybody without it. */
  readonly overload: Overload | undefined;
  readonly turns: Pick<TurnOwner, "refused">;
  /** Told that the device, which was refused, is heard again. Must not throw. */
  readonly onOpen: () => void;
}

/**
 * Whether a device is listened to, as far as the process has room for it. While it is shut nothing of its sound is decoded
 * nor kept; it is told so, and opens by itself.
 */
export class ListeningGate {
  readonly #options: ListeningGateOptions;
  readonly #place: ListeningPlace | undefined;
  /** For whom it is shut. */
  #shut: { readonly mode: ListenMode; readonly agent: Agent } | undefined;
  #shownMs = -Infinity;
  #saidMs = -Infinity;
  #voiceMs = 0;
  #heardMs = 0;
  /** Whether somebody has spoken since it was told. */
  #isOwed = false;
  /** Whether the device was told since it is shut. */
  #isTold = false;

  /** It is open. */
  constructor(options: ListeningGateOptions) {
    this.#options = options;
    const { scope, overload } = options;
    this.#place = overload?.openPlace(() => {
      // What was said meanwhile has to be said again.
      if (this.#isOwed) this.#show();
      this.#shut = undefined;
      options.onOpen();
    });
    scope.own("listening place", () => this.leave());
  }

  /** Whether the device is refused. */
  get shut(): boolean {
    return this.#shut !== undefined;
  }

  /** Whether others would be heard in its place. */
  get contended(): boolean {
    return this.#options.overload?.contended ?? false;
  }

  /**
   * Whether a turn may be listened to now; otherwise, but for a button, the gate opens once there is room. The device is
   * told at once if it has `asked` for it just now, and else when somebody speaks: between two turns that may never be.
   */
  admit(mode: ListenMode, agent: Agent, { asked }: { readonly asked: boolean }): boolean {
    const wasShut = this.shut;
    // Each press is a turn.
    if (!wasShut || mode === "manual") this.#isTold = false;
    if (this.#place?.take({ waits: mode !== "manual" }) ?? true) {
      this.#shut = undefined;
      return true;
    }
    this.#shut = { mode, agent };
    this.#voiceMs = this.#heardMs = 0;
    this.#isOwed = false;
    if (asked && !wasShut) this.#tell();
    return false;
  }

  /** A packet came while it is shut; whether it is sound. */
  packet(opus: Uint8Array): boolean {
    this.#options.counters.audioRefused++;
    const durationMs = opusPacketDurationMs(opus);
    if (durationMs === undefined) return false;
    this.#heardMs += durationMs;
    // Where nobody can tell, it is rather told too often.
    if (opusHasVoice(opus) ?? true) this.#voiceMs += durationMs;
    const isSpeech = this.#voiceMs >= VOICE_MS;
    if (isSpeech || this.#heardMs >= VOICE_WITHIN_MS) this.#heardMs = this.#voiceMs = 0;
    if (isSpeech) this.#isOwed = true;
    if (this.#isOwed) this.#tell();
    return true;
  }

  /** Nothing of the device is heard any more; if it is shut, it goes on waiting. */
  giveBack(): void {
    this.#place?.giveBack();
  }

  /** The device is not to be listened to. May be called twice. */
  leave(): void {
    this.#shut = undefined;
    this.#place?.leave();
  }

  #tell(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#shownMs < SHOWN_MS) return;
    const aloud = this.#shut?.mode === "manual" || nowMs - this.#saidMs >= SAID_MS;
    if (aloud) this.#saidMs = nowMs;
    this.#show({ aloud });
  }

  #show({ aloud = false } = {}): void {
    const { clock, overload, turns } = this.#options;
    if (this.#shut === undefined) return;
    if (!this.#isTold) overload?.countTurn();
    this.#isTold = true;
    this.#shownMs = clock.nowMs();
    this.#isOwed = false;
    turns.refused(overloaded("Cannot listen to the device now"), this.#shut.agent, { aloud });
  }
}
