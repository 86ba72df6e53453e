/**
 * The test tasks: finds the files, runs them side by side, and says at the end what was skipped and how to get it.
 *
 *     deno task test            what shows that a clone works: the folders of lib/, and the whole way end to end
 *     deno task test FILE...    just these files or folders; options of `deno test` may stand among them
 *     deno task test:unit       the folders of lib/ alone, without weights and without processes of our own
 *     deno task test:all        all tests, as CI runs them
 *
 * No list says where a file belongs. A folder that is not one of `lib/` holds what a newcomer does not need: every
 * service, every fault, many rounds; only `e2e/` and `lint/` are part of `deno task test`. What a unit test may not
 * need is known by what it imports.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Besides the folders of `lib/`: what `deno task test` runs as well. */
const IN_TEST = ["e2e", "lint"];
/** A file that reaches one of these is no unit test: it needs the weights, or starts Earshot as a process. */
const NOT_UNIT = ["tests/support/models.ts", "tests/support/cli.ts"].map((path) => resolve(ROOT, path));
/** Folders whose tests look at time or load the whole machine; they run last, one after the other. */
const ALONE = ["bench", "soak"];
/** Tests wait more than they compute: with two files a core, both cores are busy. */
const JOBS = String(2 * navigator.hardwareConcurrency);

type Level = "unit" | "test" | "all";

const [level = "test", ...words] = Deno.args;
const reasons = await Deno.makeTempFile({ prefix: "earshot-test-skipped-" });
let code = 0;
try {
  const named = words.filter((word) => !word.startsWith("-"));
  const options = words.filter((word) => word.startsWith("-"));
  const files = named.length > 0 ? named : testFiles().filter((file) => isPartOf(file, level as Level));
  const last = files.filter((file) => ALONE.includes(folderOf(file)));
  const sideBySide = files.filter((file) => !last.includes(file));
  if (sideBySide.length > 0) code = await run([...sideBySide, ...options], { parallel: named.length !== 1 });
  if (last.length > 0) code = await run([...last, ...options], { parallel: false }) || code;
  for (const reason of new Set(Deno.readTextFileSync(reasons).split("\n").filter(Boolean))) {
    console.log(`skipped: ${reason}`);
  }
} finally {
  await Deno.remove(reasons);
}
Deno.exit(code);

async function run(args: readonly string[], { parallel }: { readonly parallel: boolean }): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      "--no-check",
      "--quiet",
      "--lock=tests/deno.lock",
      ...(parallel ? ["--parallel"] : []),
      ...args,
    ],
    cwd: ROOT,
    env: { EARSHOT_TEST_SKIPPED: reasons, DENO_JOBS: Deno.env.get("DENO_JOBS") ?? JOBS },
  }).spawn().status;
  return code;
}

/** Every test file, as a path from the root. */
function testFiles(dir = resolve(ROOT, "tests")): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(`${dir}/${name}`);
    return name.endsWith("_test.ts") ? [relative(ROOT, `${dir}/${name}`)] : [];
  }).sort();
}

function folderOf(file: string): string {
  return relative(resolve(ROOT, "tests"), resolve(ROOT, file)).split("/")[0] ?? "";
}

function isPartOf(file: string, level: Level): boolean {
  if (level === "all") return true;
  const folder = folderOf(file);
  if (!isFolderOfLib(folder)) return folder === "lint" || level === "test" && IN_TEST.includes(folder);
  return level === "test" || !reaches(resolve(ROOT, file), NOT_UNIT);
}

function isFolderOfLib(folder: string): boolean {
  try {
    return Deno.statSync(resolve(ROOT, "lib", folder)).isDirectory;
  } catch {
    return false;
  }
}

/** Whether a file imports one of `targets`, over however many others of `tests/`. */
function reaches(file: string, targets: readonly string[], seen = new Set<string>()): boolean {
  if (targets.includes(file)) return true;
  if (seen.has(file) || !file.startsWith(resolve(ROOT, "tests"))) return false;
  seen.add(file);
  const imports = Deno.readTextFileSync(file).matchAll(/\bfrom "(\.[^"]+)"/g);
  return [...imports].some(([, path = ""]) => reaches(resolve(dirname(file), path), targets, seen));
}
