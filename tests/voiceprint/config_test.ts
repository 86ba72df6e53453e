import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { openVoiceprint, voiceprintConfig } from "../../lib/voiceprint/mod.ts";
import { test } from "../support/test.ts";

const GOOD = {
  url: "http://192.168.1.20:8005",
  apiKey: { env: "EARSHOT_TEST_VOICEPRINT_KEY" },
  speakers: [{ id: "u-alice", name: "Alice", description: "the eldest" }],
};

const faults = (config: unknown) =>
  voiceprintConfig.safeParse(config).error?.issues.map(({ path, message }) =>
    `${path.join(".")}: ${message}`
  ) ??
    [];

test("without a url nobody is asked", async () => {
  assertEquals(await openVoiceprint(voiceprintConfig.parse({})), undefined);
});

test("a url needs a key and somebody to recognize", () => {
  assertEquals(faults(GOOD), []);
  assertEquals(faults({ url: GOOD.url }).map((fault) => fault.split(":")[0]), ["apiKey", "speakers"]);
});

test("a key in the url, as other servers have it, is refused with the place where it belongs", () => {
  const [fault = "", ...more] = faults({ ...GOOD, url: `${GOOD.url}/voiceprint/health?key=abcd` });
  assertStringIncludes(fault, "voiceprint.apiKey: { file: PATH } or { env: NAME }");
  assert(!fault.includes("abcd"));
  assertEquals(more, []);
  assert(faults({ ...GOOD, url: "http://user:word@host" }).length === 1);
});

test("ids are unique and survive a list with commas", () => {
  const speakers = [{ id: "a", name: "A" }, { id: "a", name: "B" }];
  assertEquals(faults({ ...GOOD, speakers }).length, 1);
  assertEquals(faults({ ...GOOD, speakers: [{ id: "a,b", name: "A" }] }).length, 1);
});

test("the key is read when the service is opened, and a missing one is told by its config key", async () => {
  const config = voiceprintConfig.parse(GOOD);
  Deno.env.delete("EARSHOT_TEST_VOICEPRINT_KEY");
  const error = await assertRejects(() => openVoiceprint(config), EarshotError);
  assertEquals(error.code, "config.secret");
  assertStringIncludes(error.message, "voiceprint.apiKey");
  Deno.env.set("EARSHOT_TEST_VOICEPRINT_KEY", "k");
  const adapter = await openVoiceprint(config);
  assert(adapter !== undefined);
  adapter.close();
  Deno.env.delete("EARSHOT_TEST_VOICEPRINT_KEY");
});
