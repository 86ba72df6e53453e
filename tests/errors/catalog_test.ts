import { assert, assertEquals, assertMatch } from "@std/assert";
import { CATALOG, type CatalogEntry, EarshotError, EXIT, SERVICE_FAULTS } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

const LIB = new URL("../../lib/", import.meta.url);
const ENTRIES = Object.entries(CATALOG);

function* sources(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts") && name !== "catalog.ts") {
      yield Deno.readTextFileSync(new URL(name, folder));
    }
  }
}

test("every code is used somewhere", () => {
  const used = new Set<string>();
  for (const source of sources(LIB)) {
    for (const [, code = ""] of source.matchAll(/"([a-z_]+(?:\.[a-z_]+)?)"/g)) used.add(code);
  }
  // Services fail in each of these ways; the code is put together from the family and the fault.
  for (const family of ["asr", "tts", "llm", "voiceprint"]) {
    for (const fault of SERVICE_FAULTS) used.add(`${family}.${fault}`);
  }
  assertEquals(ENTRIES.map(([code]) => code).filter((code) => !used.has(code)), []);
});

test("every entry has something for each of its readers", () => {
  const exitCodes = new Set<number>(Object.values(EXIT).filter((code) => code !== EXIT.ok));
  for (const [code, entry] of ENTRIES) {
    const { meaning, device, remedy, exitCode, checked }: CatalogEntry = entry;
    assertMatch(code, /^[a-z_]+(\.[a-z_]+)?$/);
    assertMatch(meaning, /^[A-Z].*\.$/, code);
    assertMatch(remedy, /^[A-Z`].*\.$/, code);
    // Nobody is told to say what he has just said.
    assertMatch(checked ?? remedy, /^(?!.*earshot check).*\.$/, code);
    assert(/^[\x20-\x7e]+$/.test(device.en) && device.en.length <= 80, code);
    assert(/\p{Script=Han}/u.test(device.zh) && device.zh.length <= 40, code);
    assert(exitCodes.has(exitCode), code);
  }
});

test("an error reads its own entry, and one case may differ in whether it is worth trying again", () => {
  const error = new EarshotError("engine.busy", "Cannot take the job: 64 are waiting");
  assertEquals([error.entry, error.retryable], [CATALOG["engine.busy"], true]);
  assertEquals(new EarshotError("engine.busy", "no", { retryable: false }).retryable, false);
});
