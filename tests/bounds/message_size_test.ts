import { assertEquals } from "@std/assert";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";

/** A message of an unknown type that is so many bytes long in UTF-8; `filler` is its letter. */
function textOf(sizeBytes: number, filler: string): string {
  const frame = JSON.stringify({ type: "x", text: "" });
  const letterBytes = new TextEncoder().encode(filler).byteLength;
  const left = sizeBytes - frame.length;
  const text = filler.repeat(Math.floor(left / letterBytes)) + "y".repeat(left % letterBytes);
  return JSON.stringify({ type: "x", text });
}

test("a message as big as allowed is taken, one byte more ends the session with 1009", async () => {
  await using gateway = new TestGateway();
  const messages: [string, (sizeBytes: number) => string | Uint8Array, number][] = [
    ["plain text", (size) => textOf(size, "a"), 65_536],
    ["text of 3 bytes a letter", (size) => textOf(size, "字"), 65_536],
    ["a binary frame", (size) => new Uint8Array(size).fill(0xff), 16_384],
  ];
  for (const [name, make, limitBytes] of messages) {
    for (const sizeBytes of [limitBytes - 1, limitBytes, limitBytes + 1]) {
      await using device = await HandDevice.greet(gateway);
      const message = make(sizeBytes);
      if (typeof message === "string") device.say(message);
      else device.send(message);
      if (sizeBytes <= limitBytes) await device.settled();
      else assertEquals((await device.ended).code, 1009, name);
    }
  }
  assertEquals(gateway.events.filter(({ type }) => type === "message_too_big").length, 3);
  const { messagesUnknown, audioUndecodable } = gateway.gateway.stats.counters;
  assertEquals([messagesUnknown, audioUndecodable], [4, 2]);
});
