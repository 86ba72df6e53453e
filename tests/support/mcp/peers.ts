import { fileURLToPath } from "node:url";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const ROOT = "../../../";

/** The words that run a program of tests with what its lock file names. */
function programWords(name: string): string[] {
  return [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "--cached-only",
    "--config",
    path(`${ROOT}deno.json`),
    "--lock",
    path(`${ROOT}tests/deno.lock`),
    path(name),
  ];
}

/** The `command` and the `env` of a config for {@linkcode module:stdio_peer} with these faults. */
export function stdioPeer(
  faults: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): { readonly type: "stdio"; readonly command: string[]; readonly env: Record<string, string> } {
  const cache = Deno.env.get("DENO_DIR");
  return {
    type: "stdio",
    command: [...programWords("stdio_peer.ts"), ...faults],
    env: { ...env, ...(cache !== undefined && { DENO_DIR: cache }) },
  };
}

/** A server over HTTP that runs as a program. */
export interface HttpPeer extends AsyncDisposable {
  readonly url: string;
  /** Changes one of its faults, such as `set/hang/true`, or has it `forget` its sessions. */
  tell(path: string): Promise<void>;
  /** What it sees. */
  state(): Promise<{ readonly openPosts: number; readonly canceled: number; readonly sessions: number }>;
}

/** Starts a server over HTTP. */
export async function httpPeer(): Promise<HttpPeer> {
  const [program = "", ...args] = programWords("http_peer.ts");
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const base = `http://127.0.0.1:${value.trim()}`;
  const get = async (path: string) => await (await fetch(`${base}/${path}`)).text();
  return {
    url: `${base}/mcp`,
    tell: async (path) => void await get(path),
    state: async () => JSON.parse(await get("state")),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    // A zombie is gone; it only has not been looked at.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
