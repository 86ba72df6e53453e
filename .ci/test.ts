/**
 * The test tasks: finds the files, runs them side by side, and says at the end what was skipped and how to get it.
 *
 *     deno task test            what shows that a clone works: the folders of lib/, and the whole way end to end
 *     deno task test FILE...    just these files or folders, whole; options of `deno test` may stand among them
 *     deno task test:unit       the folders of lib/ without what needs weights or starts Earshot as a process
 *     deno task test:all        all tests, as CI runs them
 *
 * No list says where a test belongs. A folder that is not one of `lib/` holds what a newcomer does not need (every
 * service, every fault, many rounds), but for `e2e/` and `lint/`. What a unit test may not need is known by what it
 * imports.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Besides the folders of `lib/`: what `deno task test` runs as well. */
const IN_TEST = ["e2e", "lint"];
/** A file that reaches one of these needs the weights, or starts Earshot as a process. */
const HEAVY = ["tests/support/models.ts", "tests/support/cli.ts"].map((path) => resolve(ROOT, path));
/** Folders whose tests measure, or load the whole machine. */
const ALONE = ["bench", "soak"];
const CORES = navigator.hardwareConcurrency;

const LEVELS = ["unit", "test", "all"] as const;
type Level = typeof LEVELS[number];

const [first, ...words] = Deno.args;
const level = LEVELS.find((name) => name === first);
if (level === undefined) throw new Error(`Cannot test "${first}": it is one of ${LEVELS.join(", ")}`);
const named = words.filter((word) => !word.startsWith("-"));
const options = words.filter((word) => word.startsWith("-"));
for (const path of named) {
  if (await Deno.stat(resolve(ROOT, path)).then(() => true, () => false)) continue;
  console.error(`Cannot test ${path}: there is no such file or folder; give a path such as tests/audio`);
  Deno.exit(2);
}
const chosen = named.length > 0 ? filesIn(named) : filesIn(["tests"]).filter((file) => isPartOf(file, level));
const alone = chosen.filter((file) => ALONE.includes(folderOf(file)));
const heavy = chosen.filter((file) => !alone.includes(file) && reaches(file, HEAVY));
const light = chosen.filter((file) => !alone.includes(file) && !heavy.includes(file));

const reasons = await Deno.makeTempFile({ prefix: "earshot-test-skipped-" });
/** Unit tests run on one transport; where files are named, on each. */
const quick: Record<string, string> = level === "unit" && named.length === 0
  ? { EARSHOT_TEST_TRANSPORT: "deno" }
  : {};
const total = { passed: 0, failed: 0, success: true };
try {
  // Light ones wait most of their time; heavy ones compute in processes of their own.
  for (const [files, jobs] of [[light, 4 * CORES], [heavy, CORES + 1], [alone, 1]] as const) {
    if (files.length > 0) await runAndTry(files, Math.min(jobs, files.length));
  }
  const skipped = new Set(Deno.readTextFileSync(reasons).split("\n").filter((line) => line !== ""));
  for (const reason of skipped) console.log(`skipped: ${reason}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
} finally {
  await Deno.remove(reasons);
}
Deno.exit(total.success ? 0 : 1);

/** Runs files side by side; tests that fail get another chance, one at a time, since a busy machine fails waits. */
async function runAndTry(files: readonly string[], jobs: number): Promise<void> {
  const first = await run(files, jobs);
  total.passed += first.passed;
  if (first.success || jobs === 1 || first.failedFiles.length === 0) {
    total.failed += first.failed;
    total.success &&= first.success;
    return;
  }
  console.log(`\nonce more, without others beside them: ${first.failedFiles.join(" ")}`);
  const again = await run(first.failedFiles, 1, first.failedTests);
  // What had passed in these files is counted already.
  total.passed += first.failed - again.failed;
  total.failed += again.failed;
  total.success &&= again.success;
}

interface Result {
  readonly success: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly failedFiles: readonly string[];
  /** Their tests; `undefined` where a file failed besides. */
  readonly failedTests: readonly string[] | undefined;
}

/** Runs files, or these tests of them, so many at a time, and reads off what came of them. */
async function run(files: readonly string[], jobs: number, tests?: readonly string[]): Promise<Result> {
  await using child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      "--no-check",
      "--quiet",
      "--lock=tests/deno.lock",
      ...(jobs > 1 ? ["--parallel"] : []),
      ...(tests === undefined ? [] : [`--filter=/^(?:${tests.map(escaped).join("|")})$/`]),
      ...options,
      ...files,
    ],
    cwd: ROOT,
    env: { EARSHOT_TEST_SKIPPED: reasons, DENO_JOBS: String(jobs), ...quick },
    stdout: "piped",
  }).spawn();
  const failedFiles = new Set<string>();
  const failedTests = new Set<string>();
  let failedBesides = false;
  let [passed, failed] = [0, 0];
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const lines = (rest + stripVTControlCharacters(text)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, file, name] =
        /^\.\/(\S+_test\.ts) (?:=> (.*?) \.\.\. .*FAILED|\(uncaught error\))/.exec(line) ?? [];
      if (file !== undefined) failedFiles.add(file);
      if (name !== undefined) failedTests.add(name);
      else failedBesides ||= file !== undefined;
      const counts = /^(?:ok|FAILED) \| (\d+) passed.* \| (\d+) failed/.exec(line);
      if (counts !== null) [passed = 0, failed = 0] = counts.slice(1).map(Number);
    }
  }
  const { success } = await child.status;
  return {
    success,
    passed,
    failed,
    failedFiles: [...failedFiles],
    failedTests: failedBesides ? undefined : [...failedTests],
  };
}

/** A text as a regular expression finds it. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** The test files that `paths` name or hold, relative to the root. */
function filesIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const absolute = resolve(ROOT, path);
    if (!Deno.statSync(absolute).isDirectory) return [relative(ROOT, absolute)];
    const inside = [...Deno.readDirSync(absolute)].filter(({ name, isDirectory }) =>
      isDirectory || name.endsWith("_test.ts")
    );
    return filesIn(inside.map(({ name }) => `${path}/${name}`).sort());
  });
}

function isPartOf(file: string, level: Level): boolean {
  if (level === "all") return true;
  const folder = folderOf(file);
  if (level === "test") return isFolderOfLib(folder) || IN_TEST.includes(folder);
  return (isFolderOfLib(folder) || folder === "lint") && !reaches(file, HEAVY);
}

/** The folder of `tests/` that a file is in. */
function folderOf(file: string): string {
  return relative("tests", file).split("/")[0] ?? "";
}

function isFolderOfLib(folder: string): boolean {
  return [...Deno.readDirSync(resolve(ROOT, "lib"))].some(({ name }) => name === folder);
}

/** Whether a file imports one of `targets`, over however many others. */
function reaches(file: string, targets: readonly string[], seen = new Set<string>()): boolean {
  const path = resolve(ROOT, file);
  if (targets.includes(path)) return true;
  if (seen.has(path) || !path.startsWith(`${ROOT}tests/`)) return false;
  seen.add(path);
  const imports = Deno.readTextFileSync(path).matchAll(/^(?:import|export|\}).* from "(\.[^"]+)"/gm);
  return [...imports].some(([, other = ""]) => reaches(resolve(dirname(path), other), targets, seen));
}
