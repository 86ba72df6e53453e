import { EarshotError } from "../../lib/errors/mod.ts";
import type { SpeechSound } from "../../lib/tts/mod.ts";
import { settle } from "../support/fake_clock.ts";

/** A piece that is being spoken, as whoever listens sees it. */
export interface Speaking<Sound extends SpeechSound> {
  readonly sounds: readonly Sound[];
  /** The code with which it failed; `whole` once it ended well. */
  readonly outcome: string | undefined;
  readonly done: Promise<void>;
}

/** Listens without a pause. */
export function listen<Sound extends SpeechSound>(speech: AsyncIterable<Sound>): Speaking<Sound> {
  const sounds: Sound[] = [];
  let outcome: string | undefined;
  const done = (async () => {
    try {
      for await (const sound of speech) sounds.push(sound);
      outcome = "whole";
    } catch (thrown) {
      outcome = thrown instanceof EarshotError ? thrown.code : String(thrown);
    }
  })();
  return {
    sounds,
    get outcome() {
      return outcome;
    },
    done,
  };
}

/** Lets what is under way go as far as it can. */
export async function turn(): Promise<void> {
  for (let round = 0; round < 10; round++) await settle();
}
