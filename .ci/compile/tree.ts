/**
 * The folder that `deno compile` gets: our code as it is, the packages bundled, and nothing besides. It holds what
 * git knows, so that a stray file of a checkout cannot end up in an executable.
 *
 * @module
 */
import { copyInto, walkFiles, writeInto } from "./files.ts";
import type { BundledPackages } from "./packages.ts";
import { bundlePackages, packageSpecifiers } from "./packages.ts";
import type { Target } from "./targets.ts";
import { isUnbundled, UNBUNDLED } from "./unbundled.ts";

/** Options of {@linkcode layTree}. */
export interface TreeOptions {
  /** The repository. */
  readonly root: string;
  /** The files of the repository that belong to the program. */
  readonly sources: readonly string[];
  /** The folder that `deno compile` gets. */
  readonly treeDir: string;
  /** An empty folder for the packages; holds `node_modules` afterwards. */
  readonly packagesDir: string;
  /** For which machine. */
  readonly target: Target;
}

/** Lays the tree out. */
export async function layTree(options: TreeOptions): Promise<void> {
  const { root, sources, treeDir, packagesDir } = options;
  for (const path of sources) await copyInto(`${root}/${path}`, `${treeDir}/${path}`);
  const specifiers = await packageSpecifiers(treeDir);
  const packages = await bundlePackages(specifiers, {
    root,
    workDir: packagesDir,
    outDir: `${treeDir}/packages`,
  });
  await copyUnbundled(options);
  await copyNativeRuntime(options);
  await Deno.writeTextFile(`${treeDir}/deno.json`, JSON.stringify(await projectOf(root, packages)));
}

async function projectOf(root: string, packages: BundledPackages): Promise<unknown> {
  const { imports: all } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const bundled = [...packages].map(([specifier, file]) => [specifier, `./packages/${file}`]);
  const unbundled = Object.entries(all).filter(([specifier]) => isUnbundled(specifier));
  const imports = Object.fromEntries([...unbundled, ...bundled]);
  return { imports, nodeModulesDir: "manual" };
}

async function copyUnbundled({ packagesDir, treeDir }: TreeOptions): Promise<void> {
  const store = `${packagesDir}/node_modules/.deno`;
  for await (const { name: folder } of Deno.readDir(store)) {
    for (const [name, wanted] of Object.entries(UNBUNDLED)) {
      const from = `${store}/${folder}/node_modules/${name}`;
      if (!folder.startsWith(`${name.replace("/", "+")}@`)) continue;
      for (const path of await walkFiles(from)) {
        if (path !== "package.json" && !wanted.test(path)) continue;
        await copyInto(`${from}/${path}`, `${treeDir}/node_modules/${name}/${path}`);
      }
    }
  }
}

/** The native code that has to be a file beside the JavaScript of ONNX Runtime. */
async function copyNativeRuntime({ packagesDir, treeDir, target }: TreeOptions): Promise<void> {
  const [from, to] = [packagesDir, treeDir].map((dir) =>
    `${dir}/node_modules/onnxruntime-node/bin/napi-v6/${target.nativeDir}`
  );
  for (const name of target.nativeFiles) {
    if (target.assets === "unpacked") await copyInto(`${from}/${name}`, `${to}/${name}`);
    // What is looked for has to be there, although it is loaded from the pack.
    else if (name.endsWith(".node")) await writeInto(`${to}/${name}`, new Uint8Array());
  }
}
