import type { Clock } from "../../lib/lifecycle/mod.ts";
import type { StreamedCaseName } from "./streamed_cases.ts";
import type { TtsSubject } from "./tts_subjects.ts";
import { dashscopeSpeechSubject, nlsSpeechSubject, qwenTtsRealtimeSubject } from "./voices/aliyun.ts";
import { elevenlabsStreamSubject, tencentStreamSubject, xunfeiSuperSubject } from "./voices/clouds.ts";
import { doubaoSpeechSubject } from "./voices/doubao.ts";
import { wyomingVoiceSubject } from "./voices/homebox.ts";

/** A voice that takes text while it is being written. */
export interface StreamedSubject {
  /** The subject, against an emulator whose patience is by this clock, where it has any. */
  readonly subject: (clock?: Clock) => TtsSubject;
  /** How long a text may pause before its request is finished, in ms. */
  readonly maxPauseMs?: number;
  /** Cases that do not apply, each with its reason. */
  readonly skipped?: Partial<Record<StreamedCaseName, string>>;
}

const PATIENT = "it waits for text as long as that takes";
const FOR_ANY_TIME: StreamedSubject["skipped"] = {
  "a pause that the service would not bear loses nothing": PATIENT,
  "parts that come in time keep the request": PATIENT,
};

const timed = (clock?: Clock) => clock === undefined ? {} : { clock };

/** Every voice that takes text while it is being written. */
export const STREAMED_SUBJECTS: readonly StreamedSubject[] = [
  { subject: (clock) => nlsSpeechSubject("flowing", timed(clock)), maxPauseMs: 8_000 },
  { subject: (clock) => dashscopeSpeechSubject(timed(clock)), maxPauseMs: 20_000 },
  { subject: (clock) => qwenTtsRealtimeSubject(timed(clock)), maxPauseMs: 20_000 },
  { subject: (clock) => qwenTtsRealtimeSubject({ ...timed(clock), mode: "commit" }), maxPauseMs: 20_000 },
  { subject: () => doubaoSpeechSubject("bidirectional"), skipped: FOR_ANY_TIME },
  { subject: () => tencentStreamSubject(), skipped: FOR_ANY_TIME },
  { subject: () => xunfeiSuperSubject(), maxPauseMs: 7_000 },
  {
    subject: () => elevenlabsStreamSubject(),
    maxPauseMs: 15_000,
    skipped: { "each part is sent as it is": "it takes whole words: elevenlabs_wire_test.ts" },
  },
  { subject: () => wyomingVoiceSubject(), skipped: FOR_ANY_TIME },
  { subject: () => wyomingVoiceSubject({ data: "inline" }), skipped: FOR_ANY_TIME },
];

/** Subjects whose voice takes such text, which are none of these, each with its reason. */
export const STREAMED_ELSEWHERE: Readonly<Record<string, string>> = {
  elevenlabs: "its emulator is that of a text at once, over HTTP: elevenlabs stream",
};
