/** The files below `dir`, as paths from there, in the order of their names. */
export async function walkFiles(dir: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const entries = await Array.fromAsync(Deno.readDir(dir));
  for (const { name, isDirectory, isFile } of entries) {
    if (isFile) paths.push(name);
    else if (isDirectory) paths.push(...(await walkFiles(`${dir}/${name}`)).map((path) => `${name}/${path}`));
  }
  return paths.sort();
}

/** Copies a file and makes the folders that it needs. */
export async function copyInto(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

/** Writes a file and makes the folders that it needs. */
export async function writeInto(to: string, content: Uint8Array | string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await (typeof content === "string" ? Deno.writeTextFile(to, content) : Deno.writeFile(to, content));
}

/** Gives every file below `dir` the same time. */
export async function dateFiles(dir: string, time: Date): Promise<void> {
  for (const path of await walkFiles(dir)) await Deno.utime(`${dir}/${path}`, time, time);
}
