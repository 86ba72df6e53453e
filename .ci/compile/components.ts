/**
 * What is inside an executable, each part with its version, its license and its notice: the packages that the
 * bundles were made of, the weights, and the runtimes. The bill of materials and `earshot licenses` are two
 * printings of this list.
 *
 * @module
 */
import { MODEL_CATALOG } from "../../lib/models/mod.ts";
import { walkFiles } from "./files.ts";
import { sherpaComponents } from "./sherpa.ts";
import type { Target } from "./targets.ts";
import { UNBUNDLED } from "./unbundled.ts";

/** One part of an executable. */
export interface Component {
  /** What kind of thing it is, in CycloneDX's words. */
  readonly type: "library" | "platform" | "machine-learning-model" | "data";
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or what its authors call it. */
  readonly license: string;
  /** What has to be known of it besides. */
  readonly description?: string;
  /** Its notices, as they have to be passed on. */
  readonly notice: string;
  /** Where it comes from, as a package URL. */
  readonly purl?: string;
  /** Sums of what was fetched. */
  readonly hashes: readonly { readonly alg: "SHA-512" | "SHA-256"; readonly content: string }[];
}

/** Options of {@linkcode findComponents}. */
export interface ComponentsOptions {
  /** The repository. */
  readonly root: string;
  /** The folder that `deno compile` gets. */
  readonly treeDir: string;
  /** The folder with the `node_modules` that the bundles were made of. */
  readonly packagesDir: string;
  /** Whether weights are left out. */
  readonly slim: boolean;
  /** For which machine sherpa-onnx is carried, if it is. */
  readonly sherpa?: Target;
}

/** Every part, in a fixed order. */
export async function findComponents(options: ComponentsOptions): Promise<readonly Component[]> {
  const { root, slim, sherpa } = options;
  const packages = await packagesInside(options);
  return [
    ...await platforms(root),
    ...sherpa === undefined ? [] : await sherpaComponents(sherpa, root, (holder) => mit(root, holder)),
    ...packages,
    await sentences(root),
    ...await models(root, { slim }),
  ];
}

/** The sound of the sentences that ship: of its voice nothing else is inside. */
async function sentences(root: string): Promise<Component> {
  const apache = await Deno.readTextFile(`${root}/.ci/compile/notices/apache-2.0.txt`);
  const notice = await Deno.readTextFile(`${root}/lib/tts/sentences/NOTICE`);
  return {
    type: "data",
    name: "kokoro-sentences",
    version: "1.0",
    license: "Apache-2.0",
    description: "the sound of what a device is told, which no voice has to be there for",
    notice: `${notice}\n${apache}`,
    hashes: [],
  };
}

/** The packages that the bundler wrote into a bundle, by the comments that it leaves, and those kept whole. */
async function packagesInside({ root, treeDir, packagesDir }: ComponentsOptions): Promise<Component[]> {
  const folders = new Set<string>();
  for (const path of await walkFiles(`${treeDir}/packages`)) {
    const source = await Deno.readTextFile(`${treeDir}/packages/${path}`);
    for (const [, folder = ""] of source.matchAll(/^ *\/\/ \S*node_modules\/\.deno\/([^/\s]+)\//gm)) {
      folders.add(folder);
    }
  }
  const store = `${packagesDir}/node_modules/.deno`;
  for await (const { name } of Deno.readDir(store)) {
    if (Object.hasOwn(UNBUNDLED, name.slice(0, name.lastIndexOf("@")).replace("+", "/"))) folders.add(name);
  }
  const { npm } = JSON.parse(await Deno.readTextFile(`${root}/.ci/executable.lock`));
  return await Promise.all(
    [...folders].sort().map(async (folder) => {
      const name = folder.slice(0, folder.lastIndexOf("@")).replace("+", "/");
      const dir = `${store}/${folder}/node_modules/${name}`;
      const { version, license } = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
      const integrity: string | undefined = npm[`${name}@${version}`]?.integrity;
      if (integrity === undefined) throw new Error(`Cannot list ${folder}: the lock file does not know it`);
      return {
        type: "library",
        name,
        version,
        license: typeof license === "string" ? license : license?.type ?? "see its notice",
        notice: await packageNotice(dir, name),
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
      };
    }),
  );
}

/** What a package says about its license; some ship no text, and then its author and the name of the license do. */
async function packageNotice(dir: string, name: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(dir))).filter(({ isFile }) => isFile).map(({ name }) =>
    name
  );
  const texts = names.filter((file) => /^(licen[cs]e|copying|notice|third.?party)/i.test(file)).sort();
  if (texts.length > 0) {
    const contents = await Promise.all(texts.map((file) => Deno.readTextFile(`${dir}/${file}`)));
    return contents.join("\n\n");
  }
  const { author, license, repository } = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  const by = typeof author === "string" ? author : author?.name ?? "its authors";
  const from = typeof repository === "string" ? repository : repository?.url ?? `npm: ${name}`;
  return `Copyright ${by}. Licensed under ${license}; the package ships no text of its own.\n${from}`;
}

async function platforms(root: string): Promise<Component[]> {
  const notice = (name: string) => Deno.readTextFile(`${root}/.ci/compile/notices/${name}.txt`);
  const platform = { type: "platform", hashes: [] } as const;
  return [
    {
      ...platform,
      name: "deno",
      version: Deno.version.deno,
      license: "MIT",
      notice: `${mit(root, "2018-2026 the Deno authors")}
The notices of the Rust crates in it are in its repository: github.com/denoland/deno, Cargo.lock.`,
    },
    {
      ...platform,
      name: "v8",
      version: Deno.version.v8,
      license: "BSD-3-Clause",
      notice: await notice("v8"),
    },
    {
      ...platform,
      type: "library",
      name: "onnxruntime",
      version: "1.27.0",
      license: "MIT",
      notice: `${mit(root, "Microsoft Corporation")}
The notices of what is in it are in its repository: github.com/microsoft/onnxruntime, ThirdPartyNotices.txt.`,
    },
    {
      ...platform,
      type: "library",
      name: "libopus",
      version: "in @evan/opus 1.0.3",
      license: "BSD-3-Clause",
      notice: await notice("opus"),
    },
    {
      ...platform,
      type: "library",
      name: "libmpg123",
      version: "in mpg123-decoder 1.0.3",
      license: "LGPL-2.1-or-later",
      description:
        "as WASM, in the bundle of the package that carries it; another one may stand in its place: the sources of " +
        "Earshot build with any mpg123-decoder",
      notice: await notice("lgpl-2.1"),
    },
  ];
}

async function models(root: string, { slim }: { readonly slim: boolean }): Promise<Component[]> {
  const read = (path: string) => Deno.readTextFile(`${root}/${path}`);
  const notices: Readonly<Record<string, string>> = {
    "moonshine-tiny-en": mit(root, "2024 Useful Sensors, Inc. (Moonshine AI)"),
    "silero-vad-v6": mit(root, "2020-present Silero Team"),
    "hibari": `${await read("lib/models/shipped/hibari/NOTICE")}\n${await read(
      ".ci/compile/notices/apache-2.0.txt",
    )}`,
    "flite-slt": await read(".ci/compile/notices/flite.txt"),
  };
  const carried = Object.entries(MODEL_CATALOG).filter(([, { source }]) => !slim || "shipped" in source);
  return carried.map(([name, { license, source, files }]) => {
    const notice = notices[name];
    if (notice === undefined) throw new Error(`Cannot list ${name}: components.ts has no notice for it`);
    return {
      type: "machine-learning-model",
      name,
      version: source.version,
      license,
      notice,
      purl: "shipped" in source
        ? source.purl
        : `pkg:npm/${source.package.replace("@", "%40")}@${source.version}`,
      hashes: Object.values(files).map(({ sha256 }) => ({ alg: "SHA-256", content: sha256 })),
    };
  });
}

/** The text of the MIT license, which is our own as well, with another holder. */
function mit(root: string, holder: string): string {
  return Deno.readTextFileSync(`${root}/LICENSE`).replace(/^Copyright .*$/m, `Copyright (c) ${holder}`);
}

function hexOf(integrity: string): string {
  const bytes = Uint8Array.from(atob(integrity.replace(/^sha512-/, "")), (char) => char.charCodeAt(0));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
