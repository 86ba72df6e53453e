/** The two ends of a TCP connection, as far as they are needed to tell it from others. */
export interface TcpPorts {
  /** Ours. */
  readonly local: number;
  /** The peer's. */
  readonly remote: number;
}

/** Where Linux lists the connections of this machine. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];
const LISTENING = "0A";
const TIME_WAIT = "06";

/**
 * Whether this machine still holds a connection, also one that its runtime calls closed. `false` where the system
 * does not say. Two connections with the same ports and other addresses are taken for one another; whoever asks
 * again finds out in the end.
 */
export async function holdsConnection(ports: TcpPorts): Promise<boolean> {
  const tables = await Promise.all(TABLES.map((path) => Deno.readTextFile(path).catch(() => "")));
  return tables.some((table) => lists(table, ports));
}

/** Whether a table has a line such as `0: 0100007F:1F40 0100007F:B4D2 01 ...`. */
export function lists(table: string, { local, remote }: TcpPorts): boolean {
  return table.split("\n").some((line) => {
    const [, ours, theirs, state] = line.trim().split(/\s+/);
    return state !== LISTENING && state !== TIME_WAIT && portOf(ours) === local && portOf(theirs) === remote;
  });
}

function portOf(end: string | undefined): number {
  return Number.parseInt(end?.split(":")[1] ?? "", 16);
}
