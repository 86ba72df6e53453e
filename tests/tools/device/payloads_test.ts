import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { readDeviceAnswer, readUnescapedError } from "../../../lib/tools/device/read_device_answer.ts";
import { readDeviceResult } from "../../../lib/tools/device/read_device_result.ts";
import { readDeviceTool } from "../../../lib/tools/device/read_device_tool.ts";
import { settle } from "../../support/fake_clock.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";
import { DeviceRig, NEVER } from "./device_rig.ts";

const RUNS = { numRuns: 300 };

/** What a device may send: near to what it should, and anything else. */
const payload = fc.record({
  jsonrpc: fc.constantFrom("2.0", "1.0", 2),
  id: fc.oneof(
    fc.integer({ min: -1, max: 8 }),
    fc.constantFrom<unknown>(null, "1", 1e99, Number.NaN, {}, []),
  ),
  method: fc.constantFrom<unknown>("initialize", "tools/list", "notifications/x", 7),
  result: fc.oneof(
    fc.anything(),
    fc.record({ tools: fc.array(fc.record({ name: fc.string(), inputSchema: fc.anything() })) }),
    fc.record({
      content: fc.array(fc.record({ type: fc.constantFrom("text", "image", "x"), text: fc.anything() })),
    }),
  ),
  error: fc.oneof(fc.anything(), fc.record({ message: fc.anything() })),
}, { requiredKeys: [] });

/** JSON as a socket brings it: no functions, no cycles. */
const asJson = (value: unknown): unknown => {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null;
  }
};

test("readers of what a device sends take anything", () => {
  fc.assert(
    fc.property(fc.anything(), payload, (anything, given) => {
      const json = asJson(anything);
      readDeviceResult(json);
      readDeviceTool(json);
      const read = readDeviceAnswer({ ...given });
      assert(["answer", "request", "malformed"].includes(read.type));
    }),
    RUNS,
  );
});

test("DeviceTools: whatever a device sends at any time, nothing is thrown, every call ends, and nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(payload, { maxLength: 12 }),
      fc.array(fc.string(), { maxLength: 4 }),
      async (given, texts) => {
        await using rig = new DeviceRig();
        const ends: string[] = [];
        rig.tools.start();
        for (const each of given) {
          rig.tools.receive({ ...each });
          await settle();
          for (const { name } of rig.tools.list().slice(0, 2)) {
            rig.tools.call(name, {}, NEVER).then(() => ends.push("ok"), (thrown) => {
              assert(thrown instanceof EarshotError && thrown.code.startsWith("tool."), String(thrown));
              ends.push(thrown.code);
            });
          }
        }
        for (const text of texts) rig.tools.receiveUnreadable(text);
        await rig.clock.advance(600_000);
        const { ok, failed, timeout, refused, unavailable } = rig.shared.calls;
        assertEquals(ends.length, ok + failed + timeout + refused + unavailable);
        assertEquals(rig.clock.pending, 0);
      },
    ),
    RUNS,
  );
});

test("readUnescapedError: gives back what firmware wrote, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), fc.string({ maxLength: 200 }), (id, message) => {
      const text =
        `{"session_id":"x","type":"mcp","payload":{"jsonrpc":"2.0","id":${id},"error":{"message":"${message}"}}}`;
      assertEquals(readUnescapedError(text), { id, message: message.toWellFormed() });
    }),
    RUNS,
  );
  for (
    const text of [
      "",
      "{",
      `{"type":"mcp"`,
      `{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"result":"a"b"}}`,
    ]
  ) {
    assertEquals(readUnescapedError(text), undefined);
  }
  const cut = `{"type":"mcp","payload":{"jsonrpc":"2.0","id":7,"error":{"message":"cut off`;
  assertEquals(readUnescapedError(cut), { id: 7, message: "cut off" });
});

test("readUnescapedError: takes no time for a long text", () => {
  const texts = [
    `"type"${" ".repeat(60_000)}`,
    `"type":"mcp","payload":`.repeat(3_000),
    `{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"error":{"message":"${`" } `.repeat(16_000)}`,
  ];
  const startedMs = performance.now();
  for (const text of texts) readUnescapedError(text);
  assert(performance.now() - startedMs < 500);
});
