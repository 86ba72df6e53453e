/**
 * `deno doc --lint` over every folder of `lib/`, less one kind of finding: a stage's config block is a zod
 * schema whose type is inferred, and whose keys each carry a description, which is more than a type would say.
 *
 * @module
 */

// deno-lint-ignore-file no-console
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
const faults = findings.filter((text) => !/-->.*\/lib\/(?:\w+\/)+config\.ts:/.test(text));
for (const fault of faults) console.error(fault);
console.log(`documentation of ${folders.length} folders: ${faults.length} faults`);
Deno.exit(faults.length === 0 ? 0 : 1);
