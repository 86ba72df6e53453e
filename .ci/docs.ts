/**
 * Writes the pages of `docs/` that are generated from the code; a test holds them to it.
 *
 *     deno task docs
 *
 * @module
 */
import { errorsPage } from "./docs/errors.ts";

/** Every generated page: its path from the root, and what writes it. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/errors.md": errorsPage,
};

/** Where a page is. */
export function pageUrl(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

if (import.meta.main) {
  for (const [path, write] of Object.entries(PAGES)) await Deno.writeTextFile(pageUrl(path), await write());
}
