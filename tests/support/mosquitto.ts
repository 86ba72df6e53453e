import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tellSkipped } from "./skipped.ts";
import { test } from "./test.ts";
import { until } from "./until.ts";

/** Where Debian puts it, which is on the path of root alone. */
const PLACES = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];
const HOW = "apt-get install mosquitto";

const binary = PLACES.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A test against a real broker: skipped by name where there is none, but never on CI. */
export function testBroker(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  if (binary === undefined && Deno.env.get("CI") === undefined) tellSkipped("MQTT against mosquitto", HOW);
  test(name, fn, { ignore: binary === undefined && Deno.env.get("CI") === undefined });
}

/** Options of a {@linkcode Mosquitto}. */
export interface MosquittoOptions {
  /** Who may connect; everybody unless given. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Whether it speaks TLS, with the certificate of `tests/support/pki`. */
  readonly tls?: boolean;
}

/** A real mosquitto on a port of its own, in a process that a test starts and stops. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #dir: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
  }

  /** Starts one. */
  static async start({ user, tls = false }: MosquittoOptions = {}): Promise<Mosquitto> {
    if (binary === undefined) throw new Error(`Cannot test MQTT: mosquitto is not there; ${HOW}`);
    const dir = await Deno.makeTempDir({ prefix: "earshot-mosquitto-" });
    // The broker gives up root.
    await Deno.chmod(dir, 0o755);
    const port = freePort();
    const lines = [`listener ${port} 127.0.0.1`, "persistence false"];
    if (user === undefined) lines.push("allow_anonymous true");
    else {
      const passwords = join(dir, "passwords");
      await Deno.writeTextFile(passwords, "");
      const { success } = await new Deno.Command("mosquitto_passwd", {
        args: ["-b", passwords, user.name, user.password],
        stdout: "null",
        stderr: "null",
      }).output();
      if (!success) throw new Error("Cannot go on: mosquitto_passwd failed");
      await Deno.chmod(passwords, 0o644);
      lines.push("allow_anonymous false", `password_file ${passwords}`);
    }
    if (tls) {
      for (const name of ["server.pem", "server.key"]) {
        await Deno.copyFile(fileURLToPath(new URL(`./pki/${name}`, import.meta.url)), join(dir, name));
        await Deno.chmod(join(dir, name), 0o644);
      }
      lines.push(`certfile ${join(dir, "server.pem")}`, `keyfile ${join(dir, "server.key")}`);
    }
    await Deno.writeTextFile(join(dir, "mosquitto.conf"), `${lines.join("\n")}\n`);
    const broker = new Mosquitto(dir, port);
    await broker.resume();
    return broker;
  }

  /** Its address, as a config has it. */
  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Starts it, after a stop on the same port and with nothing of what was retained. */
  async resume(): Promise<void> {
    this.#child = new Deno.Command(binary ?? "mosquitto", {
      args: ["-c", join(this.#dir, "mosquitto.conf")],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return true;
      } catch {
        return false;
      }
    }, "mosquitto to listen");
  }

  /** Stops it, as a service manager does. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    child.kill(signal);
    await child.status;
  }

  /** Freezes it: its sockets stay open, and it answers nothing. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.stop("SIGKILL");
    await Deno.remove(this.#dir, { recursive: true });
  }
}

/** A port that nobody listens at. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
