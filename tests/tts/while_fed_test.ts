import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { raceSignal } from "../../lib/lifecycle/mod.ts";
import { whileFed } from "../../lib/tts/while_fed.ts";
import { test } from "../support/test.ts";

const { signal: NEVER } = new AbortController();
const { promise: forever } = Promise.withResolvers<never>();

/** What each side did. */
function sides(
  what: { readonly feed: Promise<unknown>; readonly sounds: readonly (string | Promise<string>)[] },
) {
  const ended: string[] = [];
  const feed = async (signal: AbortSignal) => {
    try {
      await raceSignal(what.feed, signal);
    } finally {
      ended.push("feed");
    }
  };
  const hear = async function* (signal: AbortSignal) {
    try {
      for (const sound of what.sounds) yield await raceSignal(Promise.resolve(sound), signal);
    } finally {
      ended.push("hear");
    }
  };
  return { feed, hear, ended };
}

test("all that is heard is given; a text that has not ended then is left", async () => {
  const { ended, ...request } = sides({ feed: forever, sounds: ["a", "b"] });
  assertEquals(await Array.fromAsync(whileFed(request, NEVER)), ["a", "b"]);
  assertEquals(ended, ["hear", "feed"]);
});

test("a text that fails ends the hearing, and its error is thrown", async () => {
  const error = new EarshotError("llm.failed", "No more");
  const { ended, ...request } = sides({ feed: Promise.reject(error), sounds: ["a", forever] });
  const heard: string[] = [];
  const outcome = async () => {
    for await (const sound of whileFed(request, NEVER)) heard.push(sound);
  };
  assertEquals(await assertRejects(outcome), error);
  assertEquals(ended.toSorted(), ["feed", "hear"]);
});

test("a service that fails ends the feeding, and its error is thrown", async () => {
  const error = new EarshotError("tts.quota", "Nothing left");
  const { ended, ...request } = sides({ feed: forever, sounds: ["a", Promise.reject(error)] });
  const sounds = whileFed(request, NEVER);
  assertEquals((await sounds.next()).value, "a");
  assertEquals(await assertRejects(() => sounds.next()), error);
  assertEquals(ended, ["hear", "feed"]);
});

test("an abort ends both, and leaving the loop does", async () => {
  const life = new AbortController();
  const aborted = sides({ feed: forever, sounds: ["a", forever] });
  const sounds = whileFed(aborted, life.signal);
  await sounds.next();
  const waiting = assertRejects(() => sounds.next(), EarshotError);
  life.abort();
  assertEquals([(await waiting).code, aborted.ended.toSorted()], ["canceled", ["feed", "hear"]]);
  const left = sides({ feed: forever, sounds: ["a", "b"] });
  for await (const _sound of whileFed(left, NEVER)) break;
  assertEquals(left.ended, ["hear", "feed"]);
});
