/**
 * `deno doc --lint` over every folder of `lib/`, less what says nothing: a stage's config block, and its block of
 * counters, is a table whose type is inferred, and whose keys each carry a description, which is more than a type
 * would say; and a readonly field may stand without a comment, where its name says it all; and types of zod are public where they are.
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
const faults = findings.filter((text) =>
  !isInferredBlock(text) && !isPlainField(text) && !isLibraryType(text)
);
for (const fault of faults) console.error(fault);
console.log(`documentation of ${folders.length} folders: ${faults.length} faults`);
Deno.exit(faults.length === 0 ? 0 : 1);

function isInferredBlock(finding: string): boolean {
  return /-->.*\/lib\/(?:\w+\/)+(?:\w*config|counters|service_keys)\.ts:/.test(finding);
}

function isPlainField(finding: string): boolean {
  const { path, line } = PLACE.exec(finding)?.groups ?? {};
  if (!finding.startsWith("error[missing-jsdoc]") || path === undefined) return false;
  const text = Deno.readTextFileSync(path).split("\n")[Number(line) - 1] ?? "";
  return /^ {2}readonly [\w[]/.test(text);
}

/** Types of zod are documented where they are. */
function isLibraryType(finding: string): boolean {
  return /^error\[private-type-ref\].*references private type '(Zod\w+|output)'/.test(finding);
}
