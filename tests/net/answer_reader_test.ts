import { assertEquals, assertThrows } from "@std/assert";
import { AnswerReader } from "../../lib/net/answer_reader.ts";
import { test } from "../support/test.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** What a reader tells of these pieces, and of the end of their connection. */
function read(pieces: Iterable<string>): string {
  const told: string[] = [];
  let body = "";
  const reader = new AnswerReader({
    onHead: (status, headers) => told.push(`${status} ${headers.get("x") ?? ""}`.trim()),
    onBody: (part) => body += new TextDecoder().decode(part),
    onEnd: () => told.push(body, "end"),
  });
  try {
    for (const piece of pieces) reader.push(new TextEncoder().encode(piece));
    reader.finish();
  } catch {
    told.push("bad");
  }
  return told.join(", ");
}

test("an answer is read however its bytes are cut: with its length, in chunks, or up to the end", () => {
  for (
    const whole of [
      `${OK}X: y\r\nContent-Length: 5\r\n\r\nhello`,
      `${OK}X: y\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nT: 1\r\n\r\n`,
      `${OK}X: y\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 500 What\r\n\r\n`,
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: z\r\n\r\n${OK}X: y\r\n\r\nhello`,
    ]
  ) {
    const expected = "200 y, hello, end";
    // Up to the end, whatever follows belongs to it.
    assertEquals(read([whole]), expected);
    assertEquals(read(whole), expected);
  }
  assertEquals(read(["HTTP/1.1 204 No\r\n\r\n"]), "204, , end");
});

test("an answer that is none, or is not whole when the connection ends, is told as such", () => {
  assertEquals(read([]), "bad");
  assertEquals(read(["HTTP/1.1 100 Continue\r\n\r\n"]), "bad");
  assertEquals(read(["\x16\x03\x01 hello\r\n"]), "bad");
  assertEquals(read([OK]), "bad");
  assertEquals(read([`${OK}Content-Length: 6\r\n\r\nhello`]), "200, bad");
  assertEquals(read([`${CHUNKED}5\r\nhello\r\n`]), "200, bad");
});

test("a length that is no number, or less than nothing, turns no circles", () => {
  for (const length of ["-5", "5x", "1e3", "Infinity"]) {
    assertEquals(read([`${OK}Content-Length: ${length}\r\n\r\nhello`]), "bad", length);
  }
  for (const size of ["-5", "-6", "-20", "-ff"]) {
    assertEquals(read([`${CHUNKED}1\r\nX\r\n${size}\r\nZZ`]), "200, bad", size);
    // Back to before these bytes, where the parser finds the same empty line.
    let parts = 0;
    const onBody = () => {
      if (++parts > 100) throw new Error("it turns circles");
    };
    const reader = new AnswerReader({ onHead: () => {}, onBody, onEnd: () => {} });
    reader.push(new TextEncoder().encode(`${CHUNKED}1\r\nX`));
    const back = new TextEncoder().encode(`\r\n${size}\r\n${"Z".repeat(1_000)}`);
    assertThrows(() => reader.push(back), RangeError, "chunk size");
    assertEquals(parts, 1);
  }
});

test("a head or the framing of chunks without an end is refused", () => {
  assertEquals(read([OK, ...Array(70).fill(`X: ${"y".repeat(1_000)}\r\n`)]), "bad");
  assertEquals(read([CHUNKED, ...Array(70).fill("0".repeat(1_000))]), "200, bad");
  assertEquals(read([CHUNKED, "0\r\n", ...Array(70).fill(`X: ${"y".repeat(1_000)}\r\n`)]), "200, bad");
});
