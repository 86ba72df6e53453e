import { assertEquals } from "@std/assert";
import { connectError } from "../../lib/net/mod.ts";
import { test } from "../support/test.ts";

const coded = (message: string, code: string, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code });

test("connect error: names the host with its port, also the usual one, and nothing else of the url", () => {
  const cause = coded("connect ECONNREFUSED", "ECONNREFUSED");
  const told = (url: string) => connectError(url, cause).message;
  assertEquals(told("wss://asr.example/v1?key=s3cret"), "Cannot reach asr.example:443: connect ECONNREFUSED");
  assertEquals(told("http://user:pass@asr.example/"), "Cannot reach asr.example:80: connect ECONNREFUSED");
  assertEquals(told("ws://[::1]:6006/"), "Cannot reach [::1]:6006: connect ECONNREFUSED");
  assertEquals(told("tcp://box.lan:10300"), "Cannot reach box.lan:10300: connect ECONNREFUSED");
  assertEquals(told("no url"), "Cannot reach a malformed url: connect ECONNREFUSED");
});

test("connect error: says each thing once, from the outermost that says something to the deepest", () => {
  const told = (cause: unknown) => connectError("https://a.example/?key=s3cret", cause).message;
  const deepest = new Error("tcp connect error: Connection refused (os error 111)");
  const request = (detail: string, cause?: unknown) =>
    new TypeError(`error sending request for url (https://a.example/?key=s3cret): ${detail}`, { cause });
  assertEquals(
    told(new TypeError("fetch failed", { cause: request("client error (Connect)", deepest) })),
    "Cannot reach a.example:443: fetch failed: error sending request for url (a.example:443): client error (Connect): " +
      "tcp connect error: Connection refused (os error 111)",
  );
  // Some repeat their cause.
  assertEquals(
    told(request(`client error (Connect): ${deepest.message}`, deepest)),
    "Cannot reach a.example:443: error sending request for url (a.example:443): client error (Connect): " +
      deepest.message,
  );
  assertEquals(told(new TypeError("fetch failed")), "Cannot reach a.example:443: fetch failed");
  // The deepest says most.
  const long = new Error("long ".repeat(40), { cause: deepest });
  assertEquals(told(long), `Cannot reach a.example:443: ${deepest.message}`);
  assertEquals(told("gone"), "Cannot reach a.example:443: gone");
  assertEquals(told(new Error("")), "Cannot reach a.example:443: no reason was given");
});

test("connect error: a code that no message tells is told, and so is each address that was tried", () => {
  const told = (cause: unknown) => connectError("ws://box.lan:1", cause).message;
  assertEquals(told(coded("write failed", "EPIPE")), "Cannot reach box.lan:1: write failed (EPIPE)");
  const tried = ["::1", "127.0.0.1"].map((address) =>
    coded(`connect ECONNREFUSED ${address}:1`, "ECONNREFUSED")
  );
  assertEquals(
    told(Object.assign(new AggregateError(tried), { code: "ECONNREFUSED" })),
    "Cannot reach box.lan:1: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1",
  );
});

test("connect error: a certificate that is not trusted is known wherever its code lies", () => {
  const deep = coded("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT");
  for (const cause of [deep, new Error("fetch failed", { cause: deep }), new AggregateError([deep])]) {
    const { code, message } = connectError("wss://a.example", cause);
    assertEquals([code, message.startsWith("Cannot trust a.example:443: ")], ["net.certificate", true]);
    assertEquals(message.endsWith("self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)"), true, message);
  }
});

test("connect error: causes that lead back to one another come to an end", () => {
  const first = new Error("first");
  first.cause = new Error("second", { cause: first });
  assertEquals(connectError("ws://a.example", first).message, "Cannot reach a.example:80: first: second");
});
