import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { AlertLanguage } from "../../session/mod.ts";
import { imageTypeOf } from "./image_type.ts";
import { lookAtPhoto, type Looker } from "./look_at_photo.ts";
import type { PhotoOutcome } from "./photo_event.ts";
import { readPhotoForm } from "./photo_form.ts";
import { PhotoLife } from "./photo_life.ts";
import { PhotoPlaces } from "./photo_places.ts";
import { PHOTO_WORDS, type PhotoFault } from "./photo_words.ts";
import { type BytesRead, readBytes } from "./read_bytes.ts";

/** The largest request, in bytes; firmware sends 20 to 200 KB. */
const MAX_BODY_BYTES = 5 * 1_024 * 1_024;
/** How much of a larger one is dropped before it is answered: who is sending reads no answer. */
const MAX_DROPPED_BYTES = 11 * 1_024 * 1_024;
const MAX_QUESTION_BYTES = 4_096;
/** How long a request may take to come, in ms. */
const BODY_DEADLINE_MS = 10_000;
/** How long everything may take, in ms: the device's tool is given up after 45 s. */
const DEADLINE_MS = 40_000;

/** What looks at photos. */
export type VisionParts = Looker;

/** Options of {@linkcode Vision}. */
export interface VisionOptions extends VisionParts {
  /** How many photos may be received or looked at at once. */
  readonly maxConcurrent: number;
  readonly clock: Clock;
}

/** A request with a photo, of a device that may send it. */
export interface PhotoRequest {
  readonly request: Request;
  /** Aborts when the device's session ends. */
  readonly session: AbortSignal;
  /** Tells that the device has closed the connection of the photo; what is returned ends the watch. */
  readonly onLeft: (listener: () => void) => () => void;
  /** The device, and the program on it. */
  readonly device: { readonly deviceId: string; readonly key: string };
  /** The language of the speaker (BCP 47), and that of messages. */
  readonly language: string;
  readonly alertLanguage: AlertLanguage;
}

/** What became of a photo, with what was seen, or with words for the person. */
export type PhotoAnswer =
  | { readonly outcome: "answered"; readonly text: string }
  | { readonly outcome: Exclude<PhotoOutcome, "answered" | "refused">; readonly message: string };

/** Has photos looked at. A photo is in memory alone, and only until the language model has it. */
export class Vision {
  readonly #options: VisionOptions;
  readonly #places: PhotoPlaces;

  /** Looks at nothing yet. */
  constructor(options: VisionOptions) {
    this.#options = options;
    this.#places = new PhotoPlaces(options.maxConcurrent);
  }

  /** How many photos are being received or looked at. */
  get active(): number {
    return this.#places.taken;
  }

  /** Receives a photo and has it looked at. Never rejects. */
  async look(asked: PhotoRequest): Promise<PhotoAnswer> {
    const leave = this.#places.take(asked.device.key);
    if (leave === undefined) return fault("busy", asked);
    const { clock } = this.#options;
    using life = new PhotoLife({ ...asked, clock, deadlineMs: DEADLINE_MS });
    try {
      return await this.#receive(asked, life);
    } catch (thrown) {
      if (life.end === "late") return fault("late", asked);
      if (life.end !== undefined) return { outcome: "canceled", message: "nobody waits for it any more" };
      const { entry } = EarshotError.from(thrown, "llm.failed");
      return { outcome: "failed", message: entry.device[asked.alertLanguage] };
    } finally {
      leave();
    }
  }

  async #receive(asked: PhotoRequest, life: PhotoLife): Promise<PhotoAnswer> {
    const { request } = asked;
    const read = await readBytes(request.body, {
      maxBytes: MAX_BODY_BYTES,
      maxDroppedBytes: MAX_DROPPED_BYTES,
      deadlineMs: BODY_DEADLINE_MS,
      clock: this.#options.clock,
      signal: life.signal,
    });
    if (life.end !== undefined) throw new EarshotError("canceled", "Cannot look at the photo: it is over");
    if (read.type !== "whole") return unread(read.type, asked);
    const form = readPhotoForm(read.bytes, request.headers.get("content-type") ?? "");
    if (form === undefined) {
      return { outcome: "broken", message: "Send a multipart form with question and file" };
    }
    const { file = new Uint8Array(), question = new Uint8Array() } = form;
    if (question.byteLength > MAX_QUESTION_BYTES) return fault("long_question", asked);
    const mimeType = imageTypeOf(file);
    if (mimeType === undefined) return fault("no_photo", asked);
    const text = await lookAtPhoto(this.#options, {
      image: { mimeType, data: file },
      question: new TextDecoder().decode(question).trim(),
      language: asked.language,
      deviceId: asked.device.deviceId,
    }, life.signal);
    return { outcome: "answered", text };
  }
}

/** What is said of a body that did not come whole. */
function unread(why: Exclude<BytesRead["type"], "whole">, asked: PhotoRequest): PhotoAnswer {
  if (why === "too_big") return fault("too_big", asked);
  return why === "late"
    ? { outcome: "stalled", message: "The body did not come in time" }
    : { outcome: "canceled", message: "The body broke off" };
}

function fault(outcome: PhotoFault, { alertLanguage }: PhotoRequest): PhotoAnswer {
  return { outcome, message: PHOTO_WORDS[outcome][alertLanguage] };
}
