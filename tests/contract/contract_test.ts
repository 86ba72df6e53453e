import { assertEquals } from "@std/assert";
import { ASR_PROVIDERS, type AsrCapabilities, capabilitiesOf } from "../../lib/asr/mod.ts";
import { EngineEmulator } from "../support/engine_emulator.ts";
import { withSecrets } from "../support/open_recognizer.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { type AnySubject, BUSY, type CaseName, CASES } from "./cases.ts";
import { ENGINE_SUBJECTS } from "./engine_subjects.ts";
import { SUBJECTS } from "./subjects.ts";

const ALL: readonly AnySubject[] = [...SUBJECTS, ...ENGINE_SUBJECTS];

/**
 * How many cases of one subject run at once: they wait most of their time, and each rig looks after its connections.
 */
const AT_ONCE = 8;

/** What became of every adapter in every case. */
const table = new Map<string, Map<CaseName, "ok" | "FAILED" | "n/a">>();

/** Why cases do not apply to a subject. */
const skippedOf = new Map(ALL.map((subject) => [subject, skipped(subject)]));

function skipped(subject: AnySubject): AnySubject["skipped"] {
  if (capabilitiesIn(subject).endpointing) return subject.skipped;
  return { endpointing: "the session says when an utterance has ended", ...subject.skipped };
}

/** What a subject's recognizer can do. */
function capabilitiesIn(subject: AnySubject): AsrCapabilities {
  if ("overEngine" in subject) return subject.overEngine(new EngineEmulator()).capabilities;
  const nobody = `${"transport" in subject.dialect ? "tcp" : "ws"}://localhost:1`;
  return capabilitiesOf(withSecrets(subject.block(nobody), subject.secrets));
}

for (const subject of ALL) {
  const row = new Map<CaseName, "ok" | "FAILED" | "n/a">();
  table.set(subject.name, row);
  test(`contract: ${subject.name}`, async (t) => {
    const skips = skippedOf.get(subject) ?? {};
    for (const name of CASES.keys()) row.set(name, name in skips ? "n/a" : "FAILED");
    const run = async (name: CaseName) => {
      await CASES.get(name)?.(subject);
      row.set(name, "ok");
    };
    const names = [...CASES.keys()].filter((name) => !(name in skips));
    const waiting = names.filter((name) => !BUSY.has(name));
    await stepsAtOnce(t, waiting.map((name) => [name, () => run(name)]), { limit: AT_ONCE });
    for (const name of names.filter((name) => BUSY.has(name))) await t.step(name, () => run(name));
  });
}

test("contract: every registered type of recognizer is a subject", () => {
  const covered = ALL.map((subject) =>
    "overEngine" in subject ? subject.name.split(" ", 1)[0] : subject.block("ws://localhost:1").type
  );
  assertEquals(ASR_PROVIDERS.map(({ type }) => type).filter((type) => !covered.includes(type)), []);
});

test("contract: the table has no holes", () => {
  const names = [...CASES.keys()];
  const width = Math.max(...names.map(({ length }) => length));
  const lines = [
    ALL.map(({ name }, index) => `${index + 1} ${name}`).join(", "),
    `${"".padEnd(width)} ${ALL.map((_, index) => `${index + 1}`.padStart(7)).join("")}`,
    ...names.map((name) => {
      const cells = ALL.map((subject) => (table.get(subject.name)?.get(name) ?? "hole").padStart(7));
      return `${name.padEnd(width)} ${cells.join("")}`;
    }),
  ];
  const reasons = new Map<string, string[]>();
  for (const [{ name }, skipped] of skippedOf) {
    for (const [what, why] of Object.entries(skipped)) {
      const reason = `${what}: ${why}`;
      reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
    }
  }
  for (const [reason, who] of reasons) lines.push(`n/a ${reason} (${who.join(", ")})`);
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
  const holes = ALL.flatMap(({ name }) =>
    names.filter((what) => table.get(name)?.get(what) === undefined).map((what) => `${name}: ${what}`)
  );
  assertEquals(holes, []);
});
