import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { EarshotError } from "../../lib/errors/mod.ts";
import { modelsConfig } from "../../lib/models/config.ts";
import { type CustomFile, ModelStore, type PullEvent } from "../../lib/models/mod.ts";
import { fetchUrl } from "../../lib/models/url_fetch.ts";
import { mountSmall } from "../support/small_disk.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { FileHost } from "./file_host.ts";

const NEVER = new AbortController().signal;
const BYTES = crypto.getRandomValues(new Uint8Array(60_000));
const BIG = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 5);

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function withHost(
  bytes: Uint8Array<ArrayBuffer>,
  use: (
    parts: { host: FileHost; dir: string; store: (file: Partial<CustomFile>) => ModelStore },
  ) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    await using host = new FileHost(bytes);
    const store = (file: Partial<CustomFile>) =>
      new ModelStore({
        dir: join(dir, "models"),
        custom: { mine: { files: { model: { url: host.url, sha256: sha256(bytes), ...file } } } },
      });
    await use({ host, dir, store });
  });
}

/** The error of a pull. */
async function failure(pull: Promise<unknown>): Promise<EarshotError> {
  return await assertRejects(() => pull, EarshotError);
}

/** Fetches with next to no pauses. */
async function fetchFast(host: FileHost, dir: string): Promise<string[]> {
  const reasons: string[] = [];
  await fetchUrl({ url: host.url, sha256: sha256(host.bytes) }, join(dir, "file.part"), {
    name: "mine model",
    signal: new AbortController().signal,
    onReceived: () => {},
    onRetry: (reason) => reasons.push(reason),
    pauseMs: 1,
  });
  return reasons;
}

test("a model of the user's own is fetched once, put in its place, and works without a network after that", async () => {
  await withHost(BYTES, async ({ host, dir, store }) => {
    const events: PullEvent[] = [];
    const models = store({});
    assertEquals(models.names.at(-1), "mine");
    assertEquals((await models.status("mine")).files.map(({ state }) => state), ["missing"]);
    assertEquals((await failure(models.resolveCustom("mine"))).code, "model.missing");
    await models.pull(["mine"], { onProgress: (event) => events.push(event) });
    assertEquals([events[0]?.type, events.at(-1)?.type], ["started", "done"]);
    const last = events.findLast((event) => event.type === "progress");
    assertEquals(last, {
      type: "progress",
      model: "mine model",
      receivedBytes: BYTES.length,
      totalBytes: BYTES.length,
    });
    const place = join(dir, "models/mine/model.int8.onnx");
    assertEquals(await models.resolveCustom("mine"), { model: place });
    assertEquals(await Deno.readFile(place), BYTES);
    await models.pull(["mine"]);
    assertEquals(host.requests.length, 1);
    assertEquals([...Deno.readDirSync(join(dir, "models/.pull"))].map(({ name }) => name), ["lock"]);
  });
});

test("without a sum nothing is used; the message has the line to add, and with it nothing is fetched again", async () => {
  await withHost(BYTES, async ({ host, store }) => {
    const error = await failure(store({ sha256: undefined }).pull(["mine"]));
    assertEquals(error.code, "model.unpinned");
    assertStringIncludes(error.message, `models.custom.mine.files.model.sha256: ${sha256(BYTES)}`);
    assertEquals((await failure(store({ sha256: undefined }).resolveCustom("mine"))).code, "model.missing");
    const models = store({});
    await models.pull(["mine"]);
    await models.resolveCustom("mine");
    assertEquals(host.requests.length, 1);
  });
});

test("another content than the config says is not installed, and the message says what came", async () => {
  await withHost(BYTES, async ({ dir, store }) => {
    const error = await failure(store({ sha256: "0".repeat(64) }).pull(["mine"]));
    assertEquals(error.code, "model.corrupt");
    assertStringIncludes(error.message, `the sha256 ${sha256(BYTES)} and not ${"0".repeat(64)}`);
    assertEquals((await Deno.stat(join(dir, "models/.pull/mine.model.part"))).size, 0);
    assertEquals((await failure(store({ sizeBytes: 10 }).pull(["mine"]))).code, "model.corrupt");
    assertEquals((await failure(store({ sizeBytes: 100_000 }).pull(["mine"]))).code, "model.corrupt");
  });
});

test("a connection that breaks is taken up where it broke", async () => {
  await withHost(BIG, async ({ host, dir }) => {
    host.manner = (request, count) => count <= 3 ? host.broken(request, 80_000) : undefined;
    await fetchFast(host, dir);
    assertEquals(host.requests[0]?.range, undefined);
    assertMatch(host.requests[1]?.range ?? "", /^bytes=\d{5}-$/);
    assertEquals(await Deno.readFile(join(dir, "file.part")), BIG);
  });
});

test("what an earlier pull left is gone on from, and is fetched anew when it is spoilt", async () => {
  await withHost(BIG, async ({ host, dir }) => {
    await Deno.writeFile(join(dir, "file.part"), BIG.subarray(0, 100_000));
    await fetchFast(host, dir);
    assertEquals(host.requests.splice(0).map(({ range }) => range), ["bytes=100000-"]);
    await Deno.writeFile(join(dir, "file.part"), new Uint8Array(100_000));
    await fetchFast(host, dir);
    assertEquals(host.requests.splice(0).map(({ range }) => range), ["bytes=100000-", undefined]);
    await Deno.writeFile(join(dir, "file.part"), new Uint8Array(400_000));
    await fetchFast(host, dir);
    assertEquals(await Deno.readFile(join(dir, "file.part")), BIG);
  });
});

test("a host that knows no ranges is read from the start", async () => {
  await withHost(BYTES, async ({ host, dir }) => {
    await Deno.writeFile(join(dir, "file.part"), BYTES.subarray(0, 1_000));
    host.manner = () => new Response(BYTES);
    await fetchFast(host, dir);
    assertEquals(await Deno.readFile(join(dir, "file.part")), BYTES);
  });
});

test("five redirections are followed, a sixth is not, nor one to something else than the web", async () => {
  await withHost(BYTES, async ({ host, dir }) => {
    const hops = (most: number) => (request: Request) => {
      const hop = Number(new URL(request.url).searchParams.get("hop") ?? 0);
      return hop < most
        ? new Response(null, { status: 302, headers: { location: `?hop=${hop + 1}` } })
        : undefined;
    };
    host.manner = hops(5);
    await fetchFast(host, dir);
    assertEquals(host.requests.length, 6);
    await Deno.remove(join(dir, "file.part"));
    host.manner = hops(6);
    const error = await failure(fetchFast(host, dir));
    assertEquals(error.code, "model.fetch");
    assertStringIncludes(error.message, "more than 5 times");
    host.manner = () => new Response(null, { status: 301, headers: { location: "file:///etc/passwd" } });
    assertStringIncludes((await failure(fetchFast(host, dir))).message, "no safe address");
  });
});

test("a refusal is told at once by its status, a fault is tried again four times", async () => {
  await withHost(BYTES, async ({ host, dir }) => {
    host.manner = () => new Response("not here", { status: 404 });
    const missing = await failure(fetchFast(host, dir));
    assertEquals([missing.code, host.requests.length], ["model.fetch", 1]);
    assertMatch(missing.message, /mine model from 127\.0\.0\.1:\d+: HTTP 404; .*models\.custom/);
    host.requests.splice(0);
    host.manner = (_request, count) => count < 3 ? new Response(null, { status: 503 }) : undefined;
    assertEquals(await fetchFast(host, dir), ["HTTP 503", "HTTP 503"]);
    await Deno.remove(join(dir, "file.part"));
    host.requests.splice(0);
    host.manner = () => new Response(null, { status: 503 });
    assertEquals((await failure(fetchFast(host, dir))).code, "model.fetch");
    assertEquals(host.requests.length, 4);
  });
});

test("a pull that is given up keeps what came", async () => {
  await withHost(BIG, async ({ host, dir, store }) => {
    const giveUp = new AbortController();
    host.manner = (request) =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(BIG.subarray(0, 70_000)) }),
        host.serve(request),
      );
    const pull = store({}).pull(["mine"], {
      signal: giveUp.signal,
      onProgress: (event) => event.type === "progress" && giveUp.abort(),
    });
    assertEquals((await failure(pull)).code, "canceled");
    assert((await Deno.stat(join(dir, "models/.pull/mine.model.part"))).size > 0);
  });
});

test("a full disk is said, with the place", async () => {
  await withTempDir(async (dir) => {
    if (!await mountSmall(dir)) return;
    try {
      await using host = new FileHost(new Uint8Array(3_000_000));
      const custom = { mine: { files: { model: { url: host.url, sha256: "0".repeat(64) } } } };
      const error = await failure(new ModelStore({ dir, custom }).pull(["mine"]));
      assertEquals(error.code, "model.directory");
      assertMatch(error.message, /mine\.model\.part.*free space/);
    } finally {
      await new Deno.Command("umount", { args: [dir] }).output();
    }
  });
});

test("files that are on the box already are checked where they lie", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "tokens.txt");
    const store = (file: CustomFile) =>
      new ModelStore({ dir, custom: { mine: { files: { tokens: file } } } });
    const missing = await failure(store({ path, sha256: sha256(BYTES) }).resolveCustom("mine"));
    assertEquals(missing.code, "model.missing");
    assertStringIncludes(missing.message, "correct models.custom.mine.files.tokens");
    await Deno.writeFile(path, BYTES);
    assertEquals(await store({ path, sha256: sha256(BYTES) }).resolveCustom("mine"), { tokens: path });
    await store({ path, sha256: sha256(BYTES) }).pull(["mine"]);
    for (const attempt of ["resolveCustom", "pull"] as const) {
      const unpinned = store({ path });
      const error = await failure(
        attempt === "pull" ? unpinned.pull(["mine"]) : unpinned.resolveCustom("mine"),
      );
      assertEquals(error.code, "model.unpinned");
      assertStringIncludes(error.message, `models.custom.mine.files.tokens.sha256: ${sha256(BYTES)}`);
    }
    const wrong = await failure(store({ path, sha256: sha256(BIG) }).resolveCustom("mine"));
    assertEquals(wrong.code, "model.corrupt");
    assertStringIncludes(wrong.message, `the sha256 ${sha256(BYTES)} and not ${sha256(BIG)}`);
    assertEquals((await failure(store({ path }).resolveCustom("yours"))).code, "model.unknown");
    assertEquals((await failure(store({ path }).pull(["mine", "yours"]))).code, "model.unknown");
  });
});

test("a config that cannot be right is refused, and says why", () => {
  const problem = (file: unknown, name = "mine") =>
    modelsConfig.safeParse({ custom: { [name]: { files: { model: file } } } }).error?.issues[0]?.message ??
      "";
  const url = "https://models.example/sense-voice/model.int8.onnx";
  assertEquals(problem({ url, sha256: "A".repeat(64), sizeBytes: 1 }), "");
  assertEquals(problem({ path: "/models/model.onnx" }), "");
  const twins = { model: { url }, tokens: { url: `${url}?other` } };
  assertStringIncludes(
    modelsConfig.safeParse({ custom: { mine: { files: twins } } }).error?.issues[0]?.message ?? "",
    "one name",
  );
  assertStringIncludes(problem({}), "either a url or a path");
  assertStringIncludes(problem({ url, path: "/a" }), "either a url or a path");
  assertStringIncludes(problem({ url: "https://models.example/model.tar.bz2" }), "unpack it by hand");
  assertStringIncludes(problem({ url: "https://models.example/" }), "must end with the file's name");
  assertStringIncludes(problem({ url, sha256: "abc" }), "64 hexadecimal digits");
  assert(problem({ url: "ftp://models.example/model.onnx" }) !== "");
  assert(problem({ url }, "..") !== "" && problem({ url }, ".pull") !== "" && problem({ url }, "a/b") !== "");
  assertEquals(
    (assertThrowsConfig("moonshine-tiny-en")).code,
    "config.invalid",
  );
});

function assertThrowsConfig(name: string): EarshotError {
  try {
    new ModelStore({ dir: "nowhere", custom: { [name]: { files: {} } } });
  } catch (error) {
    return EarshotError.from(error);
  }
  throw new Error("Cannot go on: the name was taken");
}

test("the certificate of a host is trusted as models.tls says, also one that signed itself", async () => {
  const pki = (name: string) => new URL(`../support/pki/self_signed.${name}`, import.meta.url).pathname;
  const tls = { cert: await Deno.readTextFile(pki("pem")), key: await Deno.readTextFile(pki("key")) };
  for (const trust of [{}, { caFile: pki("pem") }, { verify: false }]) {
    await withTempDir(async (dir) => {
      await using host = new FileHost(BYTES, { tls });
      const config = modelsConfig.parse({
        custom: { mine: { files: { model: { url: host.url, sha256: sha256(BYTES) } } } },
        tls: trust,
      });
      const store = new ModelStore({ dir: join(dir, "models"), custom: config.custom, tls: config.tls });
      const stop = AbortSignal.timeout(300);
      const pulled = store.pull(["mine"], { signal: Object.keys(trust).length === 0 ? stop : NEVER });
      if (Object.keys(trust).length === 0) await assertRejects(() => pulled, EarshotError);
      else await pulled;
      assertEquals((await store.status("mine")).ok, Object.keys(trust).length > 0, JSON.stringify(trust));
    });
  }
});
