/**
 * The npm packages of the executable, each bundled to what is used of it: of 28 MB of packages 4 MB stay, which is
 * also what every process of the executable holds in memory up to Deno 2.7. Our own code stays a module graph, so
 * that a stack trace names files and lines that a reader can find.
 *
 * @module
 */
import { walkFiles } from "./files.ts";
import { runDeno } from "./run.ts";
import { EXTERNAL, isUnbundled } from "./unbundled.ts";

/** A package's specifier in our code, and the file of the bundle that stands for it. */
export type BundledPackages = ReadonlyMap<string, string>;

/** Every package specifier that the modules below `dir` import; `lib/std` is what `@std/...` is made of. */
export async function packageSpecifiers(dir: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of await walkFiles(dir)) {
    if (!/\.[jt]s$/.test(path) || path.endsWith(".d.ts") || path.startsWith("lib/std/")) continue;
    const source = await Deno.readTextFile(`${dir}/${path}`);
    for (const [, specifier = ""] of source.matchAll(/^(?:import|export|\}).* from "([^"]+)";$/gm)) {
      if (!/^(\.|node:)/.test(specifier) && !isUnbundled(specifier)) found.add(specifier);
    }
  }
  return [...found].sort();
}

/** Options of {@linkcode bundlePackages}. */
export interface BundleOptions {
  /** The repository. */
  readonly root: string;
  /** An empty folder to work in; it holds `node_modules` afterwards. */
  readonly workDir: string;
  /** Where the bundles go. */
  readonly outDir: string;
}

/** Bundles packages into `outDir`. The packages are those of `.ci/executable.lock` and no others. */
export async function bundlePackages(
  specifiers: readonly string[],
  { root, workDir, outDir }: BundleOptions,
): Promise<BundledPackages> {
  await writeProject(root, workDir);
  const files = new Map<string, string>();
  const entries: string[] = [];
  for (const specifier of specifiers) {
    const name = specifier.replace(/^npm:/, "").replace(/\.js$/, "").replaceAll(/[^\w.-]+/g, "_");
    files.set(specifier, `${name}.js`);
    entries.push(`${name}.ts`);
    const names = Object.keys(await import(specifier)).filter((key) => /^[\w$]+$/.test(key));
    await Deno.writeTextFile(
      `${workDir}/${name}.ts`,
      `export { ${names.sort().join(", ")} } from ${JSON.stringify(specifier)};\n`,
    );
  }
  await runDeno(["install", "--quiet", "--entrypoint", ...entries], { cwd: workDir });
  await mendJsonMains(`${workDir}/node_modules/.deno`);
  await runDeno([
    "bundle",
    "--quiet",
    "--no-check",
    "--code-splitting",
    `--external=${EXTERNAL}`,
    `--outdir=${outDir}`,
    ...entries,
  ], {
    cwd: workDir,
  });
  for (const path of await walkFiles(outDir)) await giveNames(`${outDir}/${path}`);
  return files;
}

/** A CommonJS module knows its folder and its file by two names, which the bundler leaves to us. */
async function giveNames(path: string): Promise<void> {
  const source = await Deno.readTextFile(path);
  const names = ["dirname", "filename"].filter((name) => source.includes(`__${name}`));
  const given = names.map((name) => `const __${name} = import.meta.${name};\n`);
  if (given.length > 0) await Deno.writeTextFile(path, given.join("") + source);
}

/** The import map of the repository with a `node_modules` folder, which the bundler can be helped in. */
async function writeProject(root: string, workDir: string): Promise<void> {
  const { imports, links, allowScripts } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const project = {
    imports,
    links,
    allowScripts,
    nodeModulesDir: "auto",
    lock: { path: "./deno.lock", frozen: true },
  };
  await Deno.writeTextFile(`${workDir}/deno.json`, JSON.stringify(project));
  await Deno.copyFile(`${root}/.ci/executable.lock`, `${workDir}/deno.lock`);
  for (const path of await walkFiles(`${root}/lib/std`)) {
    const to = `${workDir}/lib/std/${path}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(`${root}/lib/std/${path}`, to);
  }
}

/** Node takes `index.json` for a package's main file, and `x.json` for `x`; the bundler wants a script. */
async function mendJsonMains(store: string): Promise<void> {
  for (const path of await walkFiles(store)) {
    if (!/node_modules\/spdx-[\w-]+\/\w+\.json$/.test(path) || path.endsWith("package.json")) continue;
    const script = `${store}/${path.replace(/\.json$/, ".js")}`;
    const json = path.slice(path.lastIndexOf("/") + 1);
    await Deno.writeTextFile(script, `module.exports = require("./${json}");\n`);
  }
}
