import { assertEquals } from "@std/assert";
import { MAX_LINE_LENGTH, readLines } from "../../lib/engine/stderr_lines.ts";
import { test } from "../support/test.ts";

function lines(...parts: readonly string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  return Array.fromAsync(readLines(ReadableStream.from(parts.map((part) => encoder.encode(part)))));
}

test("lines are put together across chunks, empty ones left out", async () => {
  assertEquals(await lines("one\ntw", "o\r\n\n", "\nthree"), ["one", "two", "three"]);
});

test("a line without an end is cut, and the next one is whole", async () => {
  const endless = Array.from({ length: 10 }, () => "x".repeat(1_000));
  assertEquals(await lines(...endless, "\nnext\n"), ["x".repeat(MAX_LINE_LENGTH), "next"]);
});
