import { delay } from "@std/async";
import { HandDevice } from "../../support/hand_device.ts";
import type { TestGateway } from "../../support/test_gateway.ts";
import type { EngineControl } from "./engine_control.ts";

/** Where a device may be when something goes wrong. */
export type StateName =
  | "before hello"
  | "listening"
  | "mid-utterance"
  | "recognizing"
  | "answering"
  | "closing";

/** How a device gets there, and how it goes on from there when nothing else stops it. */
export interface State {
  readonly name: StateName;
  /** Whether a turn is under way, which has to end in `tts stop` whatever happens. */
  readonly inTurn: boolean;
  readonly reach: (
    gateway: TestGateway,
    control: EngineControl,
    headers: Record<string, string>,
  ) => Promise<HandDevice>;
  /** Resolves when the turn has ended in `tts stop`. */
  readonly goOn: (device: HandDevice, control: EngineControl) => Promise<void>;
}

/** Every state of the matrix. */
export const STATES: readonly State[] = [
  {
    name: "before hello",
    inTurn: false,
    reach: (gateway, _ear, headers) => HandDevice.open(gateway, { headers }),
    async goOn(device) {
      device.say({ type: "hello" });
      await device.until(() => device.said.includes("hello"), "greeted");
      await oneTurn(device);
    },
  },
  {
    name: "listening",
    inTurn: false,
    reach: (gateway, _ear, headers) => HandDevice.listen(gateway, "auto", { headers }),
    async goOn(device) {
      device.speak(600);
      device.pause(600);
      await stopped(device);
    },
  },
  {
    name: "mid-utterance",
    inTurn: true,
    reach: (gateway, _ear, headers) => speaking(gateway, "auto", headers),
    async goOn(device) {
      device.pause(600);
      await stopped(device);
    },
  },
  {
    name: "recognizing",
    inTurn: true,
    async reach(gateway, control, headers) {
      control.behave("hangs");
      const device = await speaking(gateway, "manual", headers);
      device.stop();
      await gateway.until(() => control.recognizing, "a recognition");
      return device;
    },
    async goOn(device, control) {
      control.behave("answers");
      await stopped(device);
    },
  },
  {
    // Until there are voices an answer is over at once: the fault comes with its first word.
    name: "answering",
    inTurn: true,
    async reach(gateway, _ear, headers) {
      const device = await speaking(gateway, "manual", headers);
      device.stop();
      await device.until(() => device.heard.length > 0, "answered");
      return device;
    },
    goOn: stopped,
  },
  {
    // The device has said goodbye and reads nothing, so the gateway waits for its answer to the close.
    name: "closing",
    inTurn: false,
    async reach(gateway, _ear, headers) {
      const device = await HandDevice.listen(gateway, "auto", { headers });
      device.stall();
      device.say({ type: "goodbye" });
      await delay(50);
      return device;
    },
    goOn: () => Promise.resolve(),
  },
];

/** A whole turn with a button, answered with words. */
export async function oneTurn(device: HandDevice): Promise<void> {
  device.start("manual");
  device.heard.length = 0;
  device.speak(600);
  device.stop();
  await stopped(device);
}

async function stopped(device: HandDevice): Promise<void> {
  await device.until(() => device.said.includes("tts stop"), "told that the turn is over");
}

async function speaking(
  gateway: TestGateway,
  mode: "auto" | "manual",
  headers: Record<string, string>,
): Promise<HandDevice> {
  const device = await HandDevice.listen(gateway, mode, { headers });
  const before = gateway.gateway.stats.counters.turnsStarted;
  device.speak(600);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > before, "speech");
  return device;
}
