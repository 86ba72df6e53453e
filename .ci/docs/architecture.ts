/**
 * `docs/architecture.md`: written by hand, but for the table of folders.
 *
 * @module
 */
import { LAYERS } from "../lint/layers.ts";
import { GROUND, isThere } from "./import_picture.ts";
import { table } from "./table.ts";

const ROOT = new URL("../../", import.meta.url);
const PART = /(<!-- tree:.*-->\n)[^]*?(<!-- \/tree -->)/;

/** The whole page, with the table as the lint and the folders have it now. */
export async function architecturePage(): Promise<string> {
  const page = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
  const folders = Object.keys(LAYERS).filter(isThere);
  const rows = await Promise.all(folders.map(async (folder) => {
    const imports = (LAYERS[folder] ?? []).filter(isThere);
    const besides = imports.filter((name) => !GROUND.includes(name));
    const all = GROUND.every((name) => imports.includes(name)) ? ["the ground", ...besides] : imports;
    return [`\`${folder}/\``, await summaryOf(folder), all.join(", ")];
  }));
  const written = table(["Folder", "Holds", "May import"], rows);
  return page.replace(PART, (_, begin: string, end: string) => `${begin}\n${written}\n\n${end}`);
}

/** The first sentence of the folder's module comment. */
async function summaryOf(folder: string): Promise<string> {
  if (folder === "std") return "`@std/*` through `links`, where the JSR registry cannot be reached";
  const source = await Deno.readTextFile(new URL(`lib/${folder}/mod.ts`, ROOT));
  const [, comment = ""] = /^\/\*\*\n([^]*?)\*\//.exec(source) ?? [];
  const text = comment.replaceAll(/^ \* ?/gm, "").replaceAll(/\s+/g, " ").trim();
  const [sentence = text] = /^.*?[.;](?= |$)/.exec(text) ?? [];
  return sentence.replace(/[.;]$/, "");
}
