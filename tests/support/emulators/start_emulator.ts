import { type Dialect, Emulator, type EmulatorTls } from "./emulator.ts";
import type { RunningEmulator } from "./running_emulator.ts";
import type { Script } from "./script.ts";
import { type TcpDialect, TcpEmulator } from "./tcp_emulator.ts";

/** A service on a free port, over whatever it is spoken to; only HTTP has TLS. */
export async function startEmulator(
  dialect: Dialect | TcpDialect,
  { script = {}, tls = false }: { readonly script?: Script; readonly tls?: EmulatorTls } = {},
): Promise<RunningEmulator> {
  if ("transport" in dialect) return await TcpEmulator.start(dialect, { script });
  return await Emulator.start(dialect, { script, tls });
}
