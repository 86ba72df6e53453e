import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { Connection, ConnectionHandlers } from "../../../lib/net/mod.ts";
import { PulledSocket } from "../../../lib/tts/socket/pulled_socket.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "far" } as const;

/** A connection that notes what is done with it. */
async function opened(signal = new AbortController().signal) {
  const done: string[] = [];
  const note = (what: string) => () => void done.push(what);
  const room = { is: true };
  const connection: Connection = {
    get writable() {
      return room.is;
    },
    send: (message) => void done.push(`send ${message}`),
    pause: note("pause"),
    resume: note("resume"),
    close: note("close"),
    destroy: note("destroy"),
  };
  let handlers: ConnectionHandlers | undefined;
  const socket = await PulledSocket.open({
    service: SERVICE,
    connect: (given) => {
      handlers = given;
      return Promise.resolve(connection);
    },
  }, signal);
  assert(handlers !== undefined);
  return { socket, handlers, done, room };
}

test("messages come in order, and the end after them", async () => {
  const { socket, handlers, done } = await opened();
  socket.send("hello");
  const first = socket.next();
  handlers.onMessage("a");
  handlers.onMessage("b");
  handlers.onClosed({ code: 1001, reason: "away" });
  assertEquals([await first, await socket.next()], ["a", "b"]);
  const { code } = await assertRejects(() => socket.next(), EarshotError);
  assertEquals([code, done], ["tts.disconnected", ["send hello"]]);
});

test("a reader who is behind stops the socket, and one who has caught up lets it go on", async () => {
  const { socket, handlers, done } = await opened();
  for (let count = 0; count < 7; count++) handlers.onMessage(new Uint8Array(10_000));
  assertEquals(done, ["pause"]);
  handlers.onMessage(new Uint8Array(10_000));
  assertEquals(done, ["pause"]);
  for (let count = 0; count < 4; count++) await socket.next();
  assertEquals(done, ["pause"]);
  await socket.next();
  assertEquals(done, ["pause", "resume"]);
  // Many empty ones weigh, too.
  for (let count = 0; count < 1_000; count++) handlers.onMessage("");
  assertEquals(done, ["pause", "resume", "pause"]);
});

test("it ends politely once all was said, and at once otherwise", async () => {
  const polite = await opened();
  for (let count = 0; count < 7; count++) polite.handlers.onMessage(new Uint8Array(10_000));
  polite.socket.close();
  polite.handlers.onMessage("late");
  polite.socket[Symbol.dispose]();
  assertEquals(polite.done, ["pause", "resume", "close"]);
  const hasty = await opened();
  hasty.socket[Symbol.dispose]();
  assertEquals(hasty.done, ["destroy"]);
});

test("an abort ends the wait for a message; one that is too large is told as such", async () => {
  const life = new AbortController();
  const { socket } = await opened(life.signal);
  const waiting = assertRejects(() => socket.next(), EarshotError);
  life.abort();
  assertEquals((await waiting).code, "canceled");
  const { socket: other, handlers } = await opened();
  handlers.onClosed({ code: 1006, reason: "", error: new EarshotError("net.too_big", "Cannot take it") });
  assertEquals((await assertRejects(() => other.next(), EarshotError)).code, "tts.protocol");
});

test("who sends waits while the connection is full, until there is room, its end or an abort", async () => {
  const outcomes: string[] = [];
  const life = new AbortController();
  const { socket, handlers, room } = await opened(life.signal);
  await socket.drained();
  room.is = false;
  const waits = socket.drained().then(() => outcomes.push("room"));
  // It may be full again by then.
  handlers.onWritable();
  await settle();
  assertEquals(outcomes, []);
  room.is = true;
  handlers.onWritable();
  await waits;
  room.is = false;
  const again = socket.drained().catch(({ code }) => outcomes.push(code));
  life.abort();
  await again;
  const { socket: other, handlers: its, room: none } = await opened();
  none.is = false;
  const last = other.drained().then(() => outcomes.push("ended"));
  its.onClosed({ code: 1000, reason: "" });
  await last;
  assertEquals(outcomes, ["room", "canceled", "ended"]);
});

test("one that was left is read on until its last message, its end, an abort, or too late", async () => {
  const ways = {
    message: ({ handlers }) => handlers.onMessage("last"),
    end: ({ handlers }) => handlers.onClosed({ code: 1000, reason: "" }),
    abort: ({ life }) => life.abort(),
    "too late": ({ clock }) => clock.advance(1_000),
  } satisfies Record<
    string,
    (all: Awaited<ReturnType<typeof opened>> & { life: AbortController; clock: FakeClock }) => unknown
  >;
  for (const [name, way] of Object.entries(ways)) {
    const life = new AbortController();
    const clock = new FakeClock();
    const all = await opened(life.signal);
    const { socket, handlers, done } = all;
    for (let count = 0; count < 7; count++) handlers.onMessage(new Uint8Array(10_000));
    const left = socket.leave((message) => message === "last", { clock, withinMs: 1_000 });
    socket[Symbol.dispose]();
    handlers.onMessage("other");
    await clock.advance(999);
    assertEquals(done, ["pause", "resume"], name);
    await way({ ...all, life, clock });
    await left;
    assertEquals([done, clock.pending], [["pause", "resume", "destroy"], 0], name);
  }
});

test("whoever waits for a message, or for room, is told that it was left; nothing is waited for that has come", async () => {
  const clock = new FakeClock();
  const { socket, room } = await opened();
  room.is = false;
  const waiting = assertRejects(() => socket.next(), EarshotError);
  const writing = socket.drained();
  void socket.leave(() => false, { clock, withinMs: 1_000 });
  await writing;
  assertEquals((await waiting).code, "canceled");
  await clock.advance(1_000);
  for (const what of ["message", "end"] as const) {
    const { socket, handlers, done } = await opened();
    if (what === "message") handlers.onMessage("last");
    else handlers.onClosed({ code: 1000, reason: "" });
    await socket.leave((message) => message === "last", { clock, withinMs: 1_000 });
    assertEquals([done, clock.pending], [["destroy"], 0]);
  }
});
