import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { EarshotError } from "../../lib/errors/mod.ts";
import {
  KNOWN_MODELS,
  type KnownModel,
  type ModelHost,
  modelHost,
  ModelStore,
  type PullEvent,
} from "../../lib/models/mod.ts";
import { mountSmall } from "../support/small_disk.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { ModelHub, NEWEST, REVISION, sha256Of } from "./model_hub.ts";

const MODEL = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 5);
const OTHER = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 104_729) >> 7);
const TOKENS = new TextEncoder().encode("<blk> 0\n你 1\n好 2\n");

/** A model of two files of which nobody knows yet what they hash to. */
const PLAIN: KnownModel = {
  description: "a model",
  kind: "senseVoice",
  license: "MIT",
  languages: ["zh"],
  repo: "someone/some-model",
  revision: REVISION,
  files: {
    model: { name: "model.int8.onnx", sizeBytes: 300_000 },
    tokens: { name: "tokens.txt", sizeBytes: TOKENS.length },
  },
};

/** The same, and Earshot comes with the sums. */
const LISTED: KnownModel = {
  ...PLAIN,
  files: {
    model: { name: "model.int8.onnx", sizeBytes: 300_000, sha256: sha256Of(MODEL) },
    tokens: { name: "tokens.txt", sizeBytes: TOKENS.length, sha256: sha256Of(TOKENS) },
  },
};

interface Rig {
  readonly dir: string;
  readonly publisher: ModelHub;
  readonly mirror: ModelHub;
  readonly events: PullEvent[];
  readonly pull: (
    options?: { model?: KnownModel; refresh?: boolean; mirrorsOnly?: boolean },
  ) => Promise<void>;
  readonly failure: (options?: { model?: KnownModel; refresh?: boolean }) => Promise<EarshotError>;
  readonly store: (model?: KnownModel) => ModelStore;
}

/** The publisher and a mirror, both with both files. */
async function withHub(use: (rig: Rig) => Promise<void>): Promise<void> {
  await withTempDir(async (dir) => {
    await using publisher = new ModelHub();
    await using mirror = new ModelHub();
    for (const hub of [publisher, mirror]) {
      hub.put("model.int8.onnx", MODEL);
      hub.put("tokens.txt", TOKENS, { lfs: false });
    }
    const hosts: readonly ModelHost[] = [
      { ...modelHost(publisher.url), name: "publisher", publisher: true },
      { ...modelHost(mirror.url), name: "mirror" },
    ];
    const events: PullEvent[] = [];
    const timing = { contactMs: 400, pauseMs: 1, idleMs: 200 };
    const store = (model: KnownModel = PLAIN, mirrorsOnly = false) =>
      new ModelStore({
        dir: join(dir, "models"),
        known: { some: model },
        hosts: () => hosts.map((host) => mirrorsOnly ? { ...host, publisher: false } : host),
        timing,
      });
    const pull: Rig["pull"] = ({ model, mirrorsOnly, ...options } = {}) =>
      store(model, mirrorsOnly).pull(["some"], { onProgress: (event) => events.push(event), ...options });
    await use({
      dir,
      publisher,
      mirror,
      events,
      store,
      pull,
      failure: (options) => assertRejects(() => pull(options), EarshotError),
    });
  });
}

async function content(dir: string): Promise<[string, string]> {
  const read = async (name: string) => sha256Of(await Deno.readFile(join(dir, "models/some", name)));
  return [await read("model.int8.onnx"), await read("tokens.txt")];
}

const RIGHT: [string, string] = [sha256Of(MODEL), sha256Of(TOKENS)];

function typesOf(events: readonly PullEvent[]): string[] {
  return [...new Set(events.map(({ type }) => type))];
}

function gone(): Response {
  return new Response(null, { status: 404 });
}

test("a known model is fetched from its publisher, checked by what the publisher says, and pinned", async () => {
  await withHub(async ({ dir, publisher, mirror, events, store, pull }) => {
    assertEquals((await store().status("some")).files.map(({ state }) => state), ["missing", "missing"]);
    assertEquals(
      (await assertRejects(() => store().resolveCustom("some"), EarshotError)).code,
      "model.missing",
    );
    await pull();
    assertEquals(await content(dir), RIGHT);
    assertEquals(typesOf(events), ["started", "progress", "done"]);
    assertEquals(mirror.requests, []);
    const pins = JSON.parse(await Deno.readTextFile(join(dir, "models/some/pins.json")));
    assertEquals([pins.revision, pins.files.model.sha256, pins.files.tokens.sha256], [REVISION, ...RIGHT]);
    assertEquals(Object.keys(await store().resolveCustom("some")), ["model", "tokens"]);
    assertEquals([...Deno.readDirSync(join(dir, "models/.pull"))].map(({ name }) => name), ["lock"]);
    const asked = publisher.requests.length;
    await pull();
    assertEquals(publisher.requests.length, asked);
    // A file that is spoilt afterward is found out, and fetched anew.
    await Deno.writeFile(join(dir, "models/some/model.int8.onnx"), OTHER);
    assertEquals(
      (await assertRejects(() => store().resolveCustom("some"), EarshotError)).code,
      "model.corrupt",
    );
    await pull();
    assertEquals(await content(dir), RIGHT);
  });
});

test("without a digest on the answer, the pointer beside the file has it", async () => {
  await withHub(async ({ dir, publisher, pull }) => {
    publisher.manner = (request) => {
      const { pathname } = new URL(request.url);
      if (!pathname.endsWith("/model.int8.onnx") || pathname.includes("/raw/")) return undefined;
      return publisher.serve(request);
    };
    await pull();
    assertEquals(await content(dir), RIGHT);
    assert(publisher.requests.some(({ path }) => path.includes(`/raw/${REVISION}/model.int8.onnx`)));
  });
});

test("a publisher that cannot give a file: the mirror does, and only the very same one counts", async (t) => {
  const refusals: Record<string, (hub: ModelHub) => void> = {
    "404": (hub) => hub.manner = gone,
    "403": (hub) => hub.manner = () => new Response("gated", { status: 403 }),
    "no answer at all": (hub) => hub.manner = () => new Response(new ReadableStream(), { status: 500 }),
    "503": (hub) => hub.manner = () => new Response(null, { status: 503 }),
    "429 for an hour": (hub) =>
      hub.manner = () => new Response(null, { status: 429, headers: { "retry-after": "3600" } }),
    "a login page": (hub) =>
      hub.manner = () =>
        new Response("<html>log in</html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    "the content's server is blocked": (hub) => hub.contentManner = () => new Response(null, { status: 502 }),
    "the content is a login page": (hub) =>
      hub.contentManner = () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    "a body of another file": (hub) => hub.contentManner = () => new Response(OTHER),
    "a body of another size": (hub) => hub.contentManner = () => new Response(OTHER.subarray(1)),
    "an empty body": (hub) => hub.contentManner = () => new Response(""),
    "it stalls": (hub) =>
      hub.contentManner = (request) =>
        new Response(
          new ReadableStream({ start: (controller) => controller.enqueue(MODEL.subarray(0, 1_000)) }),
          hub.serve(request),
        ),
  };
  for (const [name, spoil] of Object.entries(refusals)) {
    await t.step(name, async () => {
      await withHub(async ({ dir, publisher, events, pull }) => {
        spoil(publisher);
        await pull({ model: LISTED });
        assertEquals(await content(dir), RIGHT);
        assert(typesOf(events).includes("moved_on"), typesOf(events).join());
        assert(!typesOf(events).includes("first_use"));
      });
    });
  }
});

test("the publisher's word counts at the mirror too", async () => {
  await withHub(async ({ dir, publisher, mirror, events, failure }) => {
    publisher.contentManner = () => new Response(null, { status: 502 });
    mirror.put("model.int8.onnx", OTHER);
    const error = await failure();
    assertEquals(error.code, "model.fetch");
    assertMatch(error.message, /publisher: HTTP 502.*mirror: it has another file, of the sha256 /);
    assertEquals(mirror.contentRequests, []);
    assert(!typesOf(events).includes("first_use"));
    await assertRejects(() => Deno.stat(join(dir, "models/some/model.int8.onnx")), Deno.errors.NotFound);
  });
});

test("where only a mirror can be reached its word is taken, told, and pinned", async () => {
  await withHub(async ({ dir, publisher, mirror, events, store, pull, failure }) => {
    publisher.manner = gone;
    mirror.put("model.int8.onnx", OTHER);
    await pull();
    const told = events.filter((event) => event.type === "first_use");
    assertEquals(told.map(({ model, host }) => [model, host]), [["some model", "mirror"], [
      "some tokens",
      "mirror",
    ]]);
    assertEquals(await content(dir), [sha256Of(OTHER), sha256Of(TOKENS)]);
    // Now the publisher can be reached, and says something else.
    publisher.manner = () => undefined;
    await store().resolveCustom("some");
    await Deno.remove(join(dir, "models/some/model.int8.onnx"));
    const error = await failure();
    assertEquals(error.code, "model.changed");
    assertStringIncludes(error.message, `${sha256Of(OTHER)} is pinned (from mirror)`);
    assertStringIncludes(error.message, "earshot models pull some --refresh");
    await pull({ refresh: true });
    assertEquals(await content(dir), RIGHT);
    await pull();
  });
});

test("a mirror whose file is not what it says of it binds nobody else", async () => {
  await withHub(async ({ dir, publisher, mirror, events, pull }) => {
    publisher.manner = () =>
      new Response("not what the ETag says", { headers: { etag: `"${"a".repeat(40)}"` } });
    await pull({ mirrorsOnly: true });
    assertEquals(await content(dir), RIGHT);
    assertEquals(mirror.contentRequests.length, 1);
    assertEquals(
      new Set(events.flatMap((event) => event.type === "first_use" ? [event.host] : [])),
      new Set(["mirror"]),
    );
  });
});

test("a publisher that says something else than the list changes nothing until it is asked for", async () => {
  await withHub(async ({ dir, publisher, mirror, failure, pull }) => {
    publisher.put("model.int8.onnx", OTHER);
    const error = await failure({ model: LISTED });
    assertEquals(error.code, "model.changed");
    assertStringIncludes(error.message, "Earshot's own list");
    assertEquals(mirror.requests, []);
    await pull({ model: LISTED, refresh: true });
    assertEquals(await content(dir), [sha256Of(OTHER), sha256Of(TOKENS)]);
  });
});

test("a refresh takes the newest of everything or changes nothing", async () => {
  await withHub(async ({ dir, publisher, mirror, events, store, pull, failure }) => {
    await pull({ model: LISTED });
    events.length = 0;
    await pull({ model: LISTED, refresh: true });
    assertEquals(typesOf(events), ["already"]);
    const newer = new TextEncoder().encode("<blk> 0\n好 1\n");
    publisher.put("model.int8.onnx", MODEL, { newest: OTHER });
    publisher.put("tokens.txt", TOKENS, { lfs: false, newest: newer });
    publisher.manner = (request) => request.url.endsWith("tokens.txt") ? gone() : undefined;
    mirror.manner = gone;
    assertEquals((await failure({ model: LISTED, refresh: true })).code, "model.fetch");
    assertEquals(await content(dir), RIGHT);
    assert((await store(LISTED).status("some")).ok);
    publisher.manner = () => undefined;
    await pull({ model: LISTED, refresh: true });
    assertEquals(await content(dir), [sha256Of(OTHER), sha256Of(newer)]);
    const { revision } = JSON.parse(await Deno.readTextFile(join(dir, "models/some/pins.json")));
    assertEquals(revision, NEWEST);
    // It stays that, whatever the list says.
    assert((await store(LISTED).status("some")).ok);
  });
});

test("what came is kept, and another host goes on with it", async () => {
  await withHub(async ({ dir, publisher, mirror, pull }) => {
    let pieces = 0;
    publisher.contentManner = (request) =>
      ++pieces === 1 ? publisher.broken(request, 100_000) : new Response(null, { status: 403 });
    await pull();
    assertEquals(await content(dir), RIGHT);
    assertMatch(mirror.contentRequests.map(({ range }) => range).join(), /^bytes=[1-9]\d*-$/);
  });
});

test("a signature that is too old, ranges that are not known, and a short pause are no end", async (t) => {
  await t.step("a fresh address is asked for", async () => {
    await withHub(async ({ dir, publisher, mirror, pull }) => {
      publisher.contentManner = (request, count) =>
        count === 1
          ? publisher.broken(request, 100_000)
          : count === 2
          ? new Response("Request has expired", { status: 403 })
          : undefined;
      await pull();
      assertEquals([await content(dir), mirror.requests], [RIGHT, []]);
    });
  });
  await t.step("the whole is taken once more", async () => {
    await withHub(async ({ dir, publisher, mirror, pull }) => {
      publisher.contentManner = (request, count) =>
        count === 1 ? publisher.broken(request, 100_000) : new Response(MODEL);
      await pull();
      assertEquals([await content(dir), mirror.requests], [RIGHT, []]);
    });
  });
  await t.step("Retry-After is kept to", async () => {
    await withHub(async ({ dir, publisher, mirror, pull }) => {
      publisher.manner = (_request, count) =>
        count === 1 ? new Response(null, { status: 429, headers: { "retry-after": "0" } }) : undefined;
      await pull();
      assertEquals([await content(dir), mirror.requests], [RIGHT, []]);
    });
  });
  await t.step("a login page in the middle costs nothing of what is here", async () => {
    await withHub(async ({ dir, publisher, mirror, failure, pull }) => {
      const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
      publisher.contentManner = (request, count) => count === 1 ? publisher.broken(request, 200_000) : page();
      mirror.manner = page;
      const error = await failure({ model: LISTED });
      assertMatch(error.message, /publisher: it answers with a web page.*mirror: it answers with a web page/);
      publisher.contentManner = () => undefined;
      await pull({ model: LISTED });
      assertMatch(publisher.contentRequests.at(-1)?.range ?? "", /^bytes=[1-9]\d*-$/);
      assertEquals(await content(dir), RIGHT);
    });
  });
});

test("a pull that is given up keeps what came; a signed address is in no message", async () => {
  await withHub(async ({ dir, publisher, mirror, pull, failure, store }) => {
    const giveUp = new AbortController();
    publisher.contentManner = (request) =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(MODEL.subarray(0, 70_000)) }),
        publisher.serve(request),
      );
    const given = await assertRejects(() =>
      store().pull(["some"], {
        signal: giveUp.signal,
        onProgress: (event) => event.type === "progress" && event.receivedBytes > 0 && giveUp.abort(),
      }), EarshotError);
    assertEquals(given.code, "canceled");
    const part = `some.model.${sha256Of(MODEL).slice(0, 16)}.part`;
    assert((await Deno.stat(join(dir, "models/.pull", part))).size > 0);
    publisher.contentManner = () => new Response(null, { status: 403 });
    mirror.contentManner = () => new Response(null, { status: 403 });
    const error = await failure();
    assert(!error.message.includes("SIGNATURE"), error.message);
    publisher.contentManner = () => undefined;
    await pull();
    assertEquals(await content(dir), RIGHT);
  });
});

test("a closed network has its own host: by address, or any web server", async () => {
  await withHub(async ({ dir, mirror }) => {
    // A plain web server says nothing of sha256 and has ETags of its own.
    const files = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const name = new URL(request.url).pathname.split("/").at(-1);
      return new Response(name === "tokens.txt" ? TOKENS : MODEL, { headers: { etag: 'W/"66c1f2-4b1e0"' } });
    });
    const open = (known: KnownModel, address: string, at: string) =>
      new ModelStore({ dir: join(dir, at), known: { some: known }, hosts: () => [modelHost(address)] });
    try {
      const template = `http://127.0.0.1:${files.addr.port}/mirror/{repo}/{file}`;
      const listed = open(LISTED, template, "a");
      await listed.pull(["some"]);
      assert((await listed.status("some")).ok);
      const plain = await assertRejects(() => open(PLAIN, template, "b").pull(["some"]), EarshotError);
      assertMatch(plain.message, /it does not say what the file must hash to/);
      const copied = open(PLAIN, `${mirror.url}/`, "c");
      await copied.pull(["some"]);
      assert((await copied.status("some")).ok);
    } finally {
      await files.shutdown();
    }
  });
});

test("a small disk is told before anything is fetched", async () => {
  await withTempDir(async (dir) => {
    if (!await mountSmall(dir)) return;
    try {
      await using hub = new ModelHub();
      const files = { model: { name: "model.int8.onnx", sizeBytes: 239_233_841 } };
      const hosts = () => [modelHost(hub.url)];
      const store = new ModelStore({ dir, known: { some: { ...PLAIN, files } }, hosts });
      const error = await assertRejects(() => store.pull(["some"]), EarshotError);
      assertEquals(error.code, "model.directory");
      assertMatch(error.message, /some: 239\.2 MB are to come, and .* has room for 1\.0 MB/);
      assertEquals(hub.requests, []);
    } finally {
      await new Deno.Command("umount", { args: [dir] }).output();
    }
  });
});

test("what the list says can be asked for: kinds, files, revisions, addresses at each host", () => {
  for (const [name, model] of Object.entries(KNOWN_MODELS)) {
    assertMatch(name, /^[a-z0-9-]+$/);
    assertMatch(model.revision, /^[0-9a-f]{40}$/);
    for (const { name: file, sha256, sizeBytes } of Object.values(model.files)) {
      assertMatch(sha256 ?? "0".repeat(64), /^[0-9a-f]{64}$/);
      assert(sizeBytes > 0);
      assertEquals(
        modelHost("https://huggingface.co").locate(model, file, model.revision)?.url,
        `https://huggingface.co/${model.repo}/resolve/${model.revision}/${file}`,
      );
    }
  }
  const { "sense-voice": senseVoice, "paraformer-zh-en": paraformer } = KNOWN_MODELS;
  assert(senseVoice !== undefined && paraformer !== undefined);
  const scope = modelHost("https://www.modelscope.cn");
  assertEquals(scope.locate(paraformer, "tokens.txt", paraformer.revision), undefined);
  assertMatch(
    scope.locate(senseVoice, "tokens.txt", senseVoice.revision)?.url ?? "",
    /^https:\/\/www\.modelscope\.cn\/models\/pengzhendong\/.*\/resolve\/73eca[0-9a-f]+\/tokens\.txt$/,
  );
  assertMatch(
    scope.locate(senseVoice, "tokens.txt", undefined)?.url ?? "",
    /\/resolve\/master\/tokens\.txt$/,
  );
});
