import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { Memory, memoryConfig, memoryLimits } from "../../../lib/memory/mod.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { knock } from "../../support/knock.ts";
import { fill, mountSmall } from "../../support/small_disk.ts";
import type { Cell, Fault } from "./fault.ts";

const HOUR_MS = 3_600_000;
const IDLE_CONNECTIONS = 50;

/** Every fault of the matrix. */
export const FAULTS: readonly Fault[] = [
  {
    name: "drop",
    deaf: true,
    strike: ({ device }) => device.drop(),
    outcome: ["device_left"],
    except: { closing: ["goodbye", "device_left"] },
  },
  {
    // As a peer looks that has vanished: it answers no ping. `deno task survival` cuts a real network.
    name: "half-open",
    deaf: true,
    config: { server: { pingTimeoutSeconds: 1 } },
    strike: ({ device }) => device.stall(),
    outcome: ["ping_timeout"],
    except: { closing: ["goodbye", "ping_timeout"] },
  },
  {
    name: "silence",
    config: { session: { helloTimeoutMs: 300, idleTimeoutMs: 1_000 } },
    strike: () => {},
    outcome: ["idle"],
    except: { "before hello": ["hello_timeout"] },
  },
  {
    name: "flood",
    config: { session: { audioBurstMs: 1_000 } },
    strike: ({ device }) => device.speak(6_000),
    outcome: ["flood"],
  },
  {
    name: "slow read",
    deaf: true,
    strike: async ({ device }) => {
      device.stall();
      for (let count = 0; count < 10; count++) {
        device.speak(60);
        await delay(30);
      }
      device.drop();
    },
    outcome: ["device_left", "slow_reader"],
    except: { closing: ["goodbye", "device_left"] },
  },
  {
    name: "garbage",
    strike: ({ device }) => {
      for (let count = 0; count < 50; count++) {
        device.send(crypto.getRandomValues(new Uint8Array(1 + count * 3)));
        device.say(`{"type":"listen","state":${count}`);
        device.say({ type: "listen", state: ["start"], mode: {} });
      }
    },
    outcome: "goes on",
  },
  {
    name: "duplicate id",
    strike: async ({ gateway, headers, stack }) => {
      stack.use(await HandDevice.greet(gateway, { headers }));
    },
    outcome: ["replaced"],
    except: { closing: ["goodbye"] },
  },
  {
    name: "back end hangs",
    strike: ({ control }) => control.behave("hangs"),
    mend: () => {},
    outcome: "goes on",
  },
  {
    name: "back end fails",
    strike: ({ control }) => control.behave("fails"),
    mend: () => {},
    outcome: "goes on",
  },
  {
    name: "back end floods",
    strike: ({ control }) => control.behave("floods"),
    mend: () => {},
    outcome: "goes on",
  },
  {
    name: "slow disk",
    memory: (stack) => openMemory(stack, () => 400),
    strike: () => {},
    outcome: "goes on",
  },
  {
    name: "full disk",
    memory: async (stack) => {
      const dir = await temporary(stack);
      // Without the right to mount one, a directory that refuses stands in.
      const mounted = await mountSmall(dir);
      if (mounted) {
        stack.defer(() => unmount(dir));
        fill(`${dir}/filler`);
      } else await Deno.chmod(dir, 0o500);
      const memory = await openMemory(stack, () => 0, dir);
      for (let waits = 0; memory.status.saving && waits < 400; waits++) await delay(5);
      assert(!memory.status.saving || !mounted, "the disk is full and nobody noticed");
      return memory;
    },
    strike: () => {},
    outcome: "goes on",
  },
  {
    name: "engine crash",
    control: "process",
    strike: ({ control }) => control.signal("SIGKILL"),
    outcome: "goes on",
  },
  {
    name: "engine hang",
    control: "process",
    strike: ({ control }) => control.signal("SIGSTOP"),
    outcome: "goes on",
  },
  {
    name: "idle TCP connections",
    strike: async ({ gateway, stack }) => {
      const { port } = gateway.gateway;
      for (let count = 0; count < IDLE_CONNECTIONS; count++) {
        stack.use(await Deno.connect({ hostname: "127.0.0.1", port }));
      }
    },
    outcome: "goes on",
  },
  {
    // Every descriptor that connections may take is taken. `deno task survival` takes the process's last ones.
    name: "descriptors used up",
    descriptorLimit: 10,
    strike: async (cell) => {
      const others: HandDevice[] = [];
      while (cell.gateway.gateway.stats.admission.held < 4) others.push(await HandDevice.greet(cell.gateway));
      taken.set(cell, others);
      assertEquals((await knock(cell.gateway)).status, 503);
    },
    mend: async (cell) => {
      const others = taken.get(cell) ?? [];
      for (const other of others) await other[Symbol.asyncDispose]();
      cell.device.drop();
      await cell.gateway.until(() => cell.gateway.gateway.stats.admission.held === 0, "free places");
    },
    outcome: "goes on",
  },
  {
    // Suspended for an hour, and the time of day set back by as much: turns end, and who was silent has been so for long.
    name: "clock jump",
    strike: ({ jump, stack }) => {
      const { now } = Date;
      Date.now = () => now() - HOUR_MS;
      stack.defer(() => void (Date.now = now));
      jump(HOUR_MS);
    },
    outcome: "goes on",
    except: {
      "before hello": ["hello_timeout"],
      listening: ["idle"],
      closing: ["goodbye", "device_left", "idle"],
    },
  },
];

const taken = new WeakMap<Cell, readonly HandDevice[]>();

async function temporary(stack: AsyncDisposableStack): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "earshot-matrix-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  return dir;
}

async function unmount(dir: string): Promise<void> {
  await new Deno.Command("umount", { args: ["--lazy", dir] }).output();
}

async function openMemory(stack: AsyncDisposableStack, delayMs: () => number, dir?: string): Promise<Memory> {
  const scope = new Scope("memory", { closeDeadlineMs: 5_000 });
  const place = dir ?? await temporary(stack);
  const memory = await Memory.open({
    dir: `${place}/memory`,
    scope,
    config: { ...memoryConfig.parse({}), ...memoryLimits.parse({}) },
    delayMs,
  });
  // Workers that were ended by force may still wake up, and write.
  stack.defer(() => delay(delayMs() + 100));
  stack.defer(async () => void await scope.close());
  return memory;
}
