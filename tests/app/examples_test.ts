import { assertEquals, assertGreater } from "@std/assert";
import { Engines, openRecognizers, readSetup, serviceNeeds } from "../../lib/app/mod.ts";
import { openGatewayAuth } from "../../lib/app/auth.ts";
import { asrTypeOf } from "../../lib/asr/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

const names = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).toSorted();

test("examples: the five that the README names", () => {
  assertEquals(names, [
    "chinese-cloud.yaml",
    "chinese-funasr.yaml",
    "english.yaml",
    "nginx-tls.yaml",
    "school.yaml",
  ]);
});

for (const name of names) {
  test(`examples/${name} loads, and what it names opens as far as that needs no network`, async () => {
    const config = new URL(name, EXAMPLES);
    const text = await Deno.readTextFile(config);
    using _secrets = dummies([...text.matchAll(/\{ env: (\w+) \}/g)].map(([, key = ""]) => key));
    await withTempDir(async (data) => {
      const setup = await readSetup({ config: config.pathname, data });
      assertEquals(setup.warnings, []);
      const { recognizers } = serviceNeeds(setup.config);
      assertGreater(recognizers.length, 0);
      await using scope = new Scope("example");
      const [clock, signal] = [systemClock, scope.signal];
      // Of the weights nothing is here.
      const engines = await Engines.open({ ...setup, scope, clock, detection: false });
      const remote = recognizers.filter(({ block }) => asrTypeOf(block).models === undefined);
      const opened = await openRecognizers(remote, { store: setup.store, engines, scope, clock, signal });
      assertEquals([...opened.keys()], remote.map(({ name }) => name));
      await openGatewayAuth({ config: setup.config, data, scope, clock });
    });
  });
}

/** Sets variables of the environment, and takes them back. */
function dummies(keys: readonly string[]): Disposable {
  for (const key of keys) Deno.env.set(key, "a-dummy-that-opens-nothing-0123456789");
  return {
    [Symbol.dispose]: () => {
      for (const key of keys) Deno.env.delete(key);
    },
  };
}
