import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { ConnectionHandlers } from "../../../lib/net/mod.ts";
import { KeptSockets } from "../../../lib/tts/socket/kept_sockets.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

/** Connections that note what is done with them, and their handlers. */
function opened() {
  const clock = new FakeClock();
  const done: string[] = [];
  const handlers: ConnectionHandlers[] = [];
  const sockets = new KeptSockets({
    service: { family: "tts", name: "far" },
    clock,
    idleMs: 1_000,
    connect: (given, signal) => {
      const name = handlers.push(given);
      const note = (what: string) => () => void done.push(`${what} ${name}`);
      const destroy = note("destroy");
      signal.addEventListener("abort", destroy);
      return Promise.resolve({
        writable: true,
        send: (message) => void done.push(`${message} ${name}`),
        pause: note("pause"),
        resume: note("resume"),
        close: note("close"),
        destroy,
      });
    },
  });
  return { clock, done, handlers, sockets };
}

test("KeptSockets: a connection that is closed carries the next request, and is not closed", async () => {
  const { done, handlers, sockets } = opened();
  const first = await sockets.open(NEVER);
  first.socket.send("a");
  handlers[0]?.onMessage("b");
  assertEquals([first.kept, await first.socket.next()], [false, "b"]);
  first.socket.close();
  first.socket[Symbol.dispose]();
  handlers[0]?.onMessage("late");
  const second = await sockets.open(NEVER);
  const third = await sockets.open(NEVER);
  handlers[0]?.onMessage("c");
  assertEquals([second.kept, await second.socket.next(), third.kept], [true, "c", false]);
  assertEquals(done, ["a 1"]);
});

test("KeptSockets: one that ends amid its request is not kept, nor one whose other side has ended it", async () => {
  const { done, handlers, sockets } = opened();
  const first = await sockets.open(NEVER);
  first.socket[Symbol.dispose]();
  assertEquals([done, (await sockets.open(NEVER)).kept], [["destroy 1"], false]);
  const third = await sockets.open(NEVER);
  handlers[2]?.onMessage("the last");
  handlers[2]?.onClosed({ code: 1000, reason: "" });
  assertEquals(await third.socket.next(), "the last");
  third.socket.close();
  assertEquals((await sockets.open(NEVER)).kept, false);
});

test("KeptSockets: one is let go of when its time is over, and when all are closed", async () => {
  const { clock, done, sockets } = opened();
  (await sockets.open(NEVER)).socket.close();
  await clock.advance(999);
  assertEquals(done, []);
  await clock.advance(1);
  assertEquals([done.includes("destroy 1"), (await sockets.open(NEVER)).kept], [true, false]);
  const third = await sockets.open(NEVER);
  sockets.close();
  third.socket.close();
  assertEquals([done.includes("destroy 3"), clock.pending], [true, 0]);
});

test("KeptSockets: aborting ends a request's connection, kept or not, and opens none", async () => {
  const { done, sockets } = opened();
  (await sockets.open(NEVER)).socket.close();
  const life = new AbortController();
  assertEquals((await sockets.open(life.signal)).kept, true);
  life.abort();
  assertEquals(done.includes("destroy 1"), true);
  const error = await assertRejects(() => sockets.open(life.signal), EarshotError);
  assertEquals([error.code, (await sockets.open(NEVER)).kept], ["canceled", false]);
});
