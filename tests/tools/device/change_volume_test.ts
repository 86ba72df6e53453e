import { assertEquals, assertRejects } from "@std/assert";
import {
  simulatedError,
  simulatedResult,
  SimulatedSpeaker,
  type SimulatedTool,
} from "../../../lib/device/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { JsonObject } from "../../../lib/tools/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { DeviceRig, NEVER } from "./device_rig.ts";

const SET = "self.audio_speaker.set_volume";
const STATUS = "self.get_device_status";

const change = (rig: DeviceRig, args: JsonObject, signal = NEVER) =>
  rig.tools.call("change_volume", args, signal);

/** A speaker one of whose tools is another. */
function withTool(
  speaker: SimulatedSpeaker,
  name: string,
  more: Partial<SimulatedTool>,
): readonly SimulatedTool[] {
  return speaker.tools.map((tool) => tool.name === name ? { ...tool, ...more } : tool);
}

test("change_volume: up and down by 15 or by so much, to a level, and never beyond 0 and 100", async () => {
  const speaker = new SimulatedSpeaker();
  await using rig = await DeviceRig.started({ tools: speaker.tools });
  const steps: readonly (readonly [args: JsonObject, volume: number])[] = [
    [{ direction: "up" }, 85],
    [{ direction: "up" }, 100],
    [{ direction: "up", percent: 40 }, 100],
    [{ direction: "down" }, 85],
    [{ direction: "down", percent: 5 }, 80],
    [{ direction: "to", percent: 30 }, 30],
    [{ direction: "down", percent: 100 }, 0],
    [{ direction: "up", percent: 1 }, 1],
    [{ direction: "to", percent: 12.4 }, 12],
  ];
  for (const [args, volume] of steps) {
    assertEquals(await change(rig, args), { text: JSON.stringify({ volume }) });
    assertEquals(speaker.volume, volume);
  }
  speaker.volume = 20; // somebody turned the knob
  assertEquals(await change(rig, { direction: "up" }), { text: `{"volume":35}` });
});

test("change_volume: is there only where the device can set its volume, and no tool of the device has its name", async () => {
  await using mute = await DeviceRig.started({
    tools: withTool(new SimulatedSpeaker(), SET, { name: "other" }),
  });
  assertEquals(mute.names, [STATUS, "other"]);
  const own = { name: "change_volume", description: "Its own", run: () => "own" };
  await using other = await DeviceRig.started({ tools: [...new SimulatedSpeaker().tools, own] });
  assertEquals(other.names.filter((name) => name === "change_volume").length, 1);
  assertEquals(await change(other, {}), { text: "own" });
});

test("change_volume: a device that does not tell its volume gets louder from what was set last, or from 50", async () => {
  const odd = [
    { run: () => "no JSON" },
    { run: () => ({ audio_speaker: { volume: "loud" } }) },
    { run: () => ({ audio_speaker: { volume: 1e6 } }) },
    { reply: (id: number) => simulatedError(id, "none") },
    { reply: () => ({ payloads: [] }) },
    { name: "self.other" },
  ];
  for (const more of odd) {
    const speaker = new SimulatedSpeaker();
    await using rig = await DeviceRig.started({ tools: withTool(speaker, STATUS, more) });
    for (const volume of [65, 80]) {
      const changed = change(rig, { direction: "up" });
      await rig.clock.advance(3_000);
      assertEquals([await changed, speaker.volume], [{ text: JSON.stringify({ volume }) }, volume]);
    }
  }
});

test("change_volume: changes at the same time are made one after the other", async () => {
  const speaker = new SimulatedSpeaker();
  speaker.volume = 10;
  await using rig = await DeviceRig.started({ tools: speaker.tools });
  const changed = await Promise.all([1, 2, 3, 4].map(() => change(rig, { direction: "up" })));
  assertEquals(changed.map(({ text }) => text), [25, 40, 55, 70].map((volume) => JSON.stringify({ volume })));
});

test("change_volume: what the device refuses is a failed result, and the volume stays what it was", async () => {
  const refused = { reply: (id: number) => simulatedError(id, "no speaker") };
  await using rig = await DeviceRig.started({ tools: withTool(new SimulatedSpeaker(), SET, refused) });
  assertEquals(await change(rig, { direction: "up" }), { text: "no speaker", failed: true });
  const failed = { isError: true, content: [] };
  await using other = await DeviceRig.started({
    tools: withTool(new SimulatedSpeaker(), SET, { reply: (id) => simulatedResult(id, failed) }),
  });
  assertEquals(await change(other, { direction: "up" }), { text: "", failed: true });
});

test("change_volume: arguments that say nothing are refused", async () => {
  await using rig = await DeviceRig.started({ tools: new SimulatedSpeaker().tools });
  for (const args of [{}, { direction: "left" }, { direction: "to" }, { direction: "up", percent: "5" }]) {
    const error = await assertRejects(() => change(rig, args), EarshotError);
    assertEquals(error.code, "tool.arguments");
  }
  assertEquals(rig.server?.calls, []);
});

test("change_volume: given up at each step it ends at once, and sets nothing that was not being set", async () => {
  for (const [step, calls] of [[STATUS, [STATUS]], [SET, [STATUS, SET]]] as const) {
    const speaker = new SimulatedSpeaker();
    await using rig = await DeviceRig.started({ tools: withTool(speaker, step, { afterMs: 1_000 }) });
    const controller = new AbortController();
    const ends: string[] = [];
    const end = (work: Promise<unknown>) =>
      work.then(() => ends.push("ok"), (thrown) => ends.push(EarshotError.from(thrown).code));
    void end(change(rig, { direction: "up" }, controller.signal));
    void end(change(rig, { direction: "up" }, controller.signal));
    await settle();
    controller.abort();
    await settle();
    assertEquals(ends, ["canceled", "canceled"]);
    await rig.clock.advance(5_000);
    assertEquals(rig.server?.calls.map(({ name }) => name), [...calls]);
  }
});

test("change_volume: closing ends all changes at once, and only so many wait", async () => {
  await using rig = await DeviceRig.started({
    tools: withTool(new SimulatedSpeaker(), STATUS, { afterMs: 1_000 }),
  });
  const ends = Array.from(
    { length: 10 },
    () => change(rig, { direction: "up" }).then(() => "ok", (thrown) => EarshotError.from(thrown).code),
  );
  await settle();
  await rig.scope.close();
  assertEquals(await Promise.all(ends), ends.map(() => "tool.unavailable"));
  assertEquals(rig.server?.calls.length, 1);
});
