import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createHmac } from "node:crypto";
import { Automation, type AutomationFacts, outgoing, pingEvent, Webhook } from "../../lib/automation/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { inTime, until } from "../support/until.ts";
import { answerOf, KITCHEN, wordsOf } from "./automation_rig.ts";

const SECRET = "canary-secret";
/** The pauses between tries. */
const PAUSES_MS = [1_000, 4_000, 15_000, 60_000];

/** A request that a receiver got. */
interface Received {
  readonly headers: Headers;
  readonly body: string;
}

/** A real HTTP server that takes events; `answer` says what it answers, and may take its time. */
class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  running = 0;
  mostAtOnce = 0;

  constructor(
    answer: (count: number, request: Request) => Response | Promise<Response> = () => new Response(null),
    port = 0,
  ) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (request) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
      try {
        this.received.push({ headers: request.headers, body: await request.text() });
        return await answer(this.received.length, request);
      } finally {
        this.running--;
      }
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  get events(): Record<string, unknown>[] {
    return this.received.map(({ body }) => JSON.parse(body));
  }

  get texts(): unknown[] {
    return this.events.map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function open(
  url: string,
  { clock = systemClock, events = ["words", "answer"], headers = {} }: {
    readonly clock?: Clock;
    readonly events?: readonly string[];
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
) {
  const wallMs = () => 1_700_000_000_000 + clock.nowMs();
  const sink = new Webhook({ url, secret: SECRET, headers, trust: { verify: true }, clock, wallMs });
  const automation = new Automation({ webhook: { sink, events }, devices: {}, clock, wallMs });
  return {
    say: (...all: readonly (string | AutomationFacts)[]) => {
      for (const facts of all) {
        automation.publish(typeof facts === "string" ? wordsOf(facts) : facts, KITCHEN);
      }
    },
    forget: (deviceId: string) => automation.forget(deviceId),
    get stats() {
      return automation.stats.sinks.webhook ?? { queued: 0, sent: 0, retries: 0, failed: 0, dropped: 0 };
    },
    close: () => automation.close(),
    [Symbol.asyncDispose]: () => automation.close(),
  };
}

/** A port at which nobody listens. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The first lines of docs/automation.md's receiver. */
function isSigned({ headers, body }: Received): boolean {
  const timestamp = headers.get("x-earshot-timestamp") ?? "";
  const mac = createHmac("sha256", SECRET).update(`${timestamp}.${body}`).digest("hex");
  return headers.get("x-earshot-signature") === `sha256=${mac}`;
}

test("Webhook: events come in their order, one at a time, each signed and with headers of the config", async () => {
  await using receiver = new Receiver(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Response("thanks");
  });
  await using hook = open(receiver.url, { headers: { Authorization: "Bearer canary" } });
  hook.say("one", answerOf("two"), "three");
  await until(() => hook.stats.sent === 3);
  assertEquals(receiver.texts, ["one", "two", "three"]);
  assertEquals(receiver.events.map(({ type }) => type), ["words", "answer", "words"]);
  assertEquals(receiver.mostAtOnce, 1);
  assert(receiver.received.every(isSigned));
  const [first] = receiver.received;
  assertEquals(first?.headers.get("content-type"), "application/json");
  assertEquals(first?.headers.get("authorization"), "Bearer canary");
  assertEquals(first?.headers.get("x-earshot-delivery"), receiver.events[0]?.["id"]);
});

test("Webhook: only the events that are asked for", async () => {
  await using receiver = new Receiver();
  await using hook = open(receiver.url, { events: ["answer"] });
  hook.say("one", answerOf("two"));
  await until(() => hook.stats.sent === 1);
  assertEquals(receiver.texts, ["two"]);
});

test("Webhook: 429 and 5xx are tried again with the same delivery and a new timestamp, after growing pauses", async () => {
  await using receiver = new Receiver((count) =>
    new Response("busy", { status: count === 1 ? 429 : count < 5 ? 503 : 200 })
  );
  const clock = new FakeClock();
  await using hook = open(receiver.url, { clock });
  hook.say("one", "two");
  for (const [index, pauseMs] of PAUSES_MS.entries()) {
    await until(() => hook.stats.retries === index + 1);
    await clock.advance(pauseMs - 1);
    assertEquals(receiver.received.length, index + 1);
    await clock.advance(1);
  }
  await until(() => hook.stats.sent === 2);
  assertEquals(receiver.texts, ["one", "one", "one", "one", "one", "two"]);
  const tries = receiver.received.slice(0, 5);
  assertEquals(new Set(tries.map(({ headers }) => headers.get("x-earshot-delivery"))).size, 1);
  assertEquals(new Set(tries.map(({ headers }) => headers.get("x-earshot-timestamp"))).size, 5);
  assert(receiver.received.every(isSigned));
  assertEquals(hook.stats, { queued: 0, sent: 2, retries: 4, failed: 0, dropped: 0 });
});

test("Webhook: after five tries an event is given up, and the next one goes on", async () => {
  await using receiver = new Receiver((count) => new Response(null, { status: count <= 5 ? 500 : 200 }));
  const clock = new FakeClock();
  await using hook = open(receiver.url, { clock });
  hook.say("one", "two");
  for (const [index, pauseMs] of PAUSES_MS.entries()) {
    await until(() => hook.stats.retries === index + 1);
    await clock.advance(pauseMs);
  }
  await until(() => hook.stats.sent === 1);
  assertEquals(receiver.texts, ["one", "one", "one", "one", "one", "two"]);
  assertEquals(hook.stats.failed, 1);
});

test("Webhook: Retry-After is obeyed, and beyond ten minutes an event is given up", async () => {
  await using receiver = new Receiver(() =>
    new Response(null, { status: 429, headers: { "retry-after": "290" } })
  );
  const clock = new FakeClock();
  await using hook = open(receiver.url, { clock });
  hook.say("one");
  await until(() => hook.stats.retries === 1);
  await clock.advance(289_000);
  assertEquals(receiver.received.length, 1);
  await clock.advance(1_000);
  await until(() => hook.stats.retries === 2);
  await clock.advance(290_000);
  await until(() => hook.stats.failed === 1);
  assertEquals(receiver.received.length, 3);
});

test("Webhook: another 4xx and a redirect are no reason to try again, and no other host is asked", async () => {
  await using elsewhere = new Receiver();
  await using receiver = new Receiver((count) =>
    count === 1
      ? new Response("wrong", { status: 400 })
      : count === 2
      ? new Response(null, { status: 307, headers: { location: elsewhere.url } })
      : new Response(null)
  );
  await using hook = open(receiver.url);
  hook.say("one", "two", "three");
  await until(() => hook.stats.sent === 1);
  assertEquals(receiver.texts, ["one", "two", "three"]);
  assertEquals(hook.stats, { queued: 0, sent: 1, retries: 0, failed: 2, dropped: 0 });
  assertEquals(elsewhere.received.length, 0);
});

test("Webhook: a receiver that takes the request and answers nothing is left after 10 s", async () => {
  const silent = Promise.withResolvers<Response>();
  await using receiver = new Receiver((count) => count === 1 ? silent.promise : new Response(null));
  const clock = new FakeClock();
  await using hook = open(receiver.url, { clock });
  hook.say("one");
  await until(() => receiver.received.length === 1);
  await clock.advance(10_000);
  await until(() => hook.stats.retries === 1);
  await clock.advance(1_000);
  await until(() => hook.stats.sent === 1);
  assertEquals(hook.stats.retries, 1);
  silent.resolve(new Response(null));
});

test("Webhook: of 10,000 events while nobody is there the newest wait, within the bounds, and come when it is back", async () => {
  const port = freePort();
  const clock = new FakeClock();
  await using hook = open(`http://127.0.0.1:${port}/`, { clock });
  const beganMs = performance.now();
  hook.say(...Array.from({ length: 10_000 }, (_, index) => `w${index}`));
  assertLess((performance.now() - beganMs) / 10_000, 1);
  const { queued, dropped } = hook.stats;
  assertEquals([queued, dropped], [1_000, 9_000]);
  await until(() => hook.stats.retries === 1);
  await using receiver = new Receiver(undefined, port);
  await clock.advance(1_000);
  await until(() => hook.stats.queued === 0);
  assertEquals(receiver.texts.slice(-2), ["w9998", "w9999"]);
  assertEquals(hook.stats.sent, 1_000);
});

test("Webhook: what waits is bounded by size as well, and a text by its length", async () => {
  const clock = new FakeClock();
  await using hook = open(`http://127.0.0.1:${freePort()}/`, { clock });
  const long = "x".repeat(64_000);
  hook.say(...Array.from({ length: 500 }, () => long));
  const { queued } = hook.stats;
  // 8,000 characters and what is around them.
  assertGreater(queued, 100);
  assertLess(queued, 132);
});

test("Webhook: what a device has said is forgotten while it waits", async () => {
  const clock = new FakeClock();
  await using hook = open(`http://127.0.0.1:${freePort()}/`, { clock });
  hook.say("one", "two", "three");
  await until(() => hook.stats.retries === 1);
  hook.forget("02:00:00:00:00:01");
  assertEquals(hook.stats.queued, 3);
  hook.forget(KITCHEN);
  assertEquals([hook.stats.queued, hook.stats.dropped], [1, 0]);
});

test("Webhook: closing sends what waits, once, and takes no more", async () => {
  await using receiver = new Receiver();
  const hook = open(receiver.url);
  hook.say("one", "two");
  await Promise.all([hook.close(), hook.close()]);
  assertEquals(receiver.texts, ["one", "two"]);
  hook.say("three");
  assertEquals(hook.stats, { queued: 0, sent: 2, retries: 0, failed: 0, dropped: 1 });
});

test("Webhook: closing in the middle of a request, and during a pause, takes two seconds at most", async () => {
  const silent = Promise.withResolvers<Response>();
  await using receiver = new Receiver(() => silent.promise);
  const hook = open(receiver.url);
  hook.say("one", "two");
  await until(() => receiver.received.length === 1);
  const beganMs = performance.now();
  await inTime(hook.close(), "a close");
  assertLess(performance.now() - beganMs, 2_000);
  assertEquals(hook.stats, { queued: 0, sent: 0, retries: 0, failed: 0, dropped: 2 });
  silent.resolve(new Response(null));
  const down = open(`http://127.0.0.1:${freePort()}/`);
  down.say("one", "two");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const againMs = performance.now();
  await down.close();
  assertLess(performance.now() - againMs, 500);
  assertEquals([down.stats.queued, down.stats.dropped], [0, 2]);
});

test("Webhook: the ping that tries it is signed like any event", async () => {
  await using receiver = new Receiver();
  const hook = new Webhook({
    url: receiver.url,
    secret: SECRET,
    headers: {},
    trust: { verify: true },
    clock: systemClock,
    wallMs: Date.now,
  });
  await hook.send(outgoing(pingEvent(Date.now())), new AbortController().signal);
  hook.close();
  assertEquals(receiver.events.map(({ type }) => type), ["ping"]);
  assert(receiver.received.every(isSigned));
});
