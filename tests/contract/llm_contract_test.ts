import { assertEquals } from "@std/assert";
import { LLM_PROVIDERS } from "../../lib/llm/mod.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { LLM_CASES, reasonOf, SERVERLESS_CASES } from "./llm_cases.ts";
import { LLM_SUBJECTS } from "./llm_subjects.ts";

/** How many cases of one subject run at once. */
const AT_ONCE = 8;

type Outcome = "ok" | "FAILED" | "n/a";

/** What became of every language model in every case. */
const table = new Map<string, Map<string, Outcome>>();

for (const subject of LLM_SUBJECTS) {
  const row = new Map<string, Outcome>();
  table.set(subject.name, row);
  test(`llm contract: ${subject.name}`, async (t) => {
    const names = [...LLM_CASES.keys()];
    for (const name of names) row.set(name, reasonOf(subject, name) === undefined ? "FAILED" : "n/a");
    const run = async (name: string) => {
      const cases = subject.dialect === undefined ? SERVERLESS_CASES : LLM_CASES;
      await cases.get(name)?.(subject);
      row.set(name, "ok");
    };
    const applicable = names.filter((name) => row.get(name) !== "n/a");
    await stepsAtOnce(t, applicable.map((name) => [name, () => run(name)]), { limit: AT_ONCE });
  });
}

test("llm contract: every registered type of language model is a subject", () => {
  const covered = LLM_SUBJECTS.map(({ block }) => block("http://localhost:1").type);
  assertEquals(LLM_PROVIDERS.map(({ type }) => type).filter((type) => !covered.includes(type)), []);
});

test("llm contract: the table has no holes", () => {
  const holes = LLM_SUBJECTS.flatMap(({ name }) =>
    [...LLM_CASES.keys()].flatMap((title) => {
      return table.get(name)?.get(title) === undefined ? [`${name}: ${title}`] : [];
    })
  );
  assertEquals(holes, []);
  const unknown = LLM_SUBJECTS.flatMap(({ skipped }) =>
    Object.keys(skipped).filter((title) => !LLM_CASES.has(title))
  );
  assertEquals(unknown, [], "a case that is skipped exists");
});
