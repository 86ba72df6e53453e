import { z } from "zod";
import { billOfMaterials, licenseNotices } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import type { CommandSpec } from "./command.ts";
import { print } from "./output.ts";

const licensesOptions = z.object({ sbom: z.boolean().default(false) });

/** `earshot licenses` */
export const licenses: CommandSpec<typeof licensesOptions> = {
  usage: "licenses",
  summary: "print the license notices of everything in this executable",
  examples: ["earshot licenses | less", "earshot licenses --sbom > earshot.cdx.json"],
  flags: [["--sbom", "print the bill of materials instead (CycloneDX, JSON)"]],
  permissions: ["read"],
  options: licensesOptions,
  async run({ options, output }) {
    if (options.sbom && output.json) output.result(JSON.parse(await billOfMaterials()));
    else if (options.sbom) print(await billOfMaterials());
    else if (output.json) output.result({ notices: await licenseNotices() });
    else print(await licenseNotices());
    return EXIT.ok;
  },
};
