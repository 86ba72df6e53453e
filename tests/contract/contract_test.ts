import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { type CaseName, CASES } from "./cases.ts";
import { SUBJECTS } from "./subjects.ts";

/** What became of every adapter in every case. */
const table = new Map<string, Map<CaseName, "ok" | "FAILED" | "n/a">>();

for (const subject of SUBJECTS) {
  const row = new Map<CaseName, "ok" | "FAILED" | "n/a">();
  table.set(subject.name, row);
  test(`contract: ${subject.name}`, async (t) => {
    for (const [name, run] of CASES) {
      const reason = subject.skipped[name];
      row.set(name, reason === undefined ? "FAILED" : "n/a");
      if (reason !== undefined) continue;
      await t.step(name, async () => {
        await run(subject);
        row.set(name, "ok");
      });
    }
  });
}

test("contract: the table has no holes", () => {
  const names = [...CASES.keys()];
  const width = Math.max(...names.map(({ length }) => length));
  console.log(SUBJECTS.map(({ name }, index) => `${index + 1} ${name}`).join(", "));
  console.log(`${"".padEnd(width)} ${SUBJECTS.map((_, index) => `${index + 1}`.padStart(6)).join("")}`);
  for (const name of names) {
    const cells = SUBJECTS.map((subject) => (table.get(subject.name)?.get(name) ?? "hole").padStart(6));
    console.log(`${name.padEnd(width)} ${cells.join("")}`);
  }
  const reasons = new Map<string, string[]>();
  for (const { name, skipped } of SUBJECTS) {
    for (const [what, why] of Object.entries(skipped)) {
      reasons.set(`${what}: ${why}`, [...(reasons.get(`${what}: ${why}`) ?? []), name]);
    }
  }
  for (const [reason, who] of reasons) console.log(`n/a ${reason} (${who.join(", ")})`);
  const holes = SUBJECTS.flatMap(({ name }) =>
    names.filter((what) => !["ok", "n/a"].includes(table.get(name)?.get(what) ?? "")).map((what) =>
      `${name}: ${what}`
    )
  );
  assertEquals(holes, []);
});
