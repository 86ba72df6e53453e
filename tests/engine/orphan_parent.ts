import { EngineClient } from "../../lib/engine/mod.ts";

/** A parent that starts an engine, prints its process id, and waits to be killed. */
const engine = new EngineClient({ models: {}, entry: new URL("./fake_engine.ts", import.meta.url) });
await engine.start();
await Deno.stdout.write(new TextEncoder().encode(`${engine.stats.pid}\n`));
await new Promise(() => setInterval(() => {}, 1000));
