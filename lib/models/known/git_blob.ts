import { createHash } from "node:crypto";
import { onDisk } from "../disk.ts";

/** What git calls the content of a file: the sha1 of a header and all its bytes, in hex. Throws `model.directory`. */
export function gitBlobHash(path: string): Promise<string> {
  return onDisk(path, async () => {
    using file = await Deno.open(path);
    const hash = createHash("sha1").update(`blob ${(await file.stat()).size}\0`);
    for await (const bytes of file.readable) hash.update(bytes);
    return hash.digest("hex");
  });
}
