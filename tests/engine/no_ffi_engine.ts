import { runEngine } from "../../lib/engine/engine_main.ts";

/** The real engine on a machine where the native runtime cannot be loaded. */
Deno.permissions.revokeSync({ name: "ffi" });
await runEngine();
