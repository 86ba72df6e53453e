/**
 * Peers in a network namespace of their own, which can be cut off: their side then answers nothing any more, not
 * even that it is gone. Needs root and `ip`.
 */
export class VanishingNetwork implements AsyncDisposable {
  /** Where a gateway listens for them. */
  readonly hostname: string;
  readonly #name: string;
  #peers: Deno.ChildProcess | undefined;

  private constructor(name: string, hostname: string) {
    this.#name = name;
    this.hostname = hostname;
  }

  /** Makes one; `undefined` where that is not allowed. */
  static async open(index: number): Promise<VanishingNetwork | undefined> {
    const name = `earshot${Deno.pid % 10_000}${index}`;
    const network = new VanishingNetwork(name, `10.231.${index}.1`);
    const steps = [
      `netns add ${name}`,
      `link add ev${index}a type veth peer name ev${index}b`,
      `link set ev${index}b netns ${name}`,
      `addr add 10.231.${index}.1/24 dev ev${index}a`,
      `link set ev${index}a up`,
      `-n ${name} addr add 10.231.${index}.2/24 dev ev${index}b`,
      `-n ${name} link set ev${index}b up`,
    ];
    for (const step of steps) {
      if (await ip(step)) continue;
      await network[Symbol.asyncDispose]();
      return undefined;
    }
    return network;
  }

  /** Connects so many peers to the port; resolves when they have said hello. */
  async connect(port: number, peers: number): Promise<void> {
    this.#peers = new Deno.Command("ip", {
      args: [
        "netns",
        "exec",
        this.#name,
        Deno.execPath(),
        "run",
        "-A",
        "--no-lock",
        "--quiet",
        import.meta.filename ?? "",
      ],
      env: { PEERS: JSON.stringify({ hostname: this.hostname, port, peers }) },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = this.#peers.stdout.getReader();
    await reader.read();
    await reader.cancel();
  }

  /** Cuts the cable: packets go nowhere from now on. */
  async cut(): Promise<void> {
    await ip(`-n ${this.#name} link set lo down`);
    const device = `ev${this.hostname.split(".")[2]}b`;
    await ip(`-n ${this.#name} link set ${device} down`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#peers?.kill("SIGKILL");
      await this.#peers?.status;
    } catch {
      // they have ended
    }
    await ip(`netns del ${this.#name}`);
    await ip(`link del ev${this.hostname.split(".")[2]}a`);
  }
}

async function ip(args: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("ip", { args: args.split(" "), stderr: "null" }).output();
    return success;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const { greet } = await import("./survival_faults.ts");
  const { hostname, port, peers } = JSON.parse(Deno.env.get("PEERS") ?? "{}");
  const connections: Deno.Conn[] = [];
  for (let count = 0; count < peers; count++) {
    const connection = await Deno.connect({ hostname, port });
    await greet(connection);
    connections.push(connection);
  }
  await Deno.stdout.write(new TextEncoder().encode("ready\n"));
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
