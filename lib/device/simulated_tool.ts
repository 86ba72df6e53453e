import type { JsonObject } from "../protocol/mod.ts";
import type { Arguments, SimulatedProperty } from "./tool_arguments.ts";
import type { SimulatedReply } from "./tool_server.ts";

/** A tool of a simulated device. */
export interface SimulatedTool {
  readonly name: string;
  readonly description: string;
  /** What it takes. Default: nothing. */
  readonly properties?: Readonly<Record<string, SimulatedProperty>>;
  /** Whether it is for people alone: it is listed only where that is asked for. Default: no. */
  readonly userOnly?: boolean;
  /** What it does and gives: told as text, but for a picture. What it throws is an error. Default: `true`. */
  readonly run?: (args: Arguments) => SimulatedValue;
  /** How long it takes, in ms; the device does nothing else meanwhile. Default 0. */
  readonly afterMs?: number;
  /** Sent in place of what it gives, whatever the arguments: for devices that answer as they should not. */
  readonly reply?: (id: number) => SimulatedReply;
}

/** What a tool gives: a text, a number, a truth, an object, or a picture. */
export type SimulatedValue = string | number | boolean | JsonObject | SimulatedPicture;

/** A picture, as base64. */
export interface SimulatedPicture {
  readonly mimeType: string;
  readonly data: string;
}

/** A speaker whose volume can be asked for and set. */
export class SimulatedSpeaker {
  /** From 0 to 100. */
  volume = 70;

  /** The tools that firmware has for it. */
  get tools(): readonly SimulatedTool[] {
    return [{
      name: "self.get_device_status",
      description:
        "Provides the real-time information of the device, including the current status of the audio speaker, screen, " +
        "battery, network, etc. Use this tool before `self.audio_speaker.set_volume`.",
      run: () => ({ audio_speaker: { volume: this.volume }, network: { type: "wifi", signal: "strong" } }),
    }, {
      name: "self.audio_speaker.set_volume",
      description: "Set the volume of the audio speaker.",
      properties: { volume: { type: "integer", minimum: 0, maximum: 100 } },
      run: ({ volume }) => {
        this.volume = Number(volume);
        return true;
      },
    }];
  }
}

/** What firmware has for people alone. */
export const USER_TOOLS: readonly SimulatedTool[] = [
  { name: "self.reboot", description: "Reboot the system", userOnly: true },
  {
    name: "self.upgrade_firmware",
    description: "Upgrade firmware from a specific URL.",
    properties: { url: { type: "string" } },
    userOnly: true,
  },
];
