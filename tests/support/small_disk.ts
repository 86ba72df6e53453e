/** Mounts a file system of 1 MiB, or says that it cannot: that takes root, on Linux. */
export async function mountSmall(dir: string): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return success;
}

/** Writes until nothing fits. */
export function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  for (let sizeBytes = 65_536; sizeBytes >= 1; sizeBytes = sizeBytes === 1 ? 0 : 1) {
    try {
      for (;;) file.writeSync(new Uint8Array(sizeBytes));
    } catch {
      continue;
    }
  }
}
