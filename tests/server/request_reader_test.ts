import { assertEquals } from "@std/assert";
import { type ReadRequest, RequestReader } from "../../lib/server/ws/request_reader.ts";
import { test } from "../support/test.ts";

const HEAD = "POST /x HTTP/1.1\r\nHost: y\r\n";

/** What becomes of a request that comes in these pieces. */
function read(...pieces: readonly string[]): ReadRequest | "bad" | undefined {
  const reader = new RequestReader();
  for (const piece of pieces) {
    const request = reader.push(new TextEncoder().encode(piece));
    if (request !== undefined) return request;
  }
}

function bodyOf(request: ReturnType<typeof read>): string {
  return typeof request === "object" ? new TextDecoder().decode(request.body) : `${request}`;
}

test("a request is read however its bytes are cut, with its length told or in chunks", () => {
  for (
    const whole of [
      `${HEAD}Content-Length: 5\r\n\r\nhello`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n`,
    ]
  ) {
    assertEquals(bodyOf(read(whole)), "hello");
    assertEquals(bodyOf(read(...whole)), "hello");
  }
});

test("a length that is no number, or less than nothing, is refused at once and turns no circles", () => {
  for (const length of ["-5", "5x", "", "1e3", "Infinity"]) {
    assertEquals(read(`${HEAD}Content-Length: ${length}\r\n\r\nhello`), "bad", length);
  }
  // The parser would go back by as much and read the same line again, for as long as the process lives.
  for (const size of ["-5", "-6", "-20", "-ff"]) {
    const chunk = `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nX\r\n${size}\r\nZZ`;
    assertEquals(read(chunk), "bad", size);
    assertEquals(read(...chunk), "bad", size);
    // Back to before these bytes, where the parser finds the same empty line.
    const start = `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nX`;
    assertEquals(read(start, `\r\n${size}\r\n${"Z".repeat(1_000)}`), "bad", size);
  }
});

test("what comes after a request is not read, so that nothing in it turns circles either", () => {
  const circle = `${HEAD}Transfer-Encoding: chunked\r\n\r\n-5\r\nZZ`;
  const negative = `${HEAD}Content-Length: -5\r\n\r\nhello`;
  for (const next of [circle, negative, `${HEAD}Content-Length: 5\r\n\r\nhello`, "nonsense\r\n\r\n"]) {
    assertEquals(bodyOf(read(`${HEAD}Content-Length: 2\r\n\r\nhi${next}`)), "hi", next);
    assertEquals(bodyOf(read(`GET / HTTP/1.1\r\nHost: y\r\n\r\n${next}`)), "", next);
  }
  const reader = new RequestReader({ maxBodyBytes: 4 });
  const tooLong = `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n-5\r\nZZ`;
  assertEquals(bodyOf(reader.push(new TextEncoder().encode(tooLong))), "hello");
});

test("a head or the framing of chunks without an end is refused", () => {
  assertEquals(read(HEAD, ...Array(20).fill(`X: ${"y".repeat(1_000)}\r\n`)), "bad");
  const endless = Array(300).fill("0".repeat(1_000));
  assertEquals(read(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, ...endless), "bad");
});
