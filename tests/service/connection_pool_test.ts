import { assertEquals } from "@std/assert";
import { ConnectionPool } from "../../lib/service/connection_pool.ts";
import type { Connection, ConnectionHandlers } from "../../lib/net/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const IDLE_MS = 50_000;
const IGNORE: ConnectionHandlers = { onMessage() {}, onWritable() {}, onClosed() {} };

class FakeConnection implements Connection {
  readonly writable = true;
  destroyed = false;
  constructor(readonly name: number) {}
  send(): void {}
  close(): void {}
  destroy(): void {
    this.destroyed = true;
  }
}

/** So many connections, all in use by a stream. */
async function inUse(count: number) {
  const clock = new FakeClock();
  const opened: FakeConnection[] = [];
  const connections = new ConnectionPool({
    clock,
    idleMs: IDLE_MS,
    open: () => {
      const connection = new FakeConnection(opened.length);
      opened.push(connection);
      return Promise.resolve(connection);
    },
  });
  const life = new AbortController();
  const take = () => connections.take(IGNORE, life.signal);
  for (let number = 0; number < count; number++) await take();
  const gone = () => opened.filter(({ destroyed }) => destroyed).map(({ name }) => name);
  return { clock, opened, connections, take, gone };
}

test("the connection that was used last is used first: the service is the least likely to have given it up", async () => {
  const { clock, opened, connections, take } = await inUse(3);
  for (const connection of opened) {
    connections.keep(connection);
    await clock.advance(1_000);
  }
  assertEquals([await take(), await take(), await take()], [opened[2], opened[1], opened[0]]);
  assertEquals([connections.size, clock.pending], [0, 0]);
});

test("beyond four that are kept, the one that has rested longest is ended", async () => {
  const { clock, opened, connections, take, gone } = await inUse(6);
  for (const connection of opened) {
    connections.keep(connection);
    await clock.advance(1_000);
  }
  assertEquals([connections.size, clock.pending, gone()], [4, 4, [0, 1]]);
  assertEquals(await take(), opened[5]);
  await clock.advance(IDLE_MS);
  assertEquals([connections.size, clock.pending, gone()], [0, 0, [0, 1, 2, 3, 4]]);
});

test("once closed nothing is kept, and what was kept is ended", async () => {
  const { opened, connections, gone, clock } = await inUse(2);
  const [first, second] = opened;
  if (first === undefined || second === undefined) throw new Error("two were opened");
  connections.keep(first);
  connections.close();
  connections.keep(second);
  assertEquals([connections.size, clock.pending, gone()], [0, 0, [0, 1]]);
});
