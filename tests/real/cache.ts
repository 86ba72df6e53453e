import { fileURLToPath } from "node:url";

/** Where the peers and their weights stay between runs, outside of the checkout: about 1.5 GB. */
export const CACHE_DIR = Deno.env.get("EARSHOT_REAL_CACHE") ?? `${userCache()}/earshot-real`;

function userCache(): string {
  const { XDG_CACHE_HOME, HOME } = Deno.env.toObject();
  return XDG_CACHE_HOME ??
    (HOME === undefined ? fileURLToPath(new URL("../../data", import.meta.url)) : `${HOME}/.cache`);
}

/** What marks a folder that was made to its end. */
const COMPLETE = ".complete";

/**
 * A folder of the cache, made where it is not there yet, or was not made to its end. `recipe` is what it is made from:
 * another recipe makes another folder.
 */
export async function cached(
  name: string,
  recipe: string,
  make: (dir: string) => Promise<void>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(recipe));
  const dir = `${CACHE_DIR}/${name}-${new Uint8Array(digest).toHex().slice(0, 8)}`;
  if (await exists(`${dir}/${COMPLETE}`)) return dir;
  await removeDir(dir);
  await Deno.mkdir(dir, { recursive: true });
  await make(dir);
  await Deno.writeTextFile(`${dir}/${COMPLETE}`, "");
  return dir;
}

/** Removes a folder with all that is in it, if it is there. */
export async function removeDir(dir: string): Promise<void> {
  try {
    await Deno.remove(dir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
