import { delay } from "@std/async";
import { fileURLToPath } from "node:url";
import { type ProcessUsage, usageOf } from "../../../lib/device/load/mod.ts";
import { MODELS_DIR } from "../../support/models.ts";
import { objectsOf } from "../../support/cli.ts";

/** This checkout. */
export const OWN_TREE = fileURLToPath(new URL("../../../", import.meta.url));

/** Another commit of this repository, checked out beside it; gone with its owner. */
export class OtherTree implements AsyncDisposable {
  private constructor(readonly dir: string) {}

  static async checkOut(commit: string): Promise<OtherTree> {
    const dir = await Deno.makeTempDir({ prefix: "earshot-tree-" });
    await git("worktree", "add", "--quiet", "--detach", dir, commit);
    return new OtherTree(dir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await git("worktree", "remove", "--force", this.dir);
  }
}

async function git(...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("git", { args: ["-C", OWN_TREE, ...args] }).output();
  if (!success) throw new Error(`Cannot go on: git ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

/** What a gateway's processes have used. */
export interface TreeUsage {
  readonly gateway: ProcessUsage;
  /** Every process below it, the engine above all. */
  readonly engine: ProcessUsage;
}

/** The gateway of a checkout in a process of its own, as that checkout's `deno task start` starts it. */
export class TreeGateway implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #dir: string;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #http = "";
  #url: URL | undefined;

  private constructor(child: Deno.ChildProcess, dir: string, lines: ReadableStreamDefaultReader<string>) {
    this.#child = child;
    this.#dir = dir;
    this.#lines = lines;
  }

  /** Where devices connect. */
  get url(): URL {
    if (this.#url === undefined) throw new Error("Cannot connect: the gateway does not listen");
    return this.#url;
  }

  /** Resolves once its models are loaded; `config` is YAML besides where the weights are. */
  static async start(tree: string, config: string): Promise<TreeGateway> {
    const dir = await Deno.makeTempDir({ prefix: "earshot-gateway-" });
    const path = `${dir}/config.yaml`;
    await Deno.writeTextFile(path, `models: { dir: ${await Deno.realPath(MODELS_DIR)} }\n${config}`);
    const { tasks } = JSON.parse(await Deno.readTextFile(`${tree}/deno.json`));
    const [, ...words] = String(tasks.start.command).split(" ");
    const own = ["--json", "--port", "0", "--hostname", "127.0.0.1", "--config", path, "--data", dir];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...words, ...own],
      cwd: tree,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const gateway = new TreeGateway(child, dir, lines);
    try {
      const { value = "" } = await lines.read();
      const { http, websocket } = objectsOf(value)[0] ?? {};
      if (http === undefined) {
        throw new Error(`Cannot go on: the gateway of ${tree} does not listen: ${value}`);
      }
      gateway.#http = String(http);
      gateway.#url = new URL(String(websocket));
      while (!(await gateway.#text("readyz")).ok) await delay(100);
      return gateway;
    } catch (thrown) {
      await gateway[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** What it and the processes below it have used. */
  async usage(): Promise<TreeUsage> {
    const below = await Promise.all((await childrenOf(this.#child.pid)).map(usageOf));
    const sum = (of: (usage: ProcessUsage) => number | undefined) =>
      below.reduce((all, usage) => all + (usage === undefined ? 0 : of(usage) ?? NaN), 0);
    const gateway = await usageOf(this.#child.pid);
    if (gateway === undefined) throw new Error("Cannot go on: the gateway has ended");
    return {
      gateway,
      engine: {
        cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
        residentBytes: sum(({ residentBytes }) => residentBytes),
      },
    };
  }

  /** What its `/metrics` say. */
  async metrics(): Promise<string> {
    return (await this.#text("metrics")).text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#lines.cancel();
    await this.#child.status;
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #text(path: string): Promise<{ readonly ok: boolean; readonly text: string }> {
    const response = await fetch(`${this.#http}${path}`);
    return { ok: response.ok, text: await response.text() };
  }
}

/** The processes below one, at any depth. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await new Deno.Command("pgrep", { args: ["-P", String(pid)] }).output();
  const children = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").map(Number);
  return [...children, ...(await Promise.all(children.map(childrenOf))).flat()];
}
