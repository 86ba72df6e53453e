import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { EarshotError } from "../../lib/errors/mod.ts";
import {
  MODEL_CATALOG,
  type ModelCatalog,
  ModelStore,
  SHERPA_LIBRARY,
  sherpaLibrary,
} from "../../lib/models/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const GOOD = new TextEncoder().encode("the weights");
const source = { package: "none", version: "0.0.0", integrity: "", sizeBytes: 0 };
const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", GOOD)).toHex();
const catalog = {
  tiny: {
    description: "",
    license: "MIT",
    languages: "en",
    neededBy: "recognition",
    source,
    files: { model: { path: "w.bin", name: "w.bin", sizeBytes: GOOD.length, sha256 } },
  },
} as const satisfies ModelCatalog;

async function withStore(work: (store: ModelStore<typeof catalog>, file: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dir, "tiny"));
    await work(new ModelStore({ dir, catalog }), join(dir, "tiny/w.bin"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function stateOf(store: ModelStore<typeof catalog>) {
  return (await store.status("tiny")).files[0]?.state;
}

test("a file is missing, cut short, tampered or ok", async () => {
  await withStore(async (store, file) => {
    assertEquals(await stateOf(store), "missing");
    await Deno.writeFile(file, GOOD.subarray(1));
    assertEquals(await stateOf(store), "cut_short");
    await Deno.writeFile(file, GOOD.toReversed());
    assertEquals(await stateOf(store), "tampered");
    await Deno.writeFile(file, new Uint8Array([...GOOD, 0]));
    assertEquals(await stateOf(store), "tampered");
    await Deno.writeFile(file, GOOD);
    assertEquals(await stateOf(store), "ok");
    assert((await store.status("tiny")).ok);
    await Deno.remove(file);
    await Deno.mkdir(file);
    assertEquals(await stateOf(store), "tampered");
  });
});

test("a file that changed after it was found good is found out", async () => {
  await withStore(async (store, file) => {
    await Deno.writeFile(file, GOOD);
    assertEquals(await store.resolve("tiny"), { model: file });
    await Deno.writeFile(file, GOOD.toReversed());
    await Deno.utime(file, 1, 1);
    const error = await assertRejects(() => store.resolve("tiny"), EarshotError);
    assertEquals(error.code, "model.corrupt");
    assertMatch(error.message, /w\.bin.*earshot models pull tiny/);
  });
});

test("verify reads again even what status takes as known", async () => {
  await withStore(async (store, file) => {
    await Deno.writeFile(file, GOOD);
    assertEquals(await stateOf(store), "ok");
    const [status] = await store.verify();
    assertEquals(status?.ok, true);
    await Deno.writeFile(file, GOOD.toReversed());
    assertEquals((await store.verify("tiny"))[0]?.files[0]?.state, "tampered");
  });
});

test("a model that is not there, and one that nobody knows, say what to do", async () => {
  const store = new ModelStore({ dir: "/nowhere" });
  const missing = await assertRejects(() => store.resolve("silero-vad-v6"), EarshotError);
  assertEquals(missing.code, "model.missing");
  assertMatch(missing.message, /\/nowhere\/silero-vad-v6\/silero_vad_v6\.onnx.*earshot models pull/);
  const unknown = await assertRejects(() => store.status("toString"), EarshotError);
  assertEquals(unknown.code, "model.unknown");
  assertMatch(unknown.message, /moonshine-tiny-en, silero-vad-v6, hibari, flite-slt/);
});

test("a model that ships is there in any directory, and there is nothing to fetch", async () => {
  const store = new ModelStore({ dir: "/nowhere" });
  const { voice } = await store.resolve("hibari");
  assertMatch(voice, /lib\/models\/shipped\/hibari\/hibari\.onnx$/);
  await withTempDir(async (dir) => {
    const events: string[] = [];
    const elsewhere = new ModelStore({ dir });
    await elsewhere.pull(["hibari"], { onProgress: ({ type }) => events.push(type) });
    assertEquals([events, [...Deno.readDirSync(dir)]], [["already"], []]);
    const { files: { voice, ...files }, ...rest } = MODEL_CATALOG.hibari;
    const other = { ...rest, files: { ...files, voice: { ...voice, sha256: "0".repeat(64) } } };
    const spoilt = new ModelStore({ dir, catalog: { hibari: other } });
    const error = await assertRejects(() => spoilt.pull(["hibari"]), EarshotError);
    assertEquals(error.code, "model.corrupt");
    assertMatch(error.message, /ships with Earshot.*from the repository again/);
  });
});

test("a store that only reads needs no right but to read", async () => {
  await withStore(async (_, file) => {
    await Deno.writeFile(file, GOOD);
    const dir = join(file, "../..");
    const mod = new URL("../../lib/models/mod.ts", import.meta.url).href;
    const script = join(dir, "read.ts");
    await Deno.writeTextFile(
      script,
      `import { ModelStore } from "${mod}";
       const store = new ModelStore({ dir: ${JSON.stringify(dir)}, catalog: ${JSON.stringify(catalog)} });
       console.log((await store.resolve("tiny")).model);`,
    );
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-check", "--config", config, `--allow-read=${dir}`, script],
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), file, new TextDecoder().decode(stderr));
  });
});

test("every entry of the catalog can be checked", () => {
  for (const [model, { source, files }] of Object.entries(MODEL_CATALOG)) {
    if ("shipped" in source) assertMatch(source.purl, /^pkg:[a-z]+\/[^@]+@\d/, model);
    else assertMatch(source.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, model);
    assertMatch(source.version, /^\d+\.\d+\.\d+$/, model);
    for (const file of Object.values(files)) {
      assertMatch(file.sha256, /^[0-9a-f]{64}$/, file.name);
      assert(file.path === file.name || file.path.endsWith(`/${file.name}`), file.name);
    }
  }
});

test("every kind of machine that the engine runs on natively has sherpa-onnx to fetch, and another has none", () => {
  const kinds = [["linux", "x86_64"], ["linux", "aarch64"], ["darwin", "aarch64"], [
    "windows",
    "x86_64",
  ]] as const;
  for (const [os, arch] of kinds) {
    const { files, source } = sherpaLibrary({ os, arch })?.[SHERPA_LIBRARY] ?? {};
    assertMatch(source?.package ?? "", /^sherpa-onnx-(linux|darwin|win)-(x64|arm64)$/);
    for (const { sha256, sizeBytes } of Object.values(files ?? {})) {
      assert(/^[0-9a-f]{64}$/.test(sha256) && sizeBytes > 0);
    }
    assertEquals(Object.keys(files ?? {}), ["addon", "api", "runtime"]);
  }
  assertEquals(sherpaLibrary({ os: "freebsd", arch: "x86_64" }), undefined);
});
