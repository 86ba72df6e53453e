import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Channel } from "../../lib/lifecycle/mod.ts";
import type { Connection, ConnectionHandlers } from "../../lib/net/mod.ts";
import { type SpeechTalk, spokenAsWritten, type WrittenSpeechOptions } from "../../lib/tts/written_speech.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { listen, turn } from "./speaking.ts";

/** A service whose messages are `ready`, `end`, numbers of samples of sound, and errors. */
class LineTalk implements SpeechTalk {
  readonly opening: { readonly messages: readonly string[]; readonly waits: boolean };

  readonly paused?: () => readonly string[];

  constructor({ waits = false, holds = false }: { readonly waits?: boolean; readonly holds?: boolean } = {}) {
    this.opening = { messages: ["hello"], waits };
    if (holds) this.paused = () => ["held"];
  }

  write(part: string): readonly string[] {
    if (part === "bad") throw new EarshotError("tts.bad_input", "Cannot write that");
    return [`+${part}`];
  }

  finish(): readonly string[] {
    return ["."];
  }

  read(message: string | Uint8Array) {
    if (message === "error") throw new EarshotError("tts.quota", "Cannot speak");
    const samples = Number(message);
    return {
      ready: message === "ready",
      ended: message === "end",
      ...(samples > 0 && { sound: [new Uint8Array(2 * samples)] }),
    };
  }
}

/** One connection as the service sees it. */
interface Line {
  readonly got: string[];
  readonly handlers: ConnectionHandlers;
  full: boolean;
}

/** Speaks what is written into `parts`. */
function speaking(
  options: Partial<WrittenSpeechOptions> & { readonly waits?: boolean; readonly holds?: boolean } = {},
) {
  const lines: Line[] = [];
  const canceled = new AbortController();
  const parts = new Channel<string>(10);
  const connect = (handlers: ConnectionHandlers, signal: AbortSignal) => {
    const line: Line = { got: [], handlers, full: false };
    lines.push(line);
    const connection: Connection = {
      get writable() {
        return !line.full;
      },
      send: (message) => void line.got.push(String(message)),
      close: () => void line.got.push("close"),
      destroy: () => void line.got.push("destroy"),
    };
    signal.addEventListener("abort", () => connection.destroy(), { once: true });
    return Promise.resolve(connection);
  };
  const { waits = false, holds = false, ...more } = options;
  const speech = spokenAsWritten(parts, {
    service: { family: "tts", name: "far" },
    clock: new FakeClock(),
    request: () => ({ connect, talk: new LineTalk({ waits, holds }) }),
    sampleRateHz: 24_000,
    ...more,
  }, canceled.signal);
  const speaking = listen(speech);
  return {
    lines,
    canceled,
    speaking,
    write: async (...texts: readonly string[]) => {
      for (const text of texts) await parts.send(text);
      await turn();
    },
    end: async (error?: Error) => {
      parts.close(error);
      await turn();
    },
    say: async (message: string, index = 0) => {
      lines[index]?.handlers.onMessage(message);
      await turn();
    },
    samples: () => speaking.sounds.reduce((sum, { pcm }) => sum + pcm.length, 0),
    stopped: async () => !(await parts.send("late")),
  };
}

test("the service is asked with the first part that has something to speak, and never without one", async () => {
  const { lines, speaking: spoken, write, end } = speaking();
  await write("“", " ");
  assertEquals(lines.length, 0);
  await write("Oh");
  assertEquals(lines[0]?.got, ["hello", "+“ Oh"]);
  await end();
  assertEquals(lines[0]?.got, ["hello", "+“ Oh", "."]);
  lines[0]?.handlers.onMessage("end");
  await spoken.done;
  assertEquals([spoken.outcome, lines.length, lines[0]?.got.at(-1)], ["whole", 1, "close"]);
  const silent = speaking();
  await silent.write("…", " ");
  await silent.end();
  await silent.speaking.done;
  assertEquals([silent.speaking.outcome, silent.lines.length], ["whole", 0]);
});

test("parts go out as they come, and sound comes before the next one is written", async () => {
  const { lines, speaking: spoken, write, end, say, samples } = speaking();
  await write("One. ", "Tw");
  await say("100");
  assertEquals([samples(), lines[0]?.got], [100, ["hello", "+One. ", "+Tw"]]);
  await write("o.");
  await say("50");
  assertEquals([samples(), lines[0]?.got.at(-1)], [150, "+o."]);
  await end();
  await say("7");
  await say("end");
  await spoken.done;
  assertEquals([samples(), spoken.outcome], [157, "whole"]);
});

test("a service that is ready late gets nothing before, and then all in order", async () => {
  const { lines, write, end, say, speaking: spoken } = speaking({ waits: true });
  await write("One.", " Two.");
  assertEquals(lines[0]?.got, ["hello"]);
  await say("ready");
  await say("ready");
  assertEquals(lines[0]?.got, ["hello", "+One.", "+ Two."]);
  await end();
  await say("end");
  await spoken.done;
  assertEquals([spoken.outcome, lines[0]?.got], ["whole", ["hello", "+One.", "+ Two.", ".", "close"]]);
});

test("given up while text is awaited, before it is ready, and amid sound: the connection and the writer end", async () => {
  for (const step of ["text", "ready", "sound", "first text"]) {
    const { lines, write, say, canceled, speaking: spoken, stopped } = speaking({ waits: step === "ready" });
    if (step !== "first text") await write("One.");
    if (step === "sound") await say("100");
    canceled.abort();
    await spoken.done;
    assertEquals(spoken.outcome, "canceled", step);
    assertEquals(lines[0]?.got.at(-1), step === "first text" ? undefined : "destroy", step);
    assert(await stopped(), "the writer is told");
  }
});

test("what the writer throws is thrown, and the connection ends", async () => {
  const { lines, write, end, speaking: spoken } = speaking();
  await write("One.");
  await end(new EarshotError("llm.timeout", "Cannot answer"));
  await spoken.done;
  assertEquals([spoken.outcome, lines[0]?.got.at(-1)], ["llm.timeout", "destroy"]);
  const never = speaking();
  await never.end(new Error("out of ink"));
  await never.speaking.done;
  assertEquals([never.speaking.outcome, never.lines.length], ["Error: out of ink", 0]);
  const bad = speaking();
  await bad.write("One.", "bad");
  await bad.speaking.done;
  assertEquals(bad.speaking.outcome, "tts.bad_input");
});

test("a connection that ends, and a refusal, while text is awaited end it at once, and the writer", async () => {
  const ended = speaking();
  await ended.write("One.");
  ended.lines[0]?.handlers.onClosed({ code: 1006, reason: "" });
  await ended.speaking.done;
  assertEquals(ended.speaking.outcome, "tts.disconnected");
  assert(await ended.stopped(), "the writer is told");
  const refused = speaking();
  await refused.write("One.");
  await refused.say("error");
  await refused.speaking.done;
  assertEquals([refused.speaking.outcome, refused.lines[0]?.got.at(-1)], ["tts.quota", "destroy"]);
  assert(await refused.stopped(), "the writer is told");
});

test("a text that pauses is finished before the service loses patience, and goes on in another request", async () => {
  const clock = new FakeClock();
  const { lines, write, end, say, speaking: spoken, samples } = speaking({ clock, idleMs: 5_000 });
  await write("One");
  await clock.advance(4_999);
  await write(" moment");
  await clock.advance(4_999);
  assertEquals(lines[0]?.got, ["hello", "+One", "+ moment"]);
  await clock.advance(1);
  assertEquals(lines[0]?.got.at(-1), ".");
  await say("10");
  await say("end");
  await write("...", " Done");
  assertEquals([lines.length, lines[1]?.got], [2, ["hello", "+... Done"]]);
  await end();
  await say("20", 1);
  await say("end", 1);
  await spoken.done;
  assertEquals([spoken.outcome, samples(), clock.pending], ["whole", 30, 0]);
});

test("a text that pauses lets go of what was held back, once, and still waits as long as the service does", async () => {
  const clock = new FakeClock();
  const { lines, write, canceled, speaking: spoken } = speaking({ clock, idleMs: 5_000, holds: true });
  await write("One");
  await clock.advance(299);
  await write(" moment");
  assertEquals(lines[0]?.got, ["hello", "+One", "+ moment"]);
  await clock.advance(300);
  assertEquals(lines[0]?.got.slice(3), ["held"]);
  await clock.advance(4_999);
  await write(" please");
  await clock.advance(300);
  assertEquals(lines[0]?.got.slice(4), ["+ please", "held"]);
  await clock.advance(5_000);
  assertEquals(lines[0]?.got.at(-1), ".");
  canceled.abort();
  await spoken.done;
});

test("a text that is longer than a request takes goes on in another, after the end of a sentence if it can", async () => {
  const { lines, write, end, say, speaking: spoken } = speaking({ maxChars: 20 });
  await write("012345678 ", "012345.", " next", " one");
  assertEquals(lines[0]?.got, ["hello", "+012345678 ", "+012345.", "."]);
  await say("end");
  assertEquals(lines[1]?.got, ["hello", "+ next", "+ one"]);
  await write(" 01234", " 0123456");
  assertEquals(lines[1]?.got.slice(3), ["+ 01234", "."]);
  await say("end", 1);
  await end();
  await say("end", 2);
  await spoken.done;
  assertEquals([spoken.outcome, lines[2]?.got], ["whole", ["hello", "+ 0123456", ".", "close"]]);
});

test("a service that ends early gets the rest in another request, unless it took nothing", async () => {
  const { lines, write, end, say, speaking: spoken } = speaking();
  await write("One.");
  await say("end");
  await write("Two.");
  await end();
  await say("end", 1);
  await spoken.done;
  assertEquals([spoken.outcome, lines[1]?.got.slice(1, 3)], ["whole", ["+Two.", "."]]);
  const none = speaking({ waits: true });
  await none.write("One.");
  await none.say("end");
  await none.speaking.done;
  assertEquals([none.speaking.outcome, none.lines.length], ["tts.protocol", 1]);
});

test("a service that does not read holds the writer up", async () => {
  const { lines, write, canceled, speaking: spoken } = speaking();
  await write("One.");
  const [line] = lines;
  assert(line !== undefined);
  line.full = true;
  await write("Two.", "Three.");
  assertEquals(line.got, ["hello", "+One."]);
  line.full = false;
  line.handlers.onWritable();
  await turn();
  assertEquals(line.got, ["hello", "+One.", "+Two.", "+Three."]);
  canceled.abort();
  await spoken.done;
});

test("what a connection could not be opened with is thrown as the service's", async () => {
  const speech = spokenAsWritten(
    (async function* () {
      yield "One.";
    })(),
    {
      service: { family: "tts", name: "far" },
      clock: new FakeClock(),
      request: () => ({
        connect: () => Promise.reject(new EarshotError("net.unreachable", "Cannot reach it")),
        talk: new LineTalk(),
      }),
      sampleRateHz: 24_000,
    },
    new AbortController().signal,
  );
  assertEquals((await assertRejects(() => Array.fromAsync(speech), EarshotError)).code, "tts.unreachable");
});
