import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { answerEvents, answerLines, answerText } from "../../lib/net/mod.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;

/** An answer in these pieces; `broken` breaks off after them. */
function answerOf(pieces: readonly (string | Uint8Array)[], { broken = false } = {}): Response {
  const rest = [...pieces];
  return new Response(
    new ReadableStream({
      pull(controller) {
        const piece = rest.shift();
        if (piece !== undefined) {
          return controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
        }
        if (broken) controller.error(new Error("gone"));
        else controller.close();
      },
    }),
  );
}

async function events(response: Response, signal = NEVER): Promise<string[]> {
  const read = await Array.fromAsync(answerEvents(response, signal));
  return read.flatMap((event) => event.type === "data" ? [event.data] : []);
}

test("events are read however their bytes are cut", async () => {
  const text = ": hello\n\nevent: x\ndata: one\r\n\r\ndata:two\ndata: 三\n\nid: 7\n\ndata: last";
  const expected = ["one", "two\n三", "last"];
  assertEquals(await events(answerOf([text])), expected);
  const bytes = new TextEncoder().encode(text);
  assertEquals(await events(answerOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))), expected);
  assertEquals(await events(answerOf([])), []);
});

test("events are bounded, a line and all of them, and one that breaks off is told", async () => {
  const code = async (response: Response, signal = NEVER) =>
    (await assertRejects(() => events(response, signal), EarshotError)).code;
  assertEquals(await code(answerOf([`data: ${"x".repeat(70_000)}`])), "net.too_big");
  assertEquals(await code(answerOf([`data: ${"x".repeat(70_000)}\n`])), "net.too_big");
  const line = `data: ${"x".repeat(60_000)}\n\n`;
  assertEquals((await events(answerOf(Array(17).fill(line)))).length, 17);
  assertEquals(await code(answerOf(Array(18).fill(line))), "net.too_big");
  assertEquals(await code(answerOf(["data: a\n\n"], { broken: true })), "net.unreachable");
  assertEquals(await code(answerOf([], { broken: true }), AbortSignal.abort()), "canceled");
});

test("who leaves the loop ends the answer", async () => {
  let canceled = false;
  const response = new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("data: more\n\n")),
      cancel: () => void (canceled = true),
    }),
  );
  for await (const event of answerEvents(response, NEVER)) {
    assertEquals(event, { type: "data", data: "more" });
    break;
  }
  assertEquals(canceled, true);
});

test("a whole answer is bounded and may break off too", async () => {
  assertEquals(await answerText(answerOf(["好".slice(0, 1), "x"]), NEVER), "好x");
  for (
    const [response, code] of [
      [answerOf(["x".repeat(1_048_577)]), "net.too_big"],
      [answerOf(["x"], { broken: true }), "net.unreachable"],
    ] as const
  ) {
    assertEquals((await assertRejects(() => answerText(response, NEVER), EarshotError)).code, code);
  }
});

test("a comment, an empty line and an event without data are signs of life; an event may bear a name", async () => {
  const read = (...pieces: readonly string[]) => Array.fromAsync(answerEvents(answerOf(pieces), NEVER));
  const comment = { type: "comment" } as const;
  assertEquals(await read(": keep-alive\n\n", ":\n", "\n", "event: ping\n\n"), Array(4).fill(comment));
  assertEquals(await read("event: error\ndata: x\n\n"), [{ type: "data", event: "error", data: "x" }]);
  assertEquals(await read("x".repeat(70_000)), [], "a line that never ends is no sign of life");
});

test("events have the limits that they are given", async () => {
  const data = "x".repeat(100_000);
  const pieces = Array(20).fill(`data: ${data}\n\n`);
  const read = async (limits: Parameters<typeof answerEvents>[2]) =>
    (await Array.fromAsync(answerEvents(answerOf(pieces), NEVER, limits))).length;
  assertEquals(await read({ maxLineLength: 1 << 20, maxBytes: 1 << 22 }), 20);
  const tooBig = await assertRejects(() => read({ maxLineLength: 1 << 20 }), EarshotError);
  assertEquals(tooBig.code, "net.too_big");
  const comment = answerOf([":", ...Array<string>(20).fill(data)]);
  const limits = { maxLineLength: 1 << 20, maxBytes: 1 << 22 };
  const endless = await assertRejects(
    () => Array.fromAsync(answerEvents(comment, NEVER, limits)),
    EarshotError,
  );
  assertEquals(endless.code, "net.too_big");
});

test("lines are read however their bytes are cut, and are bounded", async () => {
  const lines = (pieces: readonly (string | Uint8Array)[], options = {}) =>
    Array.fromAsync(answerLines(answerOf(pieces, options), NEVER));
  const text = '{"a":1}\r\n\n三\nlast';
  const expected = ['{"a":1}', "", "三", "last"];
  assertEquals(await lines([text]), expected);
  assertEquals(
    await lines(Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte))),
    expected,
  );
  assertEquals(await lines([]), []);
  for (
    const [pieces, options, code] of [
      [["x".repeat(70_000)], {}, "net.too_big"],
      [["x\n", "x".repeat(40_000), "x".repeat(40_000)], {}, "net.too_big"],
      [Array(18).fill(`${"x".repeat(60_000)}\n`), {}, "net.too_big"],
      [["x\ny"], { broken: true }, "net.unreachable"],
    ] as const
  ) {
    assertEquals((await assertRejects(() => lines(pieces, options), EarshotError)).code, code);
  }
});
