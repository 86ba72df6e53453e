import { EarshotError } from "../errors/mod.ts";

/** The licence notices of everything inside this executable. Throws `cli.not_compiled` in a checkout. */
export function licenceNotices(): string {
  return readAsset("licenses.txt");
}

/** The bill of materials of this executable, CycloneDX as JSON. Throws `cli.not_compiled` in a checkout. */
export function billOfMaterials(): string {
  return readAsset("sbom.cdx.json");
}

/** Needs no permission: the file is inside. */
function readAsset(name: string): string {
  if (!Deno.build.standalone) {
    throw new EarshotError(
      "cli.not_compiled",
      "Cannot show what is inside: this is a checkout, not the executable",
    );
  }
  return Deno.readTextFileSync(`${import.meta.dirname}/../../build/${name}`);
}
