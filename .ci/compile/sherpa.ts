/**
 * sherpa-onnx inside an executable, for who makes one for a machine of his own (`--sherpa`). The executable that is made
 * without being asked has none of it: its library has espeak-ng linked in, which is GPL.
 *
 * @module
 */
import { ModelStore, SHERPA_LIBRARY, type SherpaCatalog, sherpaLibrary } from "../../lib/models/mod.ts";
import type { Component } from "./components.ts";
import type { PackedFile } from "./pack.ts";
import type { Target } from "./targets.ts";

/** What it means for passing such an executable on. */
export const SHERPA_TERMS =
  "This executable holds espeak-ng (GPL-3.0-or-later), which is linked into sherpa-onnx's library: run it on your own " +
  "boxes as you like; whoever passes it on, passes the whole on under the GPL, with its text and the sources.";

/**
 * The native code of sherpa-onnx for a machine. Throws a `RangeError` where an executable cannot carry it: a library
 * finds its neighbors by their names, which what unpacks itself does not keep, and nobody could try it.
 */
export function sherpaFor({ triple, assets }: Pick<Target, "triple" | "assets">): SherpaCatalog {
  const arch = triple.startsWith("aarch64") ? "aarch64" : "x86_64";
  const catalog = assets === "pack" ? sherpaLibrary({ os: "linux", arch }) : undefined;
  if (catalog !== undefined) return catalog;
  throw new RangeError(
    `Cannot put sherpa-onnx into an executable for ${triple}: only those for Linux can carry it; ` +
      "without --sherpa, it is fetched with the first model that needs it",
  );
}

/** Its files, verified, under the names by which the executable's model store looks for them; fetched when missing. */
export async function sherpaFiles(target: Target, modelsDir: string): Promise<readonly PackedFile[]> {
  // A folder for each kind of machine: some of their files have the same name.
  const store = new ModelStore({ dir: `${modelsDir}/${target.triple}`, catalog: sherpaFor(target) });
  await store.verify();
  await store.pull([SHERPA_LIBRARY]);
  const { files } = await store.status(SHERPA_LIBRARY);
  return files.map(({ path }) => ({
    name: `models/${SHERPA_LIBRARY}/${path.replace(/^.*[/\\]/, "")}`,
    path,
  }));
}

/** What it adds to the list of what is inside; `root` is the repository, `mit` its license with another holder. */
export async function sherpaComponents(
  target: Target,
  root: string,
  mit: (holder: string) => string,
): Promise<readonly Component[]> {
  const { source, files: { api, runtime } } = sherpaFor(target)[SHERPA_LIBRARY];
  const text = (name: string) => Deno.readTextFile(`${root}/.ci/compile/notices/${name}.txt`);
  const inside = `in ${SHERPA_LIBRARY} ${source.version}`;
  return [
    {
      type: "library",
      name: SHERPA_LIBRARY,
      version: source.version,
      license: "Apache-2.0",
      notice: `Copyright the next-gen Kaldi team.
What is linked into it besides, and its notices, is in its repository: github.com/k2-fsa/sherpa-onnx, cmake.

${await text("apache-2.0")}`,
      purl: `pkg:npm/${source.package}@${source.version}`,
      hashes: [{ alg: "SHA-256", content: api.sha256 }],
    },
    {
      type: "library",
      name: "espeak-ng",
      version: inside,
      license: "GPL-3.0-or-later",
      description: SHERPA_TERMS,
      notice: `Copyright Jonathan Duddington, Reece H. Dunn and others.
Its sources: github.com/espeak-ng/espeak-ng, and the version that is inside: github.com/k2-fsa/sherpa-onnx,
cmake/espeak-ng-for-piper.cmake, at v${source.version}.

${await text("gpl-3.0")}`,
      hashes: [],
    },
    {
      type: "library",
      name: "onnxruntime",
      version: inside,
      license: "MIT",
      notice: `${mit("Microsoft Corporation")}
The notices of what is in it are in its repository: github.com/microsoft/onnxruntime, ThirdPartyNotices.txt.`,
      hashes: [{ alg: "SHA-256", content: runtime.sha256 }],
    },
  ];
}
