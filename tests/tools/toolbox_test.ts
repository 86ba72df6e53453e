import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { callableTools, matchesTool, MOST_OFFERED } from "../../lib/tools/mod.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { test } from "../support/test.ts";

const namesOf = (...of: Parameters<typeof callableTools>) =>
  callableTools(...of).tools.map(({ offer }) => offer.name);

test("matchesTool: a source, one of its tools, or any text", () => {
  assertEquals(matchesTool("home", "home", "turn_on"), true);
  assertEquals(matchesTool("home", "home2", "turn_on"), false);
  assertEquals(matchesTool("home.turn_*", "home", "turn_on"), true);
  assertEquals(matchesTool("home.turn_on", "home", "turn_on_all"), false);
  assertEquals(matchesTool("device.self.a.b", "device", "self.a.b"), true);
  assertEquals(matchesTool("*", "home", "turn_on"), true);
  assertEquals(matchesTool("home.(x)+", "home", "(x)+"), true);
  assertEquals(matchesTool(`${"*a".repeat(30)}b`, "a".repeat(60), "x"), false);
});

test("callableTools: unless told, the harmless ones of the usual sources; with a list, what it names", () => {
  const device = new FakeTools("device").add("self.volume").add("self.walk", { audience: "listed" })
    .add("self.reboot", { audience: "operator" }).add("self.camera", { approvedOnly: true });
  const home = new FakeTools("home").add("turn_on", { audience: "listed" }).add("unlock", {
    audience: "listed",
  });
  const sources = [device, home];
  assertEquals(namesOf(sources, { trusted: false }), ["self_volume"]);
  assertEquals(namesOf(sources, { trusted: true }), ["self_volume", "self_camera"]);
  assertEquals(namesOf(sources, { trusted: true, allow: ["*"] }), [
    "self_volume",
    "self_walk",
    "self_camera",
    "turn_on",
    "unlock",
  ]);
  assertEquals(namesOf(sources, { trusted: true, allow: ["home.turn_on"] }), ["turn_on"]);
  assertEquals(namesOf(sources, { trusted: true, allow: [] }), []);
});

test("callableTools: names that every model takes, each its own, also within descriptions", () => {
  const one = new FakeTools("one").add("self.a.b", {
    description: "Call self.a.b after self.a.b.c and self.a.",
  })
    .add("self.a.b.c").add("self a b").add("x".repeat(100)).add("x".repeat(101));
  const two = new FakeTools("two").add("self.a.b").add("音量");
  const { tools } = callableTools([one, two], { trusted: true, allow: ["*"] });
  assertEquals(tools.map(({ offer }) => offer.name), [
    "self_a_b",
    "self_a_b_c",
    "one_self_a_b",
    "x".repeat(64),
    `one_${"x".repeat(60)}`,
    "two_self_a_b",
    "__",
  ]);
  assertEquals(tools[0]?.offer.description, "Call self_a_b after self_a_b_c and self.a.");
  fc.assert(fc.property(fc.array(fc.string(), { maxLength: 40 }), (names) => {
    const source = new FakeTools();
    for (const name of names) source.add(name);
    const found = namesOf([source], { trusted: true, allow: ["*"] });
    assertEquals(new Set(found).size, found.length);
    assertEquals(found.every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name)), true);
  }));
});

test("callableTools: at most 32 are offered, the first, and how many were left out is known", () => {
  const source = new FakeTools("device");
  for (let number = 0; number < 40; number++) source.add(`tool_${number}`);
  const { tools, leftOut } = callableTools([source], { trusted: true });
  assertEquals([tools.length, leftOut], [MOST_OFFERED, 8]);
  assertEquals(tools.at(-1)?.offer.name, "tool_31");
});
