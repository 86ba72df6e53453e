import { assertEquals } from "@std/assert";
import { TTS_PROVIDERS } from "../../lib/tts/mod.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { TTS_CASES, type TtsCaseName } from "./tts_cases.ts";
import { TTS_SUBJECTS } from "./tts_subjects.ts";

/** How many cases of one subject run at once. */
const AT_ONCE = 8;

/** What became of every voice in every case. */
const table = new Map<string, Map<TtsCaseName, "ok" | "FAILED" | "n/a">>();

for (const subject of TTS_SUBJECTS) {
  const row = new Map<TtsCaseName, "ok" | "FAILED" | "n/a">();
  table.set(subject.name, row);
  test(`contract: the voice ${subject.name}`, async (t) => {
    for (const name of TTS_CASES.keys()) row.set(name, name in subject.skipped ? "n/a" : "FAILED");
    const names = [...TTS_CASES.keys()].filter((name) => !(name in subject.skipped));
    const steps = names.map((name) =>
      [name, async () => {
        await TTS_CASES.get(name)?.(subject);
        row.set(name, "ok");
      }] as const
    );
    await stepsAtOnce(t, steps, { limit: AT_ONCE });
  });
}

test("contract: every registered type of voice is a subject, under a name of its own", () => {
  const covered = TTS_SUBJECTS.map(({ type }) => type);
  assertEquals(TTS_PROVIDERS.map(({ type }) => type).filter((type) => !covered.includes(type)), []);
  assertEquals(new Set(TTS_SUBJECTS.map(({ name }) => name)).size, TTS_SUBJECTS.length);
});

test("contract: the table of voices has no holes", () => {
  const names = [...TTS_CASES.keys()];
  const holes = TTS_SUBJECTS.flatMap(({ name }) =>
    names.filter((what) => table.get(name)?.get(what) === undefined)
      .map((what) => `${name}: ${what}`)
  );
  assertEquals(holes, []);
});
