import type { Clock } from "../../lifecycle/mod.ts";
import { readProc } from "../../telemetry/mod.ts";

/** The two ends of a TCP connection, as far as they are needed to tell it from others. */
export interface TcpPorts {
  /** Ours. */
  readonly local: number;
  /** The peer's. */
  readonly remote: number;
}

/** Options of a {@linkcode TcpTable}. */
export interface TcpTableOptions {
  /** The time source. */
  readonly clock: Clock;
  /** Reads what Linux lists; rejects where that cannot be. */
  readonly read?: (clock: Clock) => Promise<string>;
}

/** Whoever asks within this time shares one reading, in ms. */
const SHARED_MS = 500;
/** How long a reading may take, in ms. */
const READ_DEADLINE_MS = 5_000;
const LISTENING = "0A";
const TIME_WAIT = "06";
/** The peer has closed, we have not. */
const CLOSE_WAIT = "08";

/** The TCP connections that this machine holds, also those that its runtime calls closed. */
export class TcpTable {
  readonly #clock: Clock;
  readonly #read: (clock: Clock) => Promise<string>;
  #reading: Promise<string> | undefined;
  #readMs = -Infinity;
  /** Whether the system says at all. */
  #known = false;

  /** Reads nothing before somebody asks. */
  constructor({ clock, read = readTables }: TcpTableOptions) {
    this.#clock = clock;
    this.#read = read;
  }

  /**
   * Whether a connection is there. `false` where the system never says; `true`, until it is asked again, where a
   * system that did say so does not now. Two connections with the same ports and other addresses are taken for one
   * another; whoever asks again finds out in the end. Never rejects.
   */
  async holds(ports: TcpPorts): Promise<boolean> {
    try {
      const table = await this.#table();
      this.#known = true;
      return lists(table, ports);
    } catch {
      return this.#known; // as when every descriptor is taken
    }
  }

  /** Whether the peer of a connection has closed it; `false` where the system does not say. Never rejects. */
  async hasLeft(ports: TcpPorts): Promise<boolean> {
    try {
      const state = stateOf(await this.#table(), ports);
      return state === undefined || state === CLOSE_WAIT;
    } catch {
      return false;
    }
  }

  /** Waits for a reading that is under way. */
  async close(): Promise<void> {
    await this.#reading?.catch(() => {});
  }

  #table(): Promise<string> {
    const nowMs = this.#clock.nowMs();
    if (this.#reading === undefined || nowMs - this.#readMs >= SHARED_MS) {
      this.#readMs = nowMs;
      this.#reading = this.#read(this.#clock);
    }
    return this.#reading;
  }
}

async function readTables(clock: Clock): Promise<string> {
  const late = new AbortController();
  const cancel = clock.schedule(READ_DEADLINE_MS, () => late.abort());
  try {
    const tables = await readProc(["/proc/net/tcp", "/proc/net/tcp6"], late.signal);
    if (tables === "") throw new Error("Cannot read the lists of connections: there are none");
    return tables;
  } finally {
    cancel();
  }
}

/** Whether a table has a line such as `0: 0100007F:1F40 0100007F:B4D2 01 ...`. */
export function lists(table: string, ports: TcpPorts): boolean {
  return stateOf(table, ports) !== undefined;
}

/** The state of a connection, as the table has it; `undefined` for one that is over. */
function stateOf(table: string, { local, remote }: TcpPorts): string | undefined {
  for (const line of table.split("\n")) {
    const [, ours, theirs, state] = line.trim().split(/\s+/);
    const isOpen = state !== LISTENING && state !== TIME_WAIT;
    if (isOpen && portOf(ours) === local && portOf(theirs) === remote) return state;
  }
  return undefined;
}

function portOf(end: string | undefined): number {
  return Number.parseInt(end?.split(":")[1] ?? "", 16);
}
