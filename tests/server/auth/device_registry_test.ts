import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { DeviceRegistry } from "../../../lib/server/auth/device_registry.ts";
import { DeviceFiles } from "../../../lib/server/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const DEVICE = { deviceId: "02:00:00:aa:bb:cc", clientId: "uuid-1" };
const APPROVED_AT = "2026-11-24T00:00:00.000Z";
const DAY_MS = 86_400_000;

interface Trial {
  readonly files: DeviceFiles;
  readonly registry: DeviceRegistry;
  readonly clock: FakeClock;
  readonly errors: EarshotError[];
  readonly dir: string;
  wallMs: number;
}

async function withRegistry(use: (trial: Trial) => Promise<void>, maxPending = 256): Promise<void> {
  await withTempDir(async (dir) => {
    await using scope = new Scope("test");
    const [files, clock, errors] = [new DeviceFiles(dir), new FakeClock(), [] as EarshotError[]];
    const trial = { files, clock, errors, dir, wallMs: Date.now() };
    const registry = await DeviceRegistry.open({
      files,
      scope,
      clock,
      maxPending,
      wallMs: () => trial.wallMs,
      onError: (error) => errors.push(error),
    });
    await use(Object.assign(trial, { registry }));
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, EarshotError)).code;
}

function applicant(deviceId: string, address = "192.0.2.1") {
  return { deviceId, clientId: "uuid", address };
}

test("a device waits under a code of its own until it is approved, and is pinned to its Client-Id", async () => {
  await withRegistry(async ({ files, registry }) => {
    const code = await registry.apply({ ...DEVICE, board: "bread", address: "192.0.2.1" });
    assertMatch(code, /^\d{6}$/);
    assertEquals(await registry.apply({ ...DEVICE, address: "192.0.2.2" }), code, "it asked again");
    const other = await registry.apply({ ...DEVICE, clientId: "uuid-2", address: "192.0.2.1" });
    assertNotEquals(other, code, "somebody else with its Device-Id");
    assertEquals([registry.isApproved(DEVICE), registry.isPending(DEVICE)], [false, true]);
    assertEquals((await files.pending()).map(({ code }) => code).sort(), [code, other].sort());

    await files.approve({ ...DEVICE, approvedAt: APPROVED_AT });
    await registry.refresh();
    assertEquals([registry.isApproved(DEVICE), registry.isPending(DEVICE)], [true, false]);
    for (const clientId of ["uuid-2", "", null]) assert(!registry.isApproved({ ...DEVICE, clientId }));
    assertEquals(await files.pending(), [], "the one that was not chosen waits no longer");
  });
});

test("a revocation is followed within a second and told to whoever watches", async () => {
  await withRegistry(async ({ files, registry, clock }) => {
    const revoked: string[] = [];
    registry.onRevoked((deviceId) => revoked.push(deviceId));
    await files.approve({ ...DEVICE, approvedAt: APPROVED_AT });
    await clock.advance(1_000);
    await registry.refresh();
    assert(registry.isApproved(DEVICE));
    assertEquals(await files.revoke(DEVICE.deviceId), true);
    assertEquals(await files.revoke(DEVICE.deviceId), false);
    await clock.advance(1_000);
    await registry.refresh();
    assert(!registry.isApproved(DEVICE));
    assertEquals(revoked, [DEVICE.deviceId]);
  });
});

test("approving another installation under the same id takes the approval from the first", async () => {
  await withRegistry(async ({ files, registry }) => {
    const revoked: string[] = [];
    registry.onRevoked((deviceId) => revoked.push(deviceId));
    await files.approve({ ...DEVICE, approvedAt: APPROVED_AT });
    await registry.refresh();
    await files.approve({ ...DEVICE, clientId: "uuid-2", approvedAt: APPROVED_AT });
    await registry.refresh();
    assertEquals([registry.isApproved(DEVICE), revoked], [false, [DEVICE.deviceId]]);
  });
});

test("one address that asks for many devices drives out its own, and who waits too long is forgotten", async () => {
  await withRegistry(async (trial) => {
    const { registry, files } = trial;
    await registry.apply(applicant("honest", "192.0.2.9"));
    for (let index = 0; index < 20; index++) await registry.apply(applicant(`flood ${index}`));
    assertEquals(registry.stats, { approved: 0, pending: 4, dropped: 17 });
    assert(registry.isPending(applicant("honest")));
    assertEquals((await files.pending()).length, 4);
    trial.wallMs += DAY_MS + 60_000;
    await files.approve({ ...DEVICE, approvedAt: APPROVED_AT });
    await registry.refresh();
    assertEquals([registry.stats.pending, await files.pending()], [0, []]);
  }, 4);
});

test("files that cannot be read change nothing and are told; those edited into nonsense are no devices", async () => {
  await withRegistry(async ({ files, registry, dir, errors }) => {
    await files.approve({ ...DEVICE, approvedAt: APPROVED_AT });
    await Deno.writeTextFile(`${dir}/approved/edited.json`, `{"deviceId": 5}`);
    await Deno.writeTextFile(`${dir}/approved/half.json`, `{"deviceId": `);
    await registry.refresh();
    assertEquals([registry.stats.approved, errors], [1, []]);
    await Deno.rename(`${dir}/approved`, `${dir}/away`);
    await Deno.writeTextFile(`${dir}/approved`, "a file where a directory was");
    await registry.refresh();
    assertEquals(errors.map(({ code }) => code), ["auth.unreadable"]);
    assert(registry.isApproved(DEVICE));
  });
});

test("a disk that hangs keeps nobody waiting: what was read last counts, and a new device is told to come again", async () => {
  const scope = new Scope("test", { closeDeadlineMs: 100 });
  const clock = new FakeClock();
  const approved = [{ ...DEVICE, approvedAt: APPROVED_AT }];
  let hangs = false;
  const answer = <Value>(value: Value) => hangs ? new Promise<never>(() => {}) : Promise.resolve(value);
  const registry = await DeviceRegistry.open({
    scope,
    clock,
    wallMs: Date.now,
    maxPending: 4,
    onError: () => {},
    files: {
      version: () => answer(`${Math.random()}`),
      approved: () => answer(approved),
      pending: () => answer([]),
      addPending: () => answer(undefined),
      removePending: () => answer(undefined),
    },
  });
  hangs = true;
  const [caughtUp, applied] = [registry.catchUp(), codeOf(registry.apply(applicant("late")))];
  await clock.advance(2_000);
  await caughtUp;
  assertEquals([await applied, registry.isApproved(DEVICE), registry.stats.pending], [
    "lifecycle.deadline",
    true,
    0,
  ]);
  await scope.close();
});
