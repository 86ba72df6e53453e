import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { raceSignal, Semaphore } from "../../lifecycle/mod.ts";
import { CALL_MS, type JsonObject, type Tool, type ToolResult } from "../contract.ts";

/** What sets the volume on a device. */
export const SET_VOLUME = "self.audio_speaker.set_volume";
/** What tells it. */
export const GET_STATUS = "self.get_device_status";

/** How much louder or quieter it gets unless told, in percent of the loudest. */
const STEP_PERCENT = 15;
/** Assumed where nobody knows it. */
const USUAL_PERCENT = 50;
/** How long the volume is asked for before it is assumed, in ms. */
const STATUS_MS = 3_000;
/** How many changes may be under way or wait. */
const MAX_CHANGES = 8;

/** The tool that gets louder and quieter: models, and people, mostly want a change and know no number. */
export const CHANGE_VOLUME: Tool = {
  name: "change_volume",
  title: "change the volume",
  description:
    "Makes the speaker of the device louder or quieter, by 15 percent or by `percent`; or sets it `to` a percentage. " +
    "Tells the new volume.",
  parameters: {
    type: "object",
    properties: {
      direction: { type: "string", enum: ["up", "down", "to"] },
      percent: {
        type: "integer",
        minimum: 0,
        maximum: 100,
        description: "How much louder or quieter; with `to`, the new volume.",
      },
    },
    required: ["direction"],
  },
  kind: "act",
  audience: "everyone",
  approvedOnly: false,
  timeoutMs: CALL_MS,
};

const argumentsOf = z.discriminatedUnion("direction", [
  z.object({ direction: z.enum(["up", "down"]), percent: z.number().optional() }),
  z.object({ direction: z.literal("to"), percent: z.number() }),
]);

const status = z.object({ audio_speaker: z.object({ volume: z.number().min(0).max(100) }) });

/** Calls a tool of the device. */
export type CallDevice = (
  name: string,
  args: JsonObject,
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
) => Promise<ToolResult>;

/** Changes the volume of a device, one change after the other: each begins where the one before has ended. */
export class VolumeChanger {
  readonly #call: CallDevice;
  #percent: number | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #places = new Semaphore(MAX_CHANGES);

  /** Nothing is known of the volume yet. */
  constructor(call: CallDevice) {
    this.#call = call;
  }

  /**
   * Changes it, and tells the new one as `{"volume": 65}`.
   *
   * @throws {EarshotError} `tool.arguments`, `tool.unavailable`, or what the call failed with
   */
  change(
    args: JsonObject,
    options: { readonly hasStatus: boolean; readonly signal: AbortSignal },
  ): Promise<ToolResult> {
    const leave = this.#places.take();
    if (leave === undefined) {
      return Promise.reject(
        new EarshotError("tool.unavailable", `Cannot change the volume: ${MAX_CHANGES} changes wait already`),
      );
    }
    const changed = this.#last.then(() => this.#change(args, options)).finally(leave);
    this.#last = changed.catch(() => {});
    return raceSignal(changed, options.signal);
  }

  async #change(
    args: JsonObject,
    { hasStatus, signal }: { readonly hasStatus: boolean; readonly signal: AbortSignal },
  ): Promise<ToolResult> {
    const read = argumentsOf.safeParse(args);
    if (!read.success) {
      const state = "it needs a direction of up, down or to, and a percent with to";
      throw new EarshotError("tool.arguments", `Cannot change the volume: ${state}`);
    }
    const { direction, percent = STEP_PERCENT } = read.data;
    const from = direction === "to" ? 0 : await this.#now(hasStatus, signal);
    const wanted = direction === "down" ? from - percent : from + percent;
    const volume = Math.round(Math.min(100, Math.max(0, wanted)));
    const result = await this.#call(SET_VOLUME, { volume }, { signal });
    if (result.failed === true) return result;
    this.#percent = volume;
    return { text: JSON.stringify({ volume }) };
  }

  /** What the device says, else what was set last. */
  async #now(hasStatus: boolean, signal: AbortSignal): Promise<number> {
    const told = hasStatus ? await this.#told(signal) : undefined;
    return told ?? this.#percent ?? USUAL_PERCENT;
  }

  async #told(signal: AbortSignal): Promise<number | undefined> {
    try {
      const { text } = await this.#call(GET_STATUS, {}, { signal, timeoutMs: STATUS_MS });
      return status.safeParse(JSON.parse(text)).data?.audio_speaker.volume;
    } catch (thrown) {
      const { code } = EarshotError.from(thrown);
      if (code === "canceled" || code === "tool.unavailable") throw thrown;
      return undefined;
    }
  }
}
