import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { createServer, type Socket } from "node:net";
import { openOutboundSockets, openSocket, openTcp } from "../../lib/net/mod.ts";
import { Emulator, EMULATOR_CA } from "../support/emulators/emulator.ts";
import type { Script } from "../support/emulators/script.ts";
import { vosk } from "../support/emulators/vosk.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const IGNORE = { onMessage() {}, onWritable() {}, onClosed() {} };
const TIMES = 10;

const SERVERS: Readonly<Record<string, Script>> = {
  "answers": {},
  "says nothing": { fault: { at: "connect", what: "hang" } },
};

/** How far a connection may have come: 127.0.0.1 is reached within a few turns of the event loop. */
const MOMENTS: Readonly<Record<string, () => Promise<unknown>>> = {
  "at once": () => Promise.resolve(),
  "a turn later": () => new Promise((resolve) => setImmediate(resolve)),
  "1 ms later": () => delay(1),
  "2 ms later": () => delay(2),
  "5 ms later": () => delay(5),
};

/** Opens and gives up, again and again; afterward the other side has no connection and neither have we. */
async function giveUp(open: (signal: AbortSignal) => Promise<unknown>, theirs: () => number): Promise<void> {
  for (const moment of Object.values(MOMENTS)) {
    for (let time = 0; time < TIMES; time++) {
      const life = new AbortController();
      const opening = open(life.signal).catch(({ code }) => assertEquals(code, "canceled"));
      await moment();
      life.abort();
      await opening;
    }
    await until(() => openOutboundSockets() === 0);
    // What has been let go of may still be on its way to the other side.
    await delay(50);
    await until(() => theirs() === 0);
  }
}

for (const tls of [false, true]) {
  for (const [kind, script] of Object.entries(SERVERS)) {
    const what = `a WebSocket ${tls ? "on TLS " : ""}to a server that ${kind}`;
    test(`${what}, given up while it opens, leaves nothing on either side`, async () => {
      await using emulator = await Emulator.start(vosk, { tls, script });
      const trust = { verify: true, caCert: EMULATOR_CA };
      const open = (signal: AbortSignal) => openSocket({ url: emulator.origin, trust }, IGNORE, signal);
      await giveUp(open, () => emulator.open);
    });
  }
}

test("a TCP connection that is given up while it opens leaves nothing on either side", async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.resume());
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    await giveUp((signal) => openTcp({ url: `tcp://127.0.0.1:${port}` }, IGNORE, signal), () => sockets.size);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
