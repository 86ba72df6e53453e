import { EngineClient } from "../../lib/engine/mod.ts";

/** A parent with no permission but to read and to run itself, whose engine dies once. */
await using engine = new EngineClient({
  models: { flite: "" },
  runtime: "native",
  entry: new URL("./fake_engine.ts", import.meta.url),
});
await engine.speak("die").catch(() => {});
await engine.speak("hello");
if (engine.stats.restarts !== 1) throw new Error("Cannot go on: the engine was not restarted");
