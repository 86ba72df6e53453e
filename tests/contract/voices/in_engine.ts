import type { TtsSubject } from "../tts_subjects.ts";

const PIPE = "the engine is our own child at the other end of a pipe";
const AT_ONCE = "it gives a sentence whole, or not at all";
const NO_ACCOUNTS = "the engine knows no accounts";

/** What any voice that runs in the engine has in common in the contract suite. */
export const IN_ENGINE: Pick<TtsSubject, "refusals" | "broken" | "skipped"> = {
  refusals: { text: "engine.job_failed" },
  broken: "engine.crashed",
  skipped: {
    "byte by byte": AT_ONCE,
    "split at every byte": AT_ONCE,
    "drops mid sound": AT_ONCE,
    "hangs mid sound": AT_ONCE,
    "cancel mid sound": AT_ONCE,
    "leaving the loop": AT_ONCE,
    "back-pressure": AT_ONCE,
    "a slow listener is no stall": AT_ONCE,
    "a byte a second": AT_ONCE,
    "sound without end": AT_ONCE,
    "refused: auth": NO_ACCOUNTS,
    "refused: quota": NO_ACCOUNTS,
    "refused: throttled": NO_ACCOUNTS,
    "refused: voice": "it has one voice",
    "refused: model": "it has one voice",
    "refused: busy": "the engine's queue says so: tests/engine",
    "error in a 200": PIPE,
    "HTML in a 200": PIPE,
    "drops at first sound": AT_ONCE,
    "hangs at first sound": AT_ONCE,
    "cancel before the first sound": AT_ONCE,
  },
};
