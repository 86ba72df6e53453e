import "./stderr_console.ts";
import { EarshotError } from "../errors/mod.ts";
import { heldPermissions } from "../executable/mod.ts";
import { EngineHost } from "./engine_host.ts";
import { readFrames } from "./frame_codec.ts";
import { lowerPriority } from "./low_priority.ts";
import { decodeMessage, encodeMessage } from "./message_codec.ts";
import type { EngineReply, EngineRequest, EngineSetup } from "./messages.ts";
import { writeStderrLine } from "./stderr_line.ts";

/**
 * The engine process from beginning to end: reads jobs from stdin, answers on stdout, and exits when stdin ends,
 * so that it cannot outlive its parent, however that one ended. Exits with 1 when a Worker dies or the parent
 * writes what cannot be read.
 */
export async function runEngine(): Promise<never> {
  ignoreSignals();
  lowerPriority();
  try {
    await serve();
  } catch (error) {
    fail(error);
  }
  Deno.exit(0);
}

async function serve(): Promise<void> {
  const output = Deno.stdout.writable.getWriter();
  const reply = (message: EngineReply) => output.write(encodeMessage(message));
  const requests = readRequests();
  const setup = await requests.next();
  if (setup.done) return;
  if (setup.value.type !== "setup") {
    throw new EarshotError("internal", "Cannot start the engine: it was not set up");
  }
  dropPermissions(setup.value);
  const host = new EngineHost(setup.value, fail);
  try {
    await host.probe();
  } catch (error) {
    await reply({ type: "runtime_failed", message: EarshotError.from(error).message });
    throw error;
  }
  await reply({ type: "ready", permissions: heldPermissions() });
  for await (const request of requests) {
    if (request.type === "setup") {
      throw new EarshotError("internal", "Cannot set the engine up: it is running");
    }
    if (request.type === "stop_speaking") host.stopSpeaking(request.id);
    else if (request.type === "release_sound") host.releaseSound(request.soundId, request.fromSeq);
    else host.handle(request).then(reply).catch(fail);
  }
  await host.close();
}

async function* readRequests(): AsyncGenerator<EngineRequest, void, void> {
  // The parent is of the same build, so that the shape of what it sends is not checked.
  for await (const frame of readFrames(Deno.stdin.readable)) yield decodeMessage(frame) as EngineRequest;
}

/** Faulty native code has no network, no other program and nothing to write to. */
function dropPermissions(setup: EngineSetup): void {
  for (const name of ["net", "run", "write", "env", "sys", "import"] as const) {
    Deno.permissions.revokeSync({ name });
  }
  if (setup.runtime === "wasm") Deno.permissions.revokeSync({ name: "ffi" });
}

/** A terminal and a service manager signal the whole process group; the parent needs the engine while it drains. */
function ignoreSignals(): void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, () => {});
}

function fail(error: unknown): never {
  writeStderrLine(EarshotError.from(error).message);
  Deno.exit(1);
}

if (import.meta.main) await runEngine();
