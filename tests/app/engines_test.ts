import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Engines, ModelStore } from "../../lib/app/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { configOf } from "../support/config_of.ts";
import { tinyVoice } from "../support/sherpa_voice.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

test("Engines: a voice has a process of its own, which services of the same voice share", async () => {
  await withTempDir(async (dir) => {
    const scope = new Scope("engines");
    try {
      const engines = await Engines.open({
        config: configOf(),
        store: new ModelStore({ dir }),
        scope,
        clock: systemClock,
        detection: false,
      });
      const voice = await tinyVoice();
      const one = engines.addVoice({ voice });
      assertStrictEquals(engines.addVoice({ voice: { ...voice } }), one);
      assert(engines.addVoice({ voice: { ...voice, threads: 2 } }) !== one);
      assertStrictEquals(engines.addVoice({ flite: "/nowhere" }), engines);
      await engines.warm();
      assertEquals([engines.stats.state, engines.stats.warmed], ["ready", true]);
      assert((await one.speak("你好。")).pcm.length > 0);
    } finally {
      await scope.close();
    }
  });
});
