import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotMatch,
  assertRejects,
} from "@std/assert";
import fc from "../support/fast_check.ts";
import { join } from "node:path";
import { z } from "zod";
import { loadConfig } from "../../lib/config/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

const schema = z.strictObject({
  server: z.strictObject({
    port: z.int().min(0).max(65535).default(8000).describe("The port that everything is served on."),
    engine: z.enum(["deno", "ws"]).default("deno"),
    idleTimeoutMs: z.int().positive().default(120_000).describe("Longest silence of a device, in ms."),
    tls: z.boolean().default(false),
    hosts: z.array(z.string().min(1)).default([]),
  }).prefault({}),
  asr: z.discriminatedUnion("provider", [
    z.strictObject({ provider: z.literal("embedded") }),
    z.strictObject({ provider: z.literal("cloud"), apiKey: z.string(), url: z.url() }),
  ]).prefault({ provider: "embedded" }),
  voice: z.union([z.literal(false), z.strictObject({ speed: z.number().gt(0).max(4) })]).default(false),
  bounds: z.record(z.string(), z.int()).optional(),
}).refine(({ server }) => server.port !== 22, { path: ["server", "port"], message: "22 is for ssh" });

async function withFile<T>(content: string | Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  const dir = await Deno.makeTempDir();
  try {
    const path = join(dir, "config.yaml");
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await work(path);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function load(content: string | Uint8Array, overrides: Record<string, unknown> = {}) {
  return withFile(content, (path) => loadConfig(path, schema, { overrides }));
}

/** The lines of the message, the directory of the file cut away. */
async function problems(
  content: string | Uint8Array,
  overrides: Record<string, unknown> = {},
): Promise<string[]> {
  const error = await assertRejects(() => load(content, overrides), EarshotError);
  assertEquals(error.code, "config.invalid");
  const [head = "", ...lines] = error.message.replaceAll(/\S*\/(?=config\.yaml)/g, "").split("\n");
  assertMatch(head, /^Cannot use config\.yaml: \d+ problems?$/);
  return lines;
}

test("nothing, an empty file and empty sections are the defaults", async () => {
  const defaults = schema.parse({});
  assertEquals((await loadConfig(undefined, schema)).config, defaults);
  for (
    const content of ["", "# only a comment\n", "server:\nasr:\n", "server:\n  port:\n", "\uFEFF", "---\n"]
  ) {
    assertEquals((await load(content)).config, defaults, JSON.stringify(content));
  }
});

test("the file wins over the defaults, and the command line over the file", async () => {
  const { config, source, warnings } = await load("server: {port: 1, tls: true}\n", {
    "server.port": 2,
    "bounds.x": 3,
  });
  assertEquals([config.server.port, config.server.tls, config.server.engine], [2, true, "deno"]);
  assertEquals(config.bounds, { x: 3 });
  assertMatch(source ?? "", /config\.yaml$/);
  assertEquals(warnings, []);
});

test("every problem is told at once, where it stands, with what would be right", async () => {
  const lines = await problems([
    "server:",
    "  prot: 1",
    "  port: 70000",
    "  engine: den",
    "  idleTimeoutMs: 0",
    "  tls: yes",
    "  hosts: [a, 7]",
    "asr: {provider: cluod}",
    "voice: {speed: 9}",
    "bounds: {x: y}",
    "color: red",
  ].join("\n"));
  assertEquals(lines, [
    'config.yaml:2:3: server.prot: unknown key; did you mean "port"?',
    "config.yaml:3:9: server.port: is 70000; it must be a whole number from 0 to 65535 (The port that everything is served on)",
    'config.yaml:4:11: server.engine: is "den"; it must be "deno" or "ws"',
    "config.yaml:5:18: server.idleTimeoutMs: is 0; it must be a whole number, more than 0 (Longest silence of a device, in ms)",
    'config.yaml:6:8: server.tls: is "yes"; it must be true or false',
    "config.yaml:7:14: server.hosts[1]: is 7; it must be text that is not empty",
    'config.yaml:8:17: asr.provider: is "cluod"; it must be "embedded" or "cloud"',
    "config.yaml:9:16: voice.speed: is 9; it must be a number, more than 0 and at most 4",
    'config.yaml:10:13: bounds.x: is "y"; it must be a whole number',
    "config.yaml:11:1: color: unknown key; the keys here are server, asr, voice, bounds",
  ]);
});

test("a missing key is told at the map that lacks it", async () => {
  assertEquals(await problems("asr:\n  provider: cloud\n  url: nope\n"), [
    "config.yaml:2:3: asr.apiKey: missing; it must be text",
    'config.yaml:3:8: asr.url: is "nope"; it must be a URL',
  ]);
});

test("a rule of the schema's own speaks for itself", async () => {
  assertEquals(await problems("server: {port: 22}"), ["config.yaml:1:16: server.port: is 22; 22 is for ssh"]);
});

test("the wrong kind of thing is told as such", async () => {
  assertEquals(await problems("- a\n- b\n"), ["config.yaml:1:1: is a list; it must be a map of keys"]);
  assertEquals(await problems("server: []\n"), [
    "config.yaml:1:9: server: is a list; it must be a map of keys",
  ]);
  assertEquals(await problems("just words\n"), [
    'config.yaml:1:1: is "just words"; it must be a map of keys',
  ]);
});

test("the wrong kind of thing is told as such also where the command line has a value for it", async () => {
  const overrides = { "server.port": 1 };
  assertEquals(await problems("- a\n", overrides), ["config.yaml:1:1: is a list; it must be a map of keys"]);
  assertEquals(await problems("server: words\n", overrides), [
    'config.yaml:1:9: server: is "words"; it must be a map of keys',
  ]);
  assertEquals((await load("server:\n", overrides)).config.server.port, 1);
});

test("what the command line gave is not blamed on the file", async () => {
  const lines = await problems("server: {port: 1}\n", {
    "server.port": "x",
    "server.__proto__.y": 1,
    "sever.port": 1,
  });
  assertEquals(lines, [
    'command line: server.port: is "x"; it must be a whole number from 0 to 65535 (The port that everything is served on)',
    "command line: server.__proto__: unknown key; the keys here are port, engine, idleTimeoutMs, tls, hosts",
    'command line: sever: unknown key; did you mean "server"?',
  ]);
  const alone = await assertRejects(
    () => loadConfig(undefined, schema, { overrides: { x: 1 } }),
    EarshotError,
  );
  assertMatch(alone.message, /^Cannot use command line: 1 problem\ncommand line: x: unknown key/);
});

test("bad YAML is told with its line", async () => {
  assertEquals(await problems("server:\n\tport: 1\n"), [
    "config.yaml:2:1: a tab as indentation; YAML wants spaces",
  ]);
  assertEquals(await problems("server:\n  port: 1\n  port: 2\n"), [
    "config.yaml:3:3: port: there twice, first at config.yaml:2:3; keep one",
  ]);
  assertMatch((await problems("a: 1\n---\nb: 2\n"))[0] ?? "", /^config\.yaml:2:1: a second document/);
  assertMatch((await problems("server: {port: 1\n"))[0] ?? "", /^config\.yaml:2:1: not valid YAML: /);
  assertMatch((await problems(new Uint8Array([0x61, 0xff])))[0] ?? "", /^config\.yaml: not UTF-8/);
});

test("the values of secrets are not shown", async () => {
  const [line = ""] = await problems("asr: {provider: cloud, apiKey: 1234, url: 'http://x'}");
  assertMatch(line, /apiKey: is a number; it must be text/);
  assertNotMatch(line, /1234/);
  for (const url of ["http://x/y?key=1234", "http://me:1234@x/", "http://x/#1234"]) {
    const [line = ""] = await problems(`server: {port: "${url}"}`);
    assertMatch(line, /port: is "http:.*x\/.*; it must be/);
    assertNotMatch(line, /1234/);
  }
});

test("bombs, depths and giants are refused", async () => {
  const rings = [..."abcdefgh"].map((name, index, all) =>
    `${name}: &${name} [${Array(9).fill(index === 0 ? "x" : `*${all[index - 1]}`)}]`
  );
  assertMatch((await problems(rings.join("\n")))[0] ?? "", /anchors that repeat/);
  assertMatch((await problems("[".repeat(20_000)))[0] ?? "", /nested too deeply/);
  assertMatch((await problems(" ".repeat(1024 * 1024 + 1)))[0] ?? "", /larger than 1 MiB/);
  const endless = await assertRejects(() => loadConfig("/dev/zero", schema), EarshotError);
  assertMatch(endless.message, /larger than 1 MiB/);
  const many = await problems(Array.from({ length: 60 }, (_, index) => `key${index}: 1`).join("\n"));
  assertEquals([many.length, many.at(-1)], [51, "and 10 more"]);
});

test("a named file that cannot be read is config.not_found", async () => {
  for (const path of ["/nowhere/config.yaml", "/"]) {
    const error = await assertRejects(() => loadConfig(path, schema), EarshotError);
    assertEquals(error.code, "config.not_found");
    assert(error.message.startsWith(`Cannot read ${path}: `));
  }
});

test("an unknown tag is a warning", async () => {
  const { warnings } = await load("server: !odd {port: 1}\n");
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /config\.yaml:1:9: Unresolved tag/);
});

test("whatever is in the file, there is a config or an EarshotError", async () => {
  const yamlish = fc.array(
    fc.constantFrom(
      ..."server port engine : - ? [ ] { } , & * ! | > ' \" # % @ ` \n \t 0 1e9 ~ null <<: --- ... __proto__ &a *a"
        .split(" "),
      " ",
      "\n",
      "  ",
    ),
    { maxLength: 60 },
  ).map((tokens) => new TextEncoder().encode(tokens.join("")));
  const content = fc.oneof(fc.uint8Array({ maxLength: 200 }), yamlish);
  await withFile("", async (path) => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        await Deno.writeFile(path, bytes);
        try {
          assertEquals(typeof (await loadConfig(path, schema)).config.server.port, "number");
        } catch (error) {
          assertInstanceOf(error, EarshotError);
          assertEquals(error.code, "config.invalid");
        }
      }),
      { numRuns: 500 },
    );
  });
});
