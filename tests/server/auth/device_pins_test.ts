import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { pinName } from "../../../lib/server/auth/pin_files.ts";
import { DeviceFiles, DevicePins, PinFiles, PinKeeper, type PinnedDevice } from "../../../lib/server/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const KITCHEN = { deviceId: "02:00:00:aa:bb:cc", clientId: "uuid-1" };
const STRANGER = { ...KITCHEN, clientId: "uuid-2" };
const NOBODY = () => new Set<string>();
const HOUR_MS = 3_600_000;

function device(number: number) {
  return { deviceId: `02:00:00:00:00:${String(number).padStart(2, "0")}`, clientId: `uuid-${number}` };
}

function newPins(maxPinned = 10_000): DevicePins {
  return new DevicePins({ maxPinned, wallMs: Date.now });
}

/** Files that refuse to be written while a test says so. */
class RefusingFiles extends PinFiles {
  refuses = false;
  added = 0;

  override async add(device: PinnedDevice): Promise<void> {
    this.added++;
    if (this.refuses) throw new EarshotError("auth.unwritable", "Cannot write");
    await super.add(device);
  }
}

interface Kept {
  readonly pins: DevicePins;
  readonly keeper: PinKeeper;
  readonly clock: FakeClock;
  readonly errors: EarshotError[];
  readonly changed: string[];
  wallMs: number;
}

/** Runs `use` with pins that are kept in `dir`, as one run of a gateway. */
async function withKeeper(
  dir: string,
  use: (kept: Kept) => Promise<void>,
  { files = new PinFiles(dir), maxPinned = 10_000, wallMs = Date.now() }: {
    readonly files?: PinFiles;
    readonly maxPinned?: number;
    readonly wallMs?: number;
  } = {},
): Promise<void> {
  const errors: EarshotError[] = [];
  const changed: string[] = [];
  const clock = new FakeClock();
  await using scope = new Scope("test");
  const kept = { clock, errors, changed, wallMs };
  const pins = new DevicePins({ maxPinned, wallMs: () => kept.wallMs, kept: true });
  pins.onChanged((deviceId) => changed.push(deviceId));
  const keeper = await PinKeeper.open({
    pins,
    files,
    approvals: new DeviceFiles(dir),
    scope,
    clock,
    wallMs: () => kept.wallMs,
    onError: (error) => errors.push(error),
  });
  await use(Object.assign(kept, { pins, keeper }));
}

test("take: of each Device-Id the first Client-Id is trusted, also one that is none, and no other", () => {
  const pins = newPins();
  assertEquals(pins.standing(KITCHEN), "new");
  assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
  assertEquals(pins.take(STRANGER, NOBODY), "other_client");
  assertEquals(pins.take({ ...KITCHEN, clientId: null }, NOBODY), "other_client");
  assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
  assertEquals(pins.take({ deviceId: "browser", clientId: null }, NOBODY), "trusted");
  assertEquals(pins.take({ deviceId: "browser", clientId: "" }, NOBODY), "other_client");
  assertEquals(pins.stats, { pinned: 2, damaged: 0, dropped: 0 });
});

test("take: a full table drops the pin that was seen longest ago, never one of a device that is connected", () => {
  const pins = newPins(3);
  for (const number of [1, 2, 3]) pins.take(device(number), NOBODY);
  pins.take(device(1), NOBODY);
  const connected = () => new Set([device(2).deviceId]);
  assertEquals(pins.take(device(4), connected), "trusted");
  assertEquals([1, 2, 3, 4].map((number) => pins.standing(device(number))), [
    "trusted",
    "trusted",
    "new",
    "trusted",
  ]);
  assertEquals(pins.stats, { pinned: 3, damaged: 0, dropped: 1 });
  const all = () => new Set([1, 2, 4].map((number) => device(number).deviceId));
  assertEquals(pins.take(device(5), all), "full");
  assertEquals(pins.stats, { pinned: 3, damaged: 0, dropped: 1 });
});

test("pins survive a restart, in files for this user alone, and the one seen longest ago is dropped there too", async () => {
  await withTempDir(async (dir) => {
    await withKeeper(dir, async (kept) => {
      const { pins, keeper } = kept;
      for (const number of [1, 2, 3]) assertEquals(pins.take(device(number), NOBODY), "trusted");
      await keeper.refresh();
      await new PinFiles(dir).touch(device(2).deviceId, kept.wallMs - HOUR_MS);
      // What was seen within an hour is not noted again; later it is.
      kept.wallMs += 2 * HOUR_MS;
      pins.take(device(1), NOBODY);
      await keeper.refresh();
      assertEquals(keeper.stats, { unwritten: 0, failures: 0 });
    });
    const paths = Array.from(Deno.readDirSync(`${dir}/pinned`), ({ name }) => `${dir}/pinned/${name}`);
    assertEquals(paths.length, 3);
    if (Deno.build.os !== "windows") {
      for (const path of paths) assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    }
    await withKeeper(dir, async ({ pins, keeper, errors }) => {
      assertEquals(pins.standing({ ...device(1), clientId: "another" }), "other_client");
      assertEquals([1, 2, 3].map((number) => pins.standing(device(number))), ["trusted", "new", "trusted"]);
      assertEquals(pins.stats, { pinned: 2, damaged: 0, dropped: 1 });
      await keeper.refresh();
      assertEquals(errors, []);
    }, { maxPinned: 2 });
    assertEquals(Array.from(Deno.readDirSync(`${dir}/pinned`)).length, 2, "the file went with its pin");
  });
});

test("what is taken away by the operator is followed within a second, and does not come back", async () => {
  await withTempDir(async (dir) => {
    await withKeeper(dir, async (kept) => {
      const { pins, keeper, clock, changed } = kept;
      const files = new PinFiles(dir);
      pins.take(KITCHEN, NOBODY);
      await keeper.refresh();
      assertEquals(await files.remove(KITCHEN.deviceId), true);
      assertEquals(await files.remove(KITCHEN.deviceId), false);
      // Seen again before it is known: the file stays away.
      kept.wallMs += 2 * HOUR_MS;
      assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
      await clock.advance(1_000);
      await until(() => changed.length === 1, "the change");
      assertEquals(changed, [KITCHEN.deviceId]);
      assertEquals((await files.read()).pins, []);
      assertEquals(pins.take(STRANGER, NOBODY), "trusted");
      await keeper.refresh();
      assertEquals((await files.read()).pins.map(({ device }) => device.clientId), ["uuid-2"]);
    });
  });
});

test("a pin that cannot be written counts all the same; it is tried again each second, and counted", async () => {
  await withTempDir(async (dir) => {
    const files = new RefusingFiles(dir);
    await withKeeper(dir, async ({ pins, keeper, clock, errors }) => {
      files.refuses = true;
      assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
      assertEquals(pins.take(STRANGER, NOBODY), "other_client");
      pins.take(device(1), NOBODY);
      await keeper.refresh();
      assertEquals(keeper.stats.unwritten, 2);
      assert(keeper.stats.failures > 0);
      assertEquals(errors[0]?.code, "auth.unwritable");
      const { added } = files;
      await clock.advance(1_000);
      await keeper.refresh();
      assert(files.added > added);
      assertEquals(pins.standing(KITCHEN), "trusted", "what is not on the disk yet was not taken away");
      files.refuses = false;
      await clock.advance(1_000);
      await keeper.refresh();
      assertEquals(keeper.stats.unwritten, 0);
      assertEquals((await files.read()).pins.length, 2);
    }, { files });
  });
});

test("no more waits for a disk that refuses than there may be pins, and closing writes what is left", async () => {
  await withTempDir(async (dir) => {
    const files = new RefusingFiles(dir);
    await withKeeper(dir, async ({ pins, keeper }) => {
      files.refuses = true;
      for (let number = 0; number < 90; number++) pins.take(device(number), NOBODY);
      await keeper.refresh();
      assert(keeper.stats.unwritten <= 10, String(keeper.stats.unwritten));
      assertEquals(pins.stats.dropped, 80);
      files.refuses = false;
    }, { files, maxPinned: 10 });
    assertEquals((await files.read()).pins.length, 10);
  });
});

test("dropped and pinned again for somebody else: the file says so", async () => {
  await withTempDir(async (dir) => {
    await withKeeper(dir, async ({ pins, keeper }) => {
      pins.take(KITCHEN, NOBODY);
      await keeper.refresh();
      pins.take(device(1), NOBODY);
      pins.take(STRANGER, NOBODY);
      await keeper.refresh();
      await keeper.refresh();
      assertEquals(pins.standing(STRANGER), "trusted");
    }, { maxPinned: 1 });
    assertEquals((await new PinFiles(dir).read()).pins.map(({ device }) => device.clientId), ["uuid-2"]);
  });
});

for (
  const [what, text] of [
    ["cut", '{"deviceId":"02:00'],
    ["empty", ""],
    ["another's", JSON.stringify({ ...device(7), pinnedAt: new Date().toISOString() })],
  ] as const
) {
  test(`a file that is ${what}: it is told with its remedy, nobody is trusted, and others are`, async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/pinned/${pinName(KITCHEN.deviceId)}`;
      await withKeeper(dir, async ({ pins, keeper }) => {
        pins.take(KITCHEN, NOBODY);
        await keeper.refresh();
      });
      await Deno.writeTextFile(path, text);
      await withKeeper(dir, async ({ pins, keeper, errors, changed, clock }) => {
        assertEquals(errors.map(({ code }) => code), ["auth.pin_damaged"]);
        assertStringIncludes(errors[0]?.message ?? "", path);
        assertStringIncludes(errors[0]?.entry.remedy ?? "", "earshot devices unpin");
        assertNotMatch(errors[0]?.message ?? "", /uuid/);
        for (const each of [KITCHEN, STRANGER]) assertEquals(pins.take(each, NOBODY), "damaged");
        assertEquals(pins.take(device(1), NOBODY), "trusted");
        await keeper.refresh();
        await clock.advance(1_000);
        await keeper.refresh();
        assertEquals(await Deno.readTextFile(path), text, "nobody has written over it");
        assertEquals(errors.length, 1, "it was told once");
        assertEquals(pins.stats, { pinned: 1, damaged: 1, dropped: 0 });
        // The operator decides.
        await new PinFiles(dir).remove(KITCHEN.deviceId);
        await keeper.refresh();
        assertEquals(pins.take(STRANGER, NOBODY), "trusted");
        assertEquals(pins.stats.damaged, 0);
        assertEquals(changed, []);
      });
    });
  });
}

test("an approval counts more than who came first, and more than a damaged file", async () => {
  await withTempDir(async (dir) => {
    const approvals = new DeviceFiles(dir);
    await withKeeper(dir, async ({ pins, keeper, changed }) => {
      pins.take(STRANGER, NOBODY);
      await keeper.refresh();
      await approvals.approve({ ...KITCHEN, approvedAt: "now" });
      await keeper.refresh();
      assertEquals(changed, [KITCHEN.deviceId]);
      assertEquals([pins.standing(KITCHEN), pins.standing(STRANGER)], ["trusted", "other_client"]);
      assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
      await Deno.writeTextFile(`${dir}/pinned/${pinName(KITCHEN.deviceId)}`, "");
    });
    await withKeeper(dir, async ({ pins, keeper }) => {
      assertEquals([pins.take(KITCHEN, NOBODY), pins.take(STRANGER, NOBODY)], ["trusted", "other_client"]);
      await approvals.revoke(KITCHEN.deviceId);
      await keeper.refresh();
      assertEquals(pins.take(KITCHEN, NOBODY), "damaged");
    });
  });
});

test("a disk that hangs holds up no start, and nobody is pinned before it has answered", async () => {
  await withTempDir(async (dir) => {
    const answered = Promise.withResolvers<void>();
    class SlowFiles extends PinFiles {
      override async names(): Promise<Set<string>> {
        await answered.promise;
        return await super.names();
      }
    }
    const errors: EarshotError[] = [];
    const clock = new FakeClock();
    await using scope = new Scope("test");
    const pins = new DevicePins({ maxPinned: 9, wallMs: Date.now, kept: true });
    const opening = PinKeeper.open({
      pins,
      files: new SlowFiles(dir),
      approvals: new DeviceFiles(dir),
      scope,
      clock,
      wallMs: Date.now,
      onError: (error) => errors.push(error),
    });
    await clock.advance(2_000);
    const keeper = await opening;
    assertEquals(errors.map(({ code }) => code), ["lifecycle.deadline"]);
    assertEquals(pins.take(KITCHEN, NOBODY), "unread");
    answered.resolve();
    await settle();
    await keeper.refresh();
    assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
  });
});

test("a directory that cannot be read: it is told, nobody is pinned, and it is read once it can be", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/pinned`, "no directory");
    await withKeeper(dir, async ({ pins, keeper, errors }) => {
      assertEquals(errors.map(({ code }) => code), ["auth.unreadable"]);
      assertEquals(pins.take(KITCHEN, NOBODY), "unread");
      await Deno.remove(`${dir}/pinned`);
      await keeper.refresh();
      assertEquals(pins.take(KITCHEN, NOBODY), "trusted");
    });
  });
});
