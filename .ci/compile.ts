/**
 * Makes the executable: everything that Earshot needs in one file.
 *
 *     deno task compile [--target linux-x64] [--slim] [--sherpa] [--output dist/earshot] [--models data/models]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { VERSION } from "../lib/app/version.ts";
import { MODEL_CATALOG, ModelStore } from "../lib/models/mod.ts";
import { findComponents } from "./compile/components.ts";
import { copyInto, dateFiles, writeInto } from "./compile/files.ts";
import { COMPUTED_MODULES } from "./compile/modules.ts";
import { addPack, type PackedFile } from "./compile/pack.ts";
import { printBillOfMaterials, printNotices } from "./compile/printings.ts";
import { runDeno } from "./compile/run.ts";
import { SHERPA_TERMS, sherpaFiles } from "./compile/sherpa.ts";
import { gitState } from "./compile/sources.ts";
import { findTarget, type Target } from "./compile/targets.ts";
import { layTree } from "./compile/tree.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** What every command of the executable may need at most; each gives up what it does not need. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys=hostname,networkInterfaces,setPriority,homedir,osRelease,uid,gid,statfs",
];

/** What an executable is made of. */
export interface CompileOptions {
  /** For which machine. */
  readonly target: Target;
  /** Whether weights are left out and fetched at the first start. */
  readonly slim: boolean;
  /** Whether sherpa-onnx is carried as well, with the GPL part that is linked into it. */
  readonly sherpa: boolean;
  /** The file to write. */
  readonly output: string;
  /** Where the weights are, or are fetched to. */
  readonly modelsDir: string;
}

/** Makes an executable and gives its size in bytes. */
export async function compile(options: CompileOptions): Promise<number> {
  const { target, slim, sherpa, output, modelsDir } = options;
  // First: it may not be possible for this target.
  const sherpaAssets = sherpa ? await sherpaFiles(target, modelsDir) : [];
  const { commit, committedAt, sources } = await gitState(ROOT);
  const workDir = await Deno.makeTempDir({ prefix: "earshot-compile-" });
  try {
    const [treeDir, packagesDir] = [`${workDir}/earshot`, `${workDir}/packages`];
    await Deno.mkdir(treeDir);
    await Deno.mkdir(packagesDir);
    await layTree({ root: ROOT, sources, treeDir, packagesDir, target });
    const build = JSON.stringify({ commit, target: target.triple, slim });
    await writeInto(`${treeDir}/build/build.json`, build);
    const components = await findComponents({
      root: ROOT,
      treeDir,
      packagesDir,
      slim,
      ...(sherpa && { sherpa: target }),
    });
    const subject = { version: VERSION, commit, target: target.triple, committedAt };
    await writeInto(`${workDir}/build/sbom.cdx.json`, printBillOfMaterials(components, subject));
    const own = await Deno.readTextFile(`${ROOT}/LICENSE`);
    await writeInto(`${workDir}/build/licenses.txt`, printNotices(components, own));
    const assets = [
      ...["build/licenses.txt", "build/sbom.cdx.json"].map((name) => ({ name, path: `${workDir}/${name}` })),
      ...await nativeFiles(target, packagesDir),
      ...sentences(sources),
      ...await weights(modelsDir, { slim }),
      ...sherpaAssets,
    ];
    if (target.assets === "unpacked") {
      for (const { name, path } of assets) await copyInto(path, `${treeDir}/embedded/${name}.bin`);
    }
    // The times of the files are embedded too.
    await dateFiles(treeDir, new Date(committedAt));
    const compiled = await compileTree(treeDir, `${workDir}/earshot.out`, target);
    await Deno.mkdir(output.replace(/[^/\\]*$/, "") || ".", { recursive: true });
    // Beside it and then into its place, so that one that runs is not written to.
    if (target.assets === "pack") await addPack(compiled, `${output}.tmp`, assets);
    else await Deno.copyFile(compiled, `${output}.tmp`);
    await Deno.rename(`${output}.tmp`, output);
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
  return (await Deno.stat(output)).size;
}

/** Runs `deno compile`; the name of its output and the folder's are the same every time, since both are embedded. */
async function compileTree(treeDir: string, output: string, target: Target): Promise<string> {
  const included = [...COMPUTED_MODULES, "config.yaml", "build", "node_modules"];
  if (target.assets === "unpacked") included.push("embedded");
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const v8Flags = /--v8-flags=\S+/.exec(tasks.start.command)?.[0];
  await runDeno([
    "compile",
    "--no-check",
    "--no-lock",
    // A cache in the shared temporary directory, under a name that anybody can guess, for 50 ms.
    "--no-code-cache",
    ...v8Flags === undefined ? [] : [v8Flags],
    ...PERMISSIONS,
    target.allowRun,
    ...target.assets === "unpacked" ? ["--self-extracting"] : [],
    `--target=${target.triple}`,
    `--output=${output}`,
    ...included.flatMap((path) => ["--include", path]),
    "main.ts",
  ], { cwd: treeDir });
  const written = target.triple.includes("windows") ? `${output}.exe` : output;
  await checkMachine(written, target);
  return written;
}

/** `DENORT_BIN` is taken whatever it is for; the result would not start. */
async function checkMachine(path: string, { elfMachine, triple }: Target): Promise<void> {
  if (elfMachine === undefined) return;
  using file = await Deno.open(path);
  const head = new Uint8Array(20);
  await file.read(head);
  const machine = new DataView(head.buffer).getUint16(18, true);
  if (machine !== elfMachine) {
    throw new Error(`Cannot compile for ${triple}: the runtime of DENORT_BIN is for ELF machine ${machine}`);
  }
}

/** The native code that a pack carries. */
function nativeFiles(target: Target, packagesDir: string): Promise<readonly PackedFile[]> {
  if (target.assets !== "pack") return Promise.resolve([]);
  const dir = `${packagesDir}/node_modules/onnxruntime-node/bin/napi-v6/${target.nativeDir}`;
  return Promise.resolve(
    target.nativeFiles.map((name) => ({ name: `native/${name}`, path: `${dir}/${name}` })),
  );
}

/** The sentences whose sound ships: in a pack they cost no memory until somebody hears one. */
function sentences(sources: readonly string[]): readonly PackedFile[] {
  const dir = "lib/tts/sentences/";
  return sources.filter((path) => path.startsWith(dir) && path.endsWith(".opus"))
    .map((path) => ({ name: `sentences/${path.slice(dir.length)}`, path: `${ROOT}/${path}` }));
}

/** Every model of the catalog, or those that ship, verified; what is missing is fetched. */
async function weights(
  modelsDir: string,
  { slim }: { readonly slim: boolean },
): Promise<readonly PackedFile[]> {
  const store = new ModelStore({ dir: modelsDir });
  const models = Object.entries(MODEL_CATALOG)
    .filter(([, { source }]) => !slim || "shipped" in source).map(([name]) => name);
  for (const model of models) await store.verify(model);
  await store.pull(models);
  const files: PackedFile[] = [];
  for (const model of models) {
    for (const { path } of (await store.status(model)).files) {
      files.push({ name: `models/${model}/${path.replace(/^.*[/\\]/, "")}`, path });
    }
  }
  return files;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      target: { type: "string" },
      slim: { type: "boolean", default: false },
      sherpa: { type: "boolean", default: false },
      output: { type: "string", default: "dist/earshot" },
      models: { type: "string", default: `${ROOT}/data/models` },
    },
  });
  const { slim, sherpa, output } = values;
  const target = findTarget(values.target);
  try {
    const sizeBytes = await compile({ target, slim, sherpa, output, modelsDir: values.models });
    console.log(`${output}: ${(sizeBytes / 1e6).toFixed(1)} MB for ${target.triple}`);
    if (sherpa) console.log(SHERPA_TERMS);
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    console.error(`${output} was not made; docs/executable.md says what that needs`);
    Deno.exit(1);
  }
}
