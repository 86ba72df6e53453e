import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  simulatedError,
  simulatedResult,
  SimulatedSpeaker,
  type SimulatedTool,
  USER_TOOLS,
} from "../../../lib/device/mod.ts";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { DeviceToolsShared, type ToolResult } from "../../../lib/tools/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { DeviceRig, NEVER } from "./device_rig.ts";

const SPEAKER = ["self.get_device_status", "self.audio_speaker.set_volume", "change_volume"];

async function assertFails(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  assertEquals((await assertRejects(() => work, EarshotError)).code, code);
}

/** A tool that does what `more` says. */
const tool = (name: string, more: Partial<SimulatedTool> = {}): SimulatedTool => ({
  name,
  description: "A tool",
  ...more,
});

/** A call whose end is looked at later. */
function started(work: Promise<ToolResult>): { end: string } {
  const state = { end: "none" };
  work.then(({ text }) => state.end = text, (thrown) => state.end = EarshotError.from(thrown).code);
  return state;
}

test("DeviceTools: initialize is first, ids are numbers from 1, and the list is asked for without user tools", async () => {
  await using rig = await DeviceRig.started({ tools: [...new SimulatedSpeaker().tools, ...USER_TOOLS] });
  assertEquals(rig.sent, [
    {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2024-11-05",
        capabilities: {},
        clientInfo: { name: "earshot", version: "1" },
      },
    },
    { jsonrpc: "2.0", id: 2, method: "tools/list", params: { cursor: "" } },
  ]);
  assertEquals(rig.names, SPEAKER);
  assertEquals(rig.tools.name, "device");
  assertEquals(rig.shared.lists.whole, 1);
  rig.tools.start();
  assertEquals(rig.sent.length, 2);
});

test("DeviceTools: a device is told where to send its photos where there is a place", async () => {
  const vision = { url: "http://gateway/xiaozhi/vision/explain", token: "t" };
  await using rig = await DeviceRig.started({ tools: [] }, { vision });
  assertEquals(rig.server?.vision, vision);
});

test("DeviceTools: pages are followed to the end, with each tool once and in order", async () => {
  const many = Array.from({ length: 60 }, (_, at) => tool(`self.t${at}`, { description: "d".repeat(400) }));
  await using rig = await DeviceRig.started({ tools: many });
  assertEquals(rig.names, many.map(({ name }) => name));
  assert(rig.methods.filter((method) => method === "tools/list").length > 2);
  assertStrictEquals(rig.tools.list(), rig.tools.list());
});

test("DeviceTools: a list without end, a cursor again, too many and too big tools, and a page that fails end it", async () => {
  const page = (names: readonly string[], nextCursor?: string, description = "") => (id: number) =>
    simulatedResult(id, { tools: names.map((name) => ({ name, description })), nextCursor });
  const listing = async (pages: readonly ((id: number) => ReturnType<typeof simulatedResult>)[]) => {
    let id = 1;
    await using rig = await DeviceRig.started({ tools: [], onList: () => pages[id++ - 1]?.(id) });
    for (let page = 0; page < 80; page++) await settle();
    const { whole, cut, broken, failed } = rig.shared.lists;
    return { tools: rig.names.length, asked: rig.sent.length - 1, whole, cut, broken, failed };
  };
  const none = { whole: 0, cut: 0, broken: 0, failed: 0 };
  const endless = Array.from({ length: 100 }, (_, at) => page([`t${at}`], `c${at}`));
  assertEquals(await listing(endless), { ...none, tools: 64, asked: 64, cut: 1 });
  const again = [page(["a"], "x"), page(["b"], "x"), page(["c"], "x")];
  assertEquals(await listing(again), { ...none, tools: 2, asked: 2, broken: 1 });
  const names = Array.from({ length: 300 }, (_, at) => `t${at}`);
  assertEquals(await listing([page(names)]), { ...none, tools: 256, asked: 1, cut: 1 });
  const big = Array.from(
    { length: 40 },
    (_, at) => page([`t${at}`, `u${at}`, `v${at}`], `c${at}`, "語".repeat(4_096)),
  );
  const cut = await listing(big);
  assertEquals([cut.cut, cut.tools > 70 && cut.tools < 90], [1, true]);
  const failing = [page(["a", "b"], "b"), (id: number) => simulatedError(id, "unknown cursor")];
  assertEquals(await listing(failing), { ...none, tools: 2, asked: 2, broken: 1 });
  assertEquals(await listing([(id) => simulatedError(id, "no")]), { ...none, tools: 0, asked: 1, failed: 1 });
  assertEquals(await listing([(id) => simulatedResult(id, "no")]), {
    ...none,
    tools: 0,
    asked: 1,
    failed: 1,
  });
  assertEquals(await listing([page(["a", "a"])]), { ...none, tools: 1, asked: 1, whole: 1 });
});

test("DeviceTools: a page that does not come keeps what came before it", async () => {
  let page = 0;
  await using rig = await DeviceRig.started({
    tools: [],
    onList: () =>
      page++ === 0 ? simulatedResult(2, { tools: [{ name: "a" }], nextCursor: "b" }) : { payloads: [] },
  });
  assertEquals(rig.names, ["a"]);
  await rig.clock.advance(10_000);
  assertEquals([rig.names, rig.shared.lists.broken], [["a"], 1]);
});

test("DeviceTools: what is no tool is passed over", async () => {
  const given = [
    null,
    7,
    "name",
    {},
    { name: "" },
    { name: 5 },
    { name: "x".repeat(200) },
    { name: "plain" },
    { name: "odd", description: 7, inputSchema: "none", annotations: "none", title: ["a"] },
  ];
  await using rig = await DeviceRig.started({
    tools: [],
    onList: () => simulatedResult(2, { tools: given }),
  });
  const empty = { type: "object", properties: {} };
  assertEquals(
    rig.tools.list().map(({ name, description, parameters }) => ({ name, description, parameters })),
    [
      { name: "plain", description: "", parameters: empty },
      { name: "odd", description: "", parameters: empty },
    ],
  );
});

test("DeviceTools: kinds and who may, by the name and by what the tool says of itself", async () => {
  const hints = (name: string, annotations: object) => ({ name, annotations });
  const given = [
    { name: "self.get_device_status" },
    { name: "self.screen.set_brightness" },
    { name: "self.camera.take_photo" },
    { name: "self.reboot" },
    { name: "self.door.unlock" },
    { name: "self.sdcard.formatCard" },
    { name: "self.information.show" },
    hints("self.lamp.burn", { destructiveHint: true }),
    hints("self.thermometer", { readOnlyHint: true }),
    hints("self.lie.delete_all", { readOnlyHint: true }),
    hints("self.for_both", { audience: ["user", "assistant"] }),
    hints("self.for_user", { audience: ["user"] }),
  ];
  await using rig = await DeviceRig.started({
    tools: [],
    onList: () => simulatedResult(2, { tools: given }),
  });
  assertEquals(
    rig.tools.list().map(({ name, title, kind, audience, approvedOnly, timeoutMs }) => [
      name,
      title,
      kind,
      audience,
      approvedOnly,
      timeoutMs,
    ]),
    [
      ["self.get_device_status", "get device status", "read", "everyone", false, 10_000],
      ["self.screen.set_brightness", "set brightness", "act", "everyone", false, 10_000],
      ["self.camera.take_photo", "take photo", "act", "everyone", true, 45_000],
      ["self.reboot", "reboot", "destructive", "everyone", false, 10_000],
      ["self.door.unlock", "unlock", "destructive", "everyone", false, 10_000],
      ["self.sdcard.formatCard", "format card", "destructive", "everyone", false, 10_000],
      ["self.information.show", "show", "act", "everyone", false, 10_000],
      ["self.lamp.burn", "burn", "destructive", "everyone", false, 10_000],
      ["self.thermometer", "thermometer", "read", "everyone", false, 10_000],
      ["self.lie.delete_all", "delete all", "destructive", "everyone", false, 10_000],
      ["self.for_both", "for both", "act", "everyone", false, 10_000],
    ],
  );
});

test("DeviceTools: what is for people alone is listed for the operator, and called by nobody else", async () => {
  await using rig = await DeviceRig.started({ tools: [...new SimulatedSpeaker().tools, ...USER_TOOLS] });
  await assertFails(rig.tools.call("self.reboot", {}, NEVER), "tool.unknown");
  await assertFails(rig.tools.callForOperator("self.reboot", {}, NEVER), "tool.unknown");
  const all = await rig.tools.listForOperator(NEVER);
  assertEquals(rig.sent.at(-1)?.["params"], { cursor: "", withUserTools: true });
  assertEquals(all.map(({ name, audience }) => [name, audience]), [
    ...SPEAKER.map((name) => [name, "everyone"]),
    ["self.reboot", "operator"],
    ["self.upgrade_firmware", "operator"],
  ]);
  assertEquals(rig.names, SPEAKER);
  await assertFails(rig.tools.call("self.reboot", {}, NEVER), "tool.unknown");
  assertEquals(await rig.tools.callForOperator("self.reboot", {}, NEVER), { text: "true" });
  assertEquals(rig.server?.calls, [{ name: "self.reboot", arguments: {} }]);
  const left = new AbortController();
  left.abort();
  await assertFails(rig.tools.listForOperator(left.signal), "canceled");
  await rig.scope.close();
  await assertFails(rig.tools.listForOperator(NEVER), "tool.unavailable");
});

test("DeviceTools: results are told as text, and pictures as what they are", async () => {
  const image = { mimeType: "image/jpeg", data: "QUJDRA==" };
  const content = (...blocks: unknown[]) => ({
    reply: (id: number) => simulatedResult(id, { content: blocks, isError: false }),
  });
  const tools = [
    tool("text", { run: () => "hello" }),
    tool("number", { run: () => 42 }),
    tool("true", { run: () => true }),
    tool("json", { run: () => ({ a: [1, "b"] }) }),
    tool("photo", { run: () => image }),
    tool("standard", content({ type: "image", ...image })),
    tool("broken", content({ type: "image", image: "{" }, { type: "image" })),
    tool("odd", content({ type: "text", text: 7 }, { type: "text" }, { no: "type" }, null)),
    tool("sound", content({ type: "audio", data: "QUJD", mimeType: "audio/wav" })),
    tool("resource", content({ type: "resource", resource: { uri: "x:y", text: "written" } })),
    tool("empty", content()),
    tool("bare", { reply: (id) => simulatedResult(id, "bare") }),
    tool("nothing", { reply: (id) => simulatedResult(id, null) }),
    tool("failed", {
      reply: (id) => simulatedResult(id, { content: [{ type: "text", text: "too dark" }], isError: true }),
    }),
  ];
  await using rig = await DeviceRig.started({ tools });
  const said: Record<string, ToolResult> = {};
  for (const { name } of tools) said[name] = await rig.tools.call(name, {}, NEVER);
  assertEquals(said, {
    text: { text: "hello" },
    number: { text: "42" },
    true: { text: "true" },
    json: { text: `{"a":[1,"b"]}` },
    photo: { text: "A picture was taken (image/jpeg, 4 bytes)." },
    standard: { text: "A picture was taken (image/jpeg, 4 bytes)." },
    broken: { text: "A picture was taken (of unknown size).\nA picture was taken (of unknown size)." },
    odd: { text: `7\n{"no":"type"}\nnull` },
    sound: { text: "audio, 3 bytes" },
    resource: { text: "written" },
    empty: { text: "" },
    bare: { text: "bare" },
    nothing: { text: "null" },
    failed: { text: "too dark", failed: true },
  });
  assertEquals([rig.shared.calls.ok, rig.shared.calls.failed], [13, 1]);
});

test("DeviceTools: what the device says is wrong is a failed result, however it is written", async () => {
  const tools = [
    tool("strict", { properties: { volume: { type: "integer", maximum: 100 } } }),
    tool("quotes", { reply: (id) => simulatedError(id, `no "such" thing\n\\ here`) }),
    tool("ends", { reply: (id) => simulatedError(id, `a "}} b`) }),
    tool("coded", {
      reply: (id) => ({
        payloads: [`{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"coded"}}`],
      }),
    }),
    tool("bare", { reply: (id) => ({ payloads: [`{"jsonrpc":"2.0","id":${id},"error":"bare"}`] }) }),
    tool("empty", { reply: (id) => ({ payloads: [`{"jsonrpc":"2.0","id":${id},"error":{}}`] }) }),
  ];
  await using rig = await DeviceRig.started({ tools });
  const said = async (name: string, args = {}) => {
    const { text, failed } = await rig.tools.call(name, args, NEVER);
    assertEquals(failed, true);
    return text;
  };
  assertEquals(await said("strict", { volume: "5" }), "Missing valid argument: volume");
  assertEquals(await said("strict", { volume: 101 }), "Value exceeds maximum allowed: 100");
  assertEquals(await said("quotes"), `no "such" thing\n\\ here`);
  assertEquals(await said("ends"), `a "}} b`);
  assertEquals(await said("coded"), "coded");
  assertEquals(await said("bare"), "bare");
  assertEquals(await said("empty"), "no reason was given");
  assertEquals(rig.shared.strays.unescaped, 2);
});

test("DeviceTools: one call is in flight, eight wait, one more is refused", async () => {
  await using rig = await DeviceRig.started({ tools: [tool("slow", { afterMs: 1_000 })] });
  const before = rig.sent.length;
  const calls = Array.from({ length: 9 }, () => started(rig.tools.call("slow", {}, NEVER)));
  await settle();
  assertEquals(rig.sent.length - before, 1);
  await assertFails(rig.tools.call("slow", {}, NEVER), "tool.unavailable");
  await rig.clock.advance(3_000);
  assertEquals([rig.sent.length - before, calls.filter(({ end }) => end === "true").length], [4, 3]);
  await rig.clock.advance(6_000);
  assertEquals(calls.map(({ end }) => end), calls.map(() => "true"));
  assertEquals([rig.shared.calls.ok, rig.shared.calls.refused], [9, 1]);
});

test("DeviceTools: a call ends after 10 s, one with the camera after 45 s, and the next one goes on", async () => {
  const silent = { reply: () => ({ payloads: [] }) };
  await using rig = await DeviceRig.started({
    tools: [tool("silent", silent), tool("self.camera.take_photo", silent), tool("good")],
  });
  const call = started(rig.tools.call("silent", {}, NEVER));
  const next = started(rig.tools.call("good", {}, NEVER));
  await rig.clock.advance(9_999);
  assertEquals([call.end, next.end], ["none", "none"]);
  await rig.clock.advance(1);
  assertEquals([call.end, next.end], ["tool.timeout", "true"]);
  const photo = started(rig.tools.call("self.camera.take_photo", {}, NEVER));
  await rig.clock.advance(44_999);
  assertEquals(photo.end, "none");
  await rig.clock.advance(1);
  assertEquals(photo.end, "tool.timeout");
  assertEquals([rig.shared.calls.timeout, rig.shared.calls.ok], [2, 1]);
});

test("DeviceTools: stray answers are counted by what is wrong with them, and disturb nothing", async () => {
  await using rig = new DeviceRig();
  rig.tools.start();
  rig.answer({ serverInfo: { version: "1" } });
  await settle();
  rig.answer({ tools: [{ name: "a" }] });
  await settle();
  const call = started(rig.tools.call("a", {}, NEVER));
  await settle();
  const id = Number(rig.lastId);
  for (const other of [id + 1, 0, -1, 1.5, 1e300, String(id), true]) rig.answer("other", other);
  rig.answer("other", id - 1);
  for (const none of [{}, { id: null, result: 1 }, { jsonrpc: "2.0", id }, { id, params: {} }]) {
    rig.tools.receive(none);
  }
  rig.tools.receive({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  rig.tools.receive({ jsonrpc: "2.0", id: 9, method: "ping" });
  await settle();
  assertEquals(call.end, "none");
  assertEquals(rig.shared.strays, { unknown: 7, repeated: 1, late: 0, malformed: 4, unescaped: 0 });
  rig.answer("right", id);
  await settle();
  rig.answer("twice", id);
  assertEquals([call.end, rig.shared.strays.repeated], ["right", 2]);
  const late = started(rig.tools.call("a", {}, NEVER));
  await rig.clock.advance(30_000);
  rig.answer("late");
  rig.answer("late");
  assertEquals([late.end, rig.shared.strays.late, rig.shared.strays.repeated], ["tool.timeout", 1, 3]);
  const last = started(rig.tools.call("a", {}, NEVER));
  await settle();
  rig.answer("good");
  await settle();
  assertEquals(last.end, "good");
});

test("DeviceTools: a device that answers twice, another id, after 30 s or rubbish loses nobody else's answer", async () => {
  const twice = (id: number) => {
    const { payloads } = simulatedResult(id, { content: [{ type: "text", text: "once" }] });
    return { payloads: [...payloads, ...payloads] };
  };
  await using rig = await DeviceRig.started({
    tools: [
      tool("twice", { reply: twice }),
      tool("other", { reply: (id) => simulatedResult(id + 100, "other") }),
      tool("late", { reply: (id) => simulatedResult(id, "late"), afterMs: 30_000 }),
      tool("rubbish", { reply: () => ({ payloads: ["{", "[1,2", `"`, "\u0000"] }) }),
      tool("good"),
    ],
  });
  const calls = ["twice", "good", "other", "rubbish", "good"].map((name) =>
    started(rig.tools.call(name, {}, NEVER))
  );
  await rig.clock.advance(60_000);
  assertEquals(calls.map(({ end }) => end), ["once", "true", "tool.timeout", "tool.timeout", "true"]);
  const late = started(rig.tools.call("late", {}, NEVER));
  await rig.clock.advance(60_000);
  const good = started(rig.tools.call("good", {}, NEVER));
  await settle();
  assertEquals([late.end, good.end], ["tool.timeout", "true"]);
  assertEquals(rig.shared.strays, { unknown: 1, repeated: 1, late: 1, malformed: 0, unescaped: 0 });
});

test("DeviceTools: a call that is given up is over at once; in flight it keeps its place, in the queue it does not", async () => {
  await using rig = await DeviceRig.started({ tools: [tool("slow", { afterMs: 2_000 }), tool("good")] });
  const stop = () => new AbortController();
  const [aborted, first, second] = [stop(), stop(), stop()];
  aborted.abort();
  await assertFails(rig.tools.call("slow", {}, aborted.signal), "canceled");
  const before = rig.sent.length;
  const flying = started(rig.tools.call("slow", {}, first.signal));
  const waiting = started(rig.tools.call("slow", {}, second.signal));
  const good = started(rig.tools.call("good", {}, NEVER));
  await settle();
  second.abort();
  first.abort(new Error("whatever"));
  await settle();
  assertEquals([flying.end, waiting.end, good.end], ["canceled", "canceled", "none"]);
  assertEquals(rig.sent.length - before, 1);
  await rig.clock.advance(2_000);
  assertEquals([good.end, rig.server?.calls.length], ["true", 2]);
  // Its answer was waited for, by nobody.
  assertEquals(rig.shared.strays.repeated + rig.shared.strays.late, 0);
  assertEquals(rig.shared.calls.canceled, 3);
});

test("DeviceTools: closing at any step rejects what is in flight at once, and nothing is asked afterward", async () => {
  for (const steps of [0, 1, 2, 3]) {
    await using rig = new DeviceRig();
    rig.tools.start();
    if (steps > 0) rig.answer({});
    await settle();
    if (steps > 1) rig.answer({ tools: [{ name: "a" }] });
    await settle();
    const calls = steps > 1 ? [1, 2].map(() => started(rig.tools.call("a", {}, NEVER))) : [];
    await settle();
    if (steps > 2) rig.answer("first");
    const asked = rig.sent.length;
    const closing = rig.scope.close();
    await settle();
    assertEquals(
      calls.map(({ end }) => end),
      [
        [],
        [],
        ["tool.unavailable", "tool.unavailable"],
        ["first", "tool.unavailable"],
      ][steps],
    );
    const report = await closing;
    assertEquals([report.ok, report.durationMs, rig.sent.length], [
      report.total,
      0,
      asked,
    ]);
    for (const text of ["{}", `{"id":1,"result":{}}`, "{"]) rig.text(text);
    rig.tools.start();
    if (steps > 1) await assertFails(rig.tools.call("a", {}, NEVER), "tool.unavailable");
    await rig.scope.close();
    assertEquals([rig.clock.pending, rig.shared.heldBytes], [0, 0]);
  }
});

test("DeviceTools: a device that was busy at first has its tools later, and one that never answers has none", async () => {
  await using rig = await DeviceRig.started({ tools: [tool("a")], initializeMs: 15_000 });
  await rig.clock.advance(14_999);
  assertEquals(rig.names, []);
  await rig.clock.advance(1);
  assertEquals(rig.names, ["a"]);
  await using silent = await DeviceRig.started({ tools: [tool("a")], initializeMs: "never" });
  await silent.clock.advance(60_000);
  assertEquals([silent.names, silent.methods, silent.shared.lists.failed], [
    [],
    ["initialize"],
    1,
  ]);
  await assertFails(silent.tools.call("a", {}, NEVER), "tool.unknown");
  await assertFails(silent.tools.listForOperator(NEVER), "tool.unavailable");
});

test("DeviceTools: a device that reads nothing is unavailable at once", async () => {
  await using rig = await DeviceRig.started({ tools: [tool("a")] });
  rig.takes = false;
  await assertFails(rig.tools.call("a", {}, NEVER), "tool.unavailable");
  rig.takes = true;
  assertEquals(await rig.tools.call("a", {}, NEVER), { text: "true" });
  await assertFails(rig.tools.call("a", { text: "x".repeat(20_000) }, NEVER), "tool.arguments");
});

test("DeviceTools: nothing is asked, and nothing may be called, before the device was greeted", async () => {
  await using rig = new DeviceRig({ tools: [tool("a")] });
  rig.tools.receive({ jsonrpc: "2.0", id: 1, result: {} });
  assertEquals(
    rig.tools.receiveUnreadable(
      `{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"error":{"message":"a"b"}}}`,
    ),
    false,
  );
  await assertFails(rig.tools.call("a", {}, NEVER), "tool.unknown");
  await assertFails(rig.tools.listForOperator(NEVER), "tool.unavailable");
  assertEquals([rig.sent, rig.names], [[], []]);
});

test("DeviceTools: what a device had is known before it says so, for the same firmware and client alone", async () => {
  const shared = new DeviceToolsShared();
  const kitchen = { shared, key: "a\nclient" };
  await using first = await DeviceRig.started({ tools: [tool("a")] }, kitchen);
  assertEquals([first.names, shared.cached], [["a"], 1]);
  await using again = new DeviceRig({ tools: [tool("a")], initializeMs: 1_000 }, kitchen);
  again.tools.start();
  assertEquals(again.names, ["a"]);
  const list = again.tools.list();
  // What is called meanwhile waits for the introduction.
  const call = started(again.tools.call("a", {}, NEVER));
  await settle();
  assertEquals(again.methods, ["initialize"]);
  await again.clock.advance(1_000);
  assertEquals([call.end, again.methods], ["true", ["initialize", "tools/call", "tools/list"]]);
  assertStrictEquals(again.tools.list(), list);
  await using other = new DeviceRig({ tools: [tool("b")], version: "3.0" }, {
    ...kitchen,
    firmwareVersion: "3.0",
  });
  other.tools.start();
  assertEquals(other.names, []);
  await settle();
  assertEquals(other.names, ["b"]);
  await using updated = new DeviceRig({ tools: [tool("c")], version: "4.0" }, kitchen);
  updated.tools.start();
  assertEquals(updated.names, ["b"]);
  await settle();
  assertEquals(updated.names, ["c"]);
  await using stranger = new DeviceRig({ tools: [] }, { shared });
  stranger.tools.start();
  assertEquals(stranger.names, []);
  await using neighbor = new DeviceRig({ tools: [] }, { shared, key: "b\nclient" });
  neighbor.tools.start();
  assertEquals(neighbor.names, []);
});

test("DeviceTools: what a device had counts on where it breaks off telling it again", async () => {
  const shared = new DeviceToolsShared();
  const options = { shared, key: "k" };
  await using first = await DeviceRig.started({ tools: [tool("a"), tool("b")] }, options);
  assertEquals(first.names, ["a", "b"]);
  let page = 0;
  await using again = await DeviceRig.started({
    tools: [],
    onList: () =>
      page++ === 0
        ? simulatedResult(2, { tools: [{ name: "a" }], nextCursor: "b" })
        : simulatedError(3, "no"),
  }, options);
  assertEquals([again.names, shared.lists.broken], [["a", "b"], 1]);
});

test("DeviceToolsShared: the least recently used lists are forgotten, by count and by bytes", () => {
  const shared = new DeviceToolsShared();
  const list = (sizeBytes: number) => ({ version: "1", tools: [], sizeBytes });
  for (let key = 0; key < 1_100; key++) {
    shared.remember(String(key), list(10));
    shared.recall("0");
  }
  assertEquals([shared.cached, shared.recall("0") !== undefined, shared.recall("1")], [
    1_024,
    true,
    undefined,
  ]);
  for (let key = 0; key < 20; key++) shared.remember(`big ${key}`, list(1_048_576));
  assertEquals([shared.cached, shared.recall("0"), shared.recall("big 19") !== undefined], [
    8,
    undefined,
    true,
  ]);
});

test("DeviceTools: all sessions together hold a bounded amount of lists", async () => {
  const shared = new DeviceToolsShared();
  shared.hold(67_108_864 - 300);
  await using rig = await DeviceRig.started({ tools: Array.from({ length: 9 }, (_, at) => tool(`t${at}`)) }, {
    shared,
  });
  assert(rig.names.length > 0 && rig.names.length < 9);
  assertEquals(shared.lists.cut, 1);
  assert(!shared.hasRoom(300));
});
