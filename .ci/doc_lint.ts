/**
 * `deno doc --lint` over every folder of `lib/`, less two kinds of finding: a stage's config block, and its block of
 * counters, is a table whose type is inferred, and whose keys each carry a description, which is more than a type
 * would say; and a field of an interface `...Options` may stand without a comment, where its name says it all.
 *
 * @module
 */

// deno-lint-ignore-file no-console
/** Where a finding points to: a file and the line in it. */
const PLACE = /-->\s(?<path>\S+):(?<line>\d+):\d+/;

const folders = [...Deno.readDirSync("lib")]
  .map(({ name }) => `lib/${name}/mod.ts`)
  .filter((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", "--lock=tests/deno.lock", ...folders],
  env: { NO_COLOR: "1" },
  stdout: "null",
}).output();
const findings = new TextDecoder().decode(stderr).split(/(?=^error)/m).filter((text) =>
  text.startsWith("error[")
);
const faults = findings.filter((text) => !isInferredBlock(text) && !isOptionField(text));
for (const fault of faults) console.error(fault);
console.log(`documentation of ${folders.length} folders: ${faults.length} faults`);
Deno.exit(faults.length === 0 ? 0 : 1);

function isInferredBlock(finding: string): boolean {
  return /-->.*\/lib\/(?:\w+\/)+(?:config|counters)\.ts:/.test(finding);
}

function isOptionField(finding: string): boolean {
  const { path, line } = PLACE.exec(finding)?.groups ?? {};
  if (!finding.startsWith("error[missing-jsdoc]") || path === undefined) return false;
  const lines = Deno.readTextFileSync(path).split("\n").slice(0, Number(line));
  const around = lines.findLast((text) => /^(?:export |\})/.test(text)) ?? "";
  return /^ {2}/.test(lines.at(-1) ?? "") && /^export interface \w*Options\b/.test(around);
}
