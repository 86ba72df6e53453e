import { DOUBAO_FRAME, encodeDoubaoEvent, encodeDoubaoFrame } from "../../service/mod.ts";
import { DOUBAO_EVENT } from "./doubao_events.ts";

/** Who the requests are of: the service keeps apart what it counts by it. */
const USER = { uid: "earshot" };

/** How a voice speaks. */
export interface DoubaoVoiceSettings {
  readonly voice: string;
  readonly model?: string | undefined;
  readonly sampleRateHz: number;
  /** How much faster than usual, in percent. */
  readonly ratePercent: number;
  /** How much louder than usual, in percent. */
  readonly volumePercent: number;
  readonly emotion?: string | undefined;
  readonly additions: Readonly<Record<string, unknown>>;
}

/** What has a text spoken at once. */
export function wholeRequest(settings: DoubaoVoiceSettings, text: string): object {
  return { user: USER, req_params: { text, ...paramsOf(settings) } };
}

/** The same as a frame. */
export function wholeRequestFrame(settings: DoubaoVoiceSettings, text: string): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(wholeRequest(settings, text)));
  return encodeDoubaoFrame(DOUBAO_FRAME.request, { payload, gzip: false });
}

/** What begins a session, whose text comes in parts; how it is spoken is heeded only here. */
export function sessionFrame(settings: DoubaoVoiceSettings, session: string): Uint8Array {
  const value = {
    user: USER,
    event: DOUBAO_EVENT.startSession,
    namespace: "BidirectionalTTS",
    req_params: paramsOf(settings),
  };
  return encodeDoubaoEvent(DOUBAO_EVENT.startSession, { session, value });
}

/** A part of a session's text. */
export function partFrame(session: string, text: string): Uint8Array {
  const value = { event: DOUBAO_EVENT.task, req_params: { text } };
  return encodeDoubaoEvent(DOUBAO_EVENT.task, { session, value });
}

function paramsOf(settings: DoubaoVoiceSettings): object {
  const { voice, model, sampleRateHz, ratePercent, volumePercent, emotion, additions } = settings;
  return {
    speaker: voice,
    ...(model !== undefined && { model }),
    audio_params: {
      format: "pcm",
      sample_rate: sampleRateHz,
      ...(ratePercent !== 0 && { speech_rate: ratePercent }),
      ...(volumePercent !== 0 && { loudness_rate: volumePercent }),
      ...(emotion !== undefined && { emotion }),
    },
    // Without it, what stands in parentheses is left out. The service wants a text of JSON within its JSON.
    additions: JSON.stringify({ max_length_to_filter_parenthesis: 0, ...additions }),
  };
}
