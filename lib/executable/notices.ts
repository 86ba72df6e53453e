import { EarshotError } from "../errors/mod.ts";
import { embeddedPath, readWhole } from "./embedded_files.ts";

/** The license notices of everything inside this executable. Throws `cli.not_compiled` in a checkout. */
export function licenseNotices(): Promise<string> {
  return readText("licenses.txt");
}

/** The bill of materials of this executable, CycloneDX as JSON. Throws `cli.not_compiled` in a checkout. */
export function billOfMaterials(): Promise<string> {
  return readText("sbom.cdx.json");
}

async function readText(name: string): Promise<string> {
  const path = embeddedPath(`build/${name}`);
  if (path !== undefined) return new TextDecoder().decode(await readWhole(path));
  throw new EarshotError("cli.not_compiled", "Cannot show what is inside: this is not the executable");
}
