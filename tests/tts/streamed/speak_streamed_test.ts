import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { test } from "../../support/test.ts";
import { turn } from "../speaking.ts";
import { samplesOf, WordService } from "./word_service.ts";

test("the service is asked with the first part that has something to speak, and never without one", async () => {
  const service = new WordService();
  const spoken = service.listen();
  await service.write("“", " ");
  assertEquals(service.lines.length, 0);
  await service.write("Oh");
  assertEquals(service.got, [["+“ Oh"]]);
  await service.end();
  assertEquals(service.got, [["+“ Oh", "."]]);
  await service.say("ended");
  await spoken.done;
  assertEquals([spoken.outcome, service.got], ["whole", [["+“ Oh", ".", "close"]]]);
  const silent = new WordService();
  const nothing = silent.listen();
  await silent.write("…", " ");
  await silent.end();
  await nothing.done;
  assertEquals([nothing.outcome, silent.lines.length], ["whole", 0]);
});

test("parts go out as they come, and sound comes before the next one is written", async () => {
  const service = new WordService();
  const spoken = service.listen();
  await service.write("One. ", "Tw");
  await service.say("60 40");
  assertEquals([samplesOf(spoken), service.got], [100, [["+One. ", "+Tw"]]]);
  await service.write("o.");
  await service.say("50");
  assertEquals([samplesOf(spoken), service.got[0]?.at(-1)], [150, "+o."]);
  await service.end();
  await service.say("7", "ended");
  await spoken.done;
  assertEquals([samplesOf(spoken), spoken.outcome], [157, "whole"]);
});

test("parts go out while nobody pulls the sound", async () => {
  const service = new WordService();
  const first = service.sounds.next();
  await service.write("One.");
  await service.say("100", "100");
  await first;
  await service.write(" Two.", " Three.");
  await service.end();
  assertEquals(service.got, [["+One.", "+ Two.", "+ Three.", "."]]);
  await service.sounds.return();
});

test("a text that pauses is finished before the service loses patience, and goes on in another request", async () => {
  const service = new WordService({ maxPauseMs: 5_000 });
  const spoken = service.listen();
  await service.write("One");
  await service.clock.advance(4_999);
  await service.write(" moment");
  await service.clock.advance(4_999);
  assertEquals(service.got, [["+One", "+ moment"]]);
  await service.clock.advance(1);
  assertEquals(service.got[0]?.at(-1), ".");
  await service.say("10", "ended");
  await service.write("...", " Done");
  assertEquals(service.got[1], ["+... Done"]);
  await service.end();
  await service.say("20", "ended");
  await spoken.done;
  assertEquals([spoken.outcome, samplesOf(spoken), service.clock.pending], ["whole", 30, 0]);
});

test("a pause that the service bears for any time ends nothing", async () => {
  const service = new WordService();
  const spoken = service.listen();
  await service.write("One");
  assertEquals(service.clock.pending, 0);
  service.canceled.abort();
  await spoken.done;
});

test("a text that pauses lets go of what was held back, once, and waits no longer for that", async () => {
  const service = new WordService({ maxPauseMs: 5_000, wire: { paused: () => ["held"] } });
  const spoken = service.listen();
  await service.write("One");
  await service.clock.advance(299);
  await service.write(" moment");
  assertEquals(service.got, [["+One", "+ moment"]]);
  await service.clock.advance(300);
  assertEquals(service.got[0]?.slice(2), ["held"]);
  await service.clock.advance(4_699);
  await service.write(" please");
  await service.clock.advance(300);
  assertEquals(service.got[0]?.slice(3), ["+ please", "held"]);
  await service.clock.advance(4_699);
  assertEquals(service.got[0]?.length, 5);
  await service.clock.advance(1);
  assertEquals(service.got[0]?.at(-1), ".");
  service.canceled.abort();
  await spoken.done;
  assertEquals(service.clock.pending, 0);
});

test("the end of the text is no pause", async () => {
  const service = new WordService({ wire: { paused: () => ["held"] } });
  const spoken = service.listen();
  await service.write("One");
  await service.end();
  assertEquals(service.got, [["+One", "."]]);
  await service.say("ended");
  await spoken.done;
});

test("a text that is longer than a request takes goes on in another, after the end of a sentence if it can", async () => {
  const service = new WordService({ maxChars: 3_000 });
  const spoken = service.listen();
  const part = (length: number, end = "") => "a".repeat(length - end.length) + end;
  const parts = [
    part(1_799, "."),
    part(1),
    part(100, "."),
    part(10),
    part(1_990),
    part(1),
    part(2_500),
    "a.",
  ];
  for (const text of parts) await service.write(text);
  const requests = [parts.slice(0, 3), parts.slice(3, 5), parts.slice(5, 6), parts.slice(6, 7), ["a."]];
  for (const [index, request] of requests.entries()) {
    if (index === requests.length - 1) await service.end();
    assertEquals(service.got.at(-1), [...request.map((text) => `+${text}`), "."], `request ${index}`);
    await service.say("ended");
  }
  await spoken.done;
  assertEquals([spoken.outcome, service.lines.length], ["whole", requests.length]);
});

test("a service that takes a sentence gets one by one, each once it is whole", async () => {
  const service = new WordService({ maxChars: 100, wire: { wantsSentence: true } });
  const spoken = service.listen();
  await service.write("The first", " one is");
  assertEquals(service.got, [[]], "it is connected to meanwhile");
  await service.write(" here. And", " so");
  assertEquals(service.got, [["+The first one is here. ", "."]]);
  await service.say("10", "ended");
  await service.write(" on");
  assertEquals(service.got[1], []);
  await service.end();
  assertEquals(service.got[1], ["+And so on", "."]);
  await service.say("20", "ended");
  await spoken.done;
  assertEquals([spoken.outcome, samplesOf(spoken)], ["whole", 30]);
});

test("given up while text is awaited, before it has started, and amid sound: the connection and the writer end", async () => {
  for (const step of ["first text", "start", "text", "sentence", "sound"]) {
    const service = new WordService({
      wire: { waits: step === "start", wantsSentence: step === "sentence" },
    });
    const spoken = service.listen();
    if (step !== "first text") await service.write("One");
    if (step === "sound") await service.say("100");
    service.canceled.abort();
    await spoken.done;
    assertEquals(spoken.outcome, "canceled", step);
    assertEquals(service.got[0]?.at(-1), step === "first text" ? undefined : "destroy", step);
    assert(await service.isLeft(), "the writer is told");
  }
});

test("what has come already is not given once it is given up", async () => {
  const service = new WordService();
  const first = service.sounds.next();
  await service.write("One.");
  await service.say("100", "100", "ended");
  await first;
  service.canceled.abort();
  const spoken = service.listen();
  await spoken.done;
  assertEquals([spoken.outcome, spoken.sounds.length], ["canceled", 0]);
});

test("what the writer throws is thrown, and the connection ends", async () => {
  const service = new WordService();
  const spoken = service.listen();
  await service.write("One.");
  await service.end(new EarshotError("llm.timeout", "Cannot answer"));
  await spoken.done;
  assertEquals([spoken.outcome, service.got[0]?.at(-1)], ["llm.timeout", "destroy"]);
  const never = new WordService();
  const silent = never.listen();
  await never.end(new Error("out of ink"));
  await silent.done;
  assertEquals([silent.outcome, never.lines.length], ["Error: out of ink", 0]);
  const bad = new WordService();
  const refused = bad.listen();
  await bad.write("One.", "bad");
  await refused.done;
  assertEquals(refused.outcome, "tts.bad_input");
});

test("a connection that ends, and a fault, while text is awaited end it at once, and the writer", async () => {
  const ended = new WordService();
  const spoken = ended.listen();
  await ended.write("One.");
  await ended.hangUp();
  await spoken.done;
  assertEquals(spoken.outcome, "tts.disconnected");
  assert(await ended.isLeft(), "the writer is told");
  const refused = new WordService();
  const fault = refused.listen();
  await refused.write("One.");
  await refused.say("error");
  await fault.done;
  assertEquals([fault.outcome, refused.got[0]?.at(-1)], ["tts.quota", "destroy"]);
  assert(await refused.isLeft(), "the writer is told");
});

test("a service that does not read holds the writer up", async () => {
  const service = new WordService();
  const spoken = service.listen();
  await service.write("One.");
  const [line] = service.lines;
  assert(line !== undefined);
  line.full = true;
  await service.write("Two.", "Three.");
  assertEquals(line.got, ["+One."]);
  line.full = false;
  line.handlers.onWritable();
  await turn();
  assertEquals(line.got, ["+One.", "+Two.", "+Three."]);
  service.canceled.abort();
  await spoken.done;
});

test("what a connection could not be opened with is thrown as the service's", async () => {
  const service = new WordService({
    open: () => Promise.reject(new EarshotError("net.unreachable", "Cannot reach it")),
  });
  const spoken = service.listen();
  await service.write("One.");
  await spoken.done;
  assertEquals(spoken.outcome, "tts.unreachable");
});
