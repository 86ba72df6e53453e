import { assertEquals } from "@std/assert";
import { LEAVE_MS } from "../../../lib/tts/streamed/text_exchange.ts";
import type { TextWire } from "../../../lib/tts/streamed/text_wire.ts";
import { test } from "../../support/test.ts";
import { turn } from "../speaking.ts";
import { samplesOf, WordService } from "./word_service.ts";

const WAITS: Partial<TextWire> = { opening: ["open"], waits: true };

test("no text is sent before the request has started, and what came before that is not its sound", async () => {
  const service = new WordService({ wire: WAITS });
  const spoken = service.listen();
  await service.write("One.", " Two.");
  await service.say("100", "100", "other");
  assertEquals(service.got, [["open"]]);
  await service.say("started", "50");
  assertEquals([samplesOf(spoken), service.got], [50, [["open", "+One.", "+ Two."]]]);
  // Once more says nothing.
  await service.say("started");
  await service.end();
  await service.say("ended");
  await spoken.done;
  assertEquals([spoken.outcome, service.got], ["whole", [["open", "+One.", "+ Two.", ".", "close"]]]);
});

test("what opens the request is sent first, and text at once where nothing is waited for", async () => {
  const service = new WordService({ wire: { opening: ["open"] } });
  const spoken = service.listen();
  await service.write("One.");
  assertEquals(service.got, [["open", "+One."]]);
  service.canceled.abort();
  await spoken.done;
});

test("what the service asks for is sent, before the start as after it", async () => {
  const service = new WordService({ wire: WAITS });
  const spoken = service.listen();
  await service.write("One.");
  await service.say("ask", "started");
  await service.say("ask");
  assertEquals(service.got, [["open", "asked", "+One.", "asked"]]);
  service.canceled.abort();
  await spoken.done;
});

test("a kept connection that has ended meanwhile is replaced, again and again; a new one is not", async () => {
  const service = new WordService({ wire: WAITS, kept: [true, true, false] });
  const spoken = service.listen();
  await service.write("One.");
  for (let count = 1; count <= 3; count++) {
    assertEquals(service.lines.length, count);
    await service.hangUp();
  }
  await spoken.done;
  assertEquals([spoken.outcome, service.lines.length], ["tts.disconnected", 3]);
  assertEquals(service.got.flat().filter((message) => message.startsWith("+")), []);
});

test("a kept connection is not replaced once text was sent, nor once it is given up", async () => {
  const late = new WordService({ wire: WAITS, kept: [true] });
  const spoken = late.listen();
  await late.write("One.");
  await late.say("started");
  await late.hangUp();
  await spoken.done;
  assertEquals([spoken.outcome, late.lines.length], ["tts.disconnected", 1]);
  const given = new WordService({ wire: WAITS, kept: [true] });
  const canceled = given.listen();
  await given.write("One.");
  given.canceled.abort();
  await given.hangUp();
  await canceled.done;
  assertEquals([canceled.outcome, given.lines.length], ["canceled", 1]);
});

test("a request that ends before its text, or before it has begun, has failed", async () => {
  for (const messages of [["ended"], ["nothing"], ["started", "ended"]]) {
    const service = new WordService({ wire: WAITS });
    const spoken = service.listen();
    await service.write("One.");
    await service.say(...messages);
    await spoken.done;
    assertEquals([spoken.outcome, service.got[0]?.at(-1)], ["tts.protocol", "destroy"], messages.join());
  }
});

test("a request in which there is nothing to speak ends without a fault, and the text goes on in the next", async () => {
  const service = new WordService({ wire: WAITS });
  const spoken = service.listen();
  await service.write("a");
  await service.say("started", "nothing");
  assertEquals(service.got, [["open", "+a", "destroy"]]);
  await service.write("One.");
  await service.say("started", "50");
  assertEquals([samplesOf(spoken), service.got[1]], [50, ["open", "+One."]]);
  service.canceled.abort();
  await spoken.done;
});

test("a connection that the service ends is the end of a request where its wire says so, with the rest of the sound", async () => {
  const service = new WordService({ wire: { closed: () => [new Uint8Array(20), new Uint8Array(40)] } });
  const spoken = service.listen();
  await service.write("One.");
  await service.end();
  await service.say("1");
  await service.hangUp();
  await spoken.done;
  assertEquals([spoken.outcome, samplesOf(spoken)], ["whole", 31]);
  const early = new WordService({ wire: { closed: () => undefined } });
  const broken = early.listen();
  await early.write("One.");
  await early.hangUp();
  await broken.done;
  assertEquals(broken.outcome, "tts.disconnected");
});

test("whoever gives up amid the request says so, and its connection ends at once", async () => {
  for (const how of ["abort", "leave"] as const) {
    const service = new WordService({ wire: { cancel: () => ({ messages: ["cancel"] }) } });
    const first = service.sounds.next();
    await service.write("One.");
    await service.say("100");
    await first;
    if (how === "leave") await service.sounds.return();
    else service.canceled.abort();
    assertEquals(service.got, [["+One.", "cancel", "destroy"]], how);
    assertEquals(service.clock.pending, 0);
  }
});

/** A service that says `gone` once it has given a request up. */
const GIVES_UP: Partial<TextWire> = {
  cancel: () => ({ messages: ["cancel"], isLast: (message) => message === "gone" }),
};

test("a service that says that it has given up is waited for, while the caller goes on", async () => {
  for (const end of ["gone", "hangs up", "too late", "is closed"] as const) {
    const closing = new AbortController();
    const service = new WordService({ wire: GIVES_UP, closed: closing.signal });
    const spoken = service.listen();
    await service.write("One.");
    await service.say("100");
    service.canceled.abort();
    await spoken.done;
    assertEquals([spoken.outcome, samplesOf(spoken)], ["canceled", 100]);
    await service.say("100");
    await service.clock.advance(LEAVE_MS - 1);
    assertEquals([service.got, service.clock.pending], [[["+One.", "cancel"]], 1]);
    if (end === "gone") await service.say("gone");
    if (end === "hangs up") await service.hangUp();
    if (end === "too late") await service.clock.advance(1);
    if (end === "is closed") closing.abort();
    await turn();
    assertEquals([service.got, service.clock.pending], [[["+One.", "cancel", "destroy"]], 0], end);
  }
});

test("a voice that is closed waits for nobody", async () => {
  const service = new WordService({ wire: GIVES_UP, closed: AbortSignal.abort() });
  const spoken = service.listen();
  await service.write("One.");
  service.canceled.abort();
  await spoken.done;
  assertEquals([service.got, service.clock.pending], [[["+One.", "cancel", "destroy"]], 0]);
});

test("what has nothing to be given up ends at once", async () => {
  const service = new WordService({ wire: { cancel: () => undefined } });
  const spoken = service.listen();
  await service.write("One.");
  service.canceled.abort();
  await spoken.done;
  assertEquals(service.got, [["+One.", "destroy"]]);
});

test("a request that was spoken to its end is not given up", async () => {
  const service = new WordService({ wire: GIVES_UP });
  const spoken = service.listen();
  await service.write("One.");
  await service.end();
  await service.say("1", "ended");
  await spoken.done;
  service.canceled.abort();
  assertEquals([spoken.outcome, service.got], ["whole", [["+One.", ".", "close"]]]);
});
