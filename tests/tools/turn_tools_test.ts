import { assertEquals } from "@std/assert";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { Toolbox, type ToolEvent, type TurnTools } from "../../lib/tools/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { test } from "../support/test.ts";

const call = (name: string, args: unknown = {}, id = name) => ({ id, name, arguments: JSON.stringify(args) });

interface Rig {
  readonly clock: FakeClock;
  readonly scope: Scope;
  readonly source: FakeTools;
  readonly toolbox: Toolbox;
  readonly events: ToolEvent[];
  readonly turn: (before?: TurnTools) => TurnTools;
}

async function withRig(run: (rig: Rig) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const scope = new Scope("session", { clock });
  const events: ToolEvent[] = [];
  const toolbox = new Toolbox({ clock, scope, onEvent: (event) => events.push(event) });
  const source = new FakeTools("device");
  try {
    await run({
      clock,
      scope,
      source,
      toolbox,
      events,
      turn: (before) => toolbox.turn([source], { trusted: true, allow: ["*"], before }),
    });
  } finally {
    await scope.close();
  }
}

const life = () => new AbortController();
const outcomesOf = (events: readonly ToolEvent[]) =>
  events.flatMap((event) => event.type === "called" ? event.outcome : []);

test("TurnTools: calls of a step run at once, and each result goes with its call", () =>
  withRig(async ({ source, turn }) => {
    const gate = Promise.withResolvers<void>();
    source.add("a", {}, async () => (await gate.promise, { text: "A" })).add(
      "b",
      {},
      () => (gate.resolve(), { text: "B" }),
    );
    const results = await turn().callAll([call("a"), call("b")], life().signal);
    assertEquals(results.map(({ call: { id }, text, status }) => [id, text, status]), [["a", "A", "done"], [
      "b",
      "B",
      "done",
    ]]);
  }));

test("TurnTools: the same call again gets the first result, whatever the order of its arguments", () =>
  withRig(async ({ source, turn, events }) => {
    let count = 0;
    source.add("a", {}, () => ({ text: `${++count}`, effect: { type: "end" } }));
    const tools = turn();
    const [first, second] = await tools.callAll([
      call("a", { x: 1, y: 2 }, "1"),
      call("a", { y: 2, x: 1 }, "2"),
    ], life().signal);
    assertEquals([first?.text, second?.text, second?.effect, count], ["1", "1", undefined, 1]);
    const [other] = await tools.callAll([call("a", { x: 2 }, "3")], life().signal);
    assertEquals(other?.text, "2");
    assertEquals(outcomesOf(events).toSorted(), ["done", "done", "repeated"]);
    assertEquals(tools.steps.length, 2);
  }));

test("TurnTools: what fails, lies, floods or is not there is told to the model", () =>
  withRig(async ({ source, turn, events }) => {
    source.add("throws", {}, () => {
      throw new Error("boom");
    }).add("rejects", {}, () => Promise.reject(new Error("late boom"))).add(
      "fails",
      {},
      () => ({ text: "no", failed: true }),
    )
      .add("floods", {}, () => ({ text: "x".repeat(10_000_000) }))
      .add("strict", {
        parameters: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
      });
    const results = await turn().callAll(
      [call("throws"), call("rejects"), call("fails"), call("floods"), call("strict"), call("nowhere"), {
        ...call("strict"),
        arguments: "{",
      }],
      life().signal,
    );
    assertEquals(results.map(({ status }) => status), [
      "failed",
      "failed",
      "failed",
      "done",
      "failed",
      "failed",
      "failed",
    ]);
    assertEquals(results.every(({ text }) => new TextEncoder().encode(text).length <= 4_096), true);
    assertEquals(events.filter(({ type }) => type === "cut").length, 1);
    assertEquals(outcomesOf(events).toSorted(), [
      "arguments",
      "arguments",
      "done",
      "failed",
      "failed",
      "failed",
      "unknown",
    ]);
  }));

test("TurnTools: a call ends after 10 s, a camera's after 45, and all of a turn after 30", () =>
  withRig(async ({ clock, source, turn, events }) => {
    source.add("hangs", {}, () => new Promise(() => {})).add(
      "camera",
      { timeoutMs: 45_000 },
      () => new Promise(() => {}),
    );
    const tools = turn();
    for (
      const [args, leftMs] of [[{ n: 1 }, 10_000], [{ n: 2 }, 10_000], [{ n: 3 }, 10_000], [
        { n: 4 },
        0,
      ]] as const
    ) {
      const beganMs = clock.nowMs();
      const ended = tools.callAll([call("hangs", args)], life().signal);
      await clock.advance(leftMs);
      assertEquals((await ended)[0]?.status, "failed");
      assertEquals(clock.nowMs() - beganMs, leftMs);
    }
    assertEquals(tools.spent, true);
    const other = turn();
    const ended = other.callAll([call("camera")], life().signal);
    await clock.advance(44_999);
    assertEquals(source.calls.at(-1)?.signal.aborted, false);
    await clock.advance(1);
    assertEquals((await ended)[0]?.status, "failed");
    assertEquals(source.calls.at(-1)?.signal.aborted, true);
    assertEquals(outcomesOf(events).every((outcome) => outcome === "timeout"), true);
  }));

test("TurnTools: once its turn is over a reader is canceled, and an action goes on unheard until its own end", () =>
  withRig(async ({ clock, scope, source, turn }) => {
    const done = Promise.withResolvers<void>();
    source.add("reads", { kind: "read" }, () => new Promise(() => {})).add(
      "acts",
      {},
      async () => (await done.promise, { text: "on" }),
    );
    const tools = turn();
    const owner = life();
    const ended = tools.callAll([call("reads"), call("acts")], owner.signal);
    await clock.advance(0);
    owner.abort();
    assertEquals((await ended).map(({ status, text }) => [status, text]), [
      ["canceled", '{"status":"cancelled"}'],
      ["canceled", '{"status":"cancelled"}'],
    ]);
    assertEquals(source.calls.map(({ signal }) => signal.aborted), [true, false]);
    assertEquals(tools.steps.map(({ status }) => status), ["canceled", "canceled"]);
    // The question goes on in another turn, which waits for the same action.
    const next = turn(tools).callAll([call("acts"), call("reads")], life().signal);
    done.resolve();
    await clock.advance(10_000);
    assertEquals((await next).map(({ status, text }) => [status, text.slice(0, 5)]), [["done", "on"], [
      "failed",
      "Error",
    ]]);
    assertEquals(source.calls.map(({ name }) => name), ["reads", "acts", "reads"]);
    assertEquals(scope.stats.resources, 0);
  }));

test("TurnTools: a session that closes ends every call", () =>
  withRig(async ({ scope, source, turn }) => {
    source.add("acts", {}, () => new Promise(() => {}));
    const tools = turn();
    const ended = tools.callAll([call("acts")], life().signal);
    await scope.close();
    assertEquals((await ended)[0]?.status, "canceled");
    assertEquals(source.calls[0]?.signal.aborted, true);
    assertEquals((await tools.callAll([call("acts", { n: 1 })], life().signal))[0]?.status, "canceled");
  }));

test("TurnTools: no more than 16 calls of a step are made", () =>
  withRig(async ({ source, turn }) => {
    source.add("a");
    const calls = Array.from({ length: 64 }, (_, n) => call("a", { n }, `${n}`));
    const results = await turn().callAll(calls, life().signal);
    assertEquals([results.length, source.calls.length], [64, 16]);
    assertEquals(results.filter(({ status }) => status === "failed").length, 48);
  }));

test("Toolbox: what asks back is done by the next turn's yes, in a minute, once", () =>
  withRig(async ({ clock, source, turn, events }) => {
    source.add("unlock", { kind: "destructive" });
    const [asked] = await turn().callAll([call("unlock", { door: "front" })], life().signal);
    assertEquals([asked?.status, source.calls.length], ["asks_back", 0]);
    const tools = turn();
    assertEquals((await tools.confirm(life().signal))?.status, "done");
    assertEquals(source.calls.map(({ args }) => args), [{ door: "front" }]);
    // The model may call it again, which is the same call.
    assertEquals(
      (await tools.callAll([call("unlock", { door: "front" })], life().signal))[0]?.status,
      "done",
    );
    assertEquals(
      (await tools.callAll([call("unlock", { door: "back" })], life().signal))[0]?.status,
      "asks_back",
    );
    turn();
    assertEquals(await turn().confirm(life().signal), undefined);
    await turn().callAll([call("unlock", { door: "front" })], life().signal);
    await clock.advance(60_001);
    assertEquals(await turn().confirm(life().signal), undefined);
    assertEquals(source.calls.length, 1);
    assertEquals(outcomesOf(events), ["asks_back", "done", "repeated", "asks_back", "asks_back"]);
  }));
