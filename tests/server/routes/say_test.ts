import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";
import type { TestGateway } from "../../support/test_gateway.ts";

const OPERATOR = "canary-operator-1";
const AUTH = { operatorToken: OPERATOR };
const ID = "02:00:00:aa:bb:cc";
const HEADERS = { "Device-Id": ID, "Client-Id": "7b1f9f0e-0000-4000-8000-000000000001" };

async function say(
  gateway: TestGateway,
  body: BodyInit,
  { token = OPERATOR, id = encodeURIComponent(ID) }: { readonly token?: string; readonly id?: string } = {},
) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(gateway.http(`/say/${id}`), { method: "POST", headers, body });
  return [response.status, await response.text()] as const;
}

const textOf = (text: string) => JSON.stringify({ text });

test("POST /say/ID speaks to a device that is connected, piece by piece, and answers once it was played", async () => {
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  await using device = await HandDevice.greet(gateway, { headers: HEADERS });
  device.log.length = 0;
  const [status, answer] = await say(gateway, textOf("Dinner is ready. Come down!"));
  assertEquals([status, JSON.parse(answer)], [
    200,
    { deviceId: ID, chars: 27, heardChars: 27, end: "complete" },
  ]);
  assertEquals(device.log.filter((line) => line.startsWith("tts")), [
    "tts start",
    "tts sentence_start Dinner is ready.",
    "tts sentence_start Come down!",
    "tts stop",
  ]);
  assert(device.framesMs.length > 20, `${device.framesMs.length} frames`);
  assertEquals([gateway.llm.calls.length, gateway.memory.entries.length], [0, 0]);
});

test("POST /say/ID interrupts nothing: while the device is answered it is told to come again", async () => {
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  gateway.llm.script = () => ({ text: "One two three four five six seven eight nine ten." });
  await using device = await HandDevice.greet(gateway, { headers: HEADERS });
  device.say({ type: "listen", state: "detect", text: "count for me" });
  await device.until(() => device.framesMs.length > 2, "the answer");
  const [status, words] = await say(gateway, textOf("Dinner!"));
  assertEquals(status, 409);
  assertMatch(words, /device\.busy/);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(device.said.filter((line) => line.includes("Dinner")), []);
  // The device has its stop a moment before the turn is over.
  await until(async () => (await say(gateway, textOf("Dinner!")))[0] === 200, "a free moment");
});

test("what is said is given up for a button, and its caller hears how much was heard", async () => {
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  await using device = await HandDevice.listen(gateway, "auto", { headers: HEADERS });
  const asked = say(gateway, textOf("one two three four five six seven eight nine ten eleven twelve"));
  await device.until(() => device.framesMs.length > 10, "frames");
  device.say({ type: "abort" });
  const [status, answer] = await asked;
  assertEquals([status, JSON.parse(answer).end], [200, "interrupted"]);
  await device.until(() => device.log.includes("tts stop"), "the stop");
  const frames = device.framesMs.length;
  await device.settled();
  assertEquals(device.framesMs.length, frames);
});

test("a device that drops in mid-sentence ends the request", async () => {
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  const device = await HandDevice.greet(gateway, { headers: HEADERS });
  const asked = say(gateway, textOf("one two three four five six seven eight nine ten eleven twelve"));
  await device.until(() => device.framesMs.length > 5, "frames");
  await device[Symbol.asyncDispose]();
  assertEquals(JSON.parse((await asked)[1]).end, "interrupted");
});

test("POST /say/ID refuses who shows no token, no such device, no text, and too much of it", async () => {
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  await using _device = await HandDevice.greet(gateway, { headers: HEADERS });
  assertEquals((await say(gateway, textOf("Hi."), { token: "canary-wrong" }))[0], 403);
  const [status, words] = await say(gateway, textOf("Hi."), { id: "02%3A00%3A00%3A00%3A00%3A09" });
  assertEquals(status, 404);
  assertStringIncludes(words, "device.not_connected");
  for (const body of ["", "{}", textOf(" "), textOf("a".repeat(4_001)), "Hi.", JSON.stringify({ text: 5 })]) {
    assertEquals((await say(gateway, body))[0], 400, body.slice(0, 20));
  }
  assertEquals((await say(gateway, "x".repeat(40_000)))[0], 413);
  for (const id of ["", "%ff"]) assertEquals((await say(gateway, textOf("Hi."), { id }))[0], 400);
  assertEquals(gateway.voice.asked, []);
});

test("an agent that answers nothing has no voice, and a voice that fails is what the caller reads", async () => {
  {
    await using gateway = new AnsweringGateway({ llm: "none" }, {}, { auth: AUTH });
    await using _device = await HandDevice.greet(gateway, { headers: HEADERS });
    const [status, words] = await say(gateway, textOf("Hi."));
    assertEquals(status, 422);
    assertStringIncludes(words, "device.mute");
  }
  await using gateway = new AnsweringGateway({}, {}, { auth: AUTH });
  gateway.voice.script = () => ({ fault: { code: "tts.auth" } });
  await using device = await HandDevice.greet(gateway, { headers: HEADERS });
  const [status, words] = await say(gateway, textOf("Hi."));
  assertEquals(status, 502);
  assertStringIncludes(words, "tts.auth");
  // Whoever is in the room hears that something went wrong as well, as with every answer.
  assert(device.said.some((line) => line.startsWith("alert")), device.said.join());
});
