/**
 * Writes the pages of `docs/` that are generated from the code; a test holds them to it.
 *
 *     deno task docs
 *
 * @module
 */
import { architecturePage } from "./docs/architecture.ts";
import { configJsonSchema } from "./docs/config_schema.ts";
import { configurationPage } from "./docs/configuration.ts";
import { errorsPage } from "./docs/errors.ts";
import { importPicture } from "./docs/import_picture.ts";
import { limitsPage } from "./docs/limits.ts";
import { servicesPage } from "./docs/services.ts";

/** Every generated page: its path from the root, and what writes it. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/architecture.md": architecturePage,
  "docs/architecture.svg": importPicture,
  "docs/config.schema.json": configJsonSchema,
  "docs/configuration.md": configurationPage,
  "docs/errors.md": errorsPage,
  "docs/limits.md": limitsPage,
  "docs/services.md": servicesPage,
};

/** Where a page is. */
export function pageUrl(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

if (import.meta.main) {
  for (const [path, write] of Object.entries(PAGES)) await Deno.writeTextFile(pageUrl(path), await write());
}
