/**
 * How to make a file into one that is read, as half a sentence with a command that can be pasted; without a name it is
 * standard input.
 */
export function convertWith(file: string | undefined): string {
  return file === undefined
    ? "convert it on the way: `ffmpeg -i - -ar 16000 -ac 1 -f wav -`"
    : `convert it: ${convertCommand(file)}`;
}

/** The command that makes a file into a WAV. */
export function convertCommand(file: string): string {
  return `ffmpeg -i ${shellWord(file)} -ar 16000 -ac 1 out.wav`;
}

/** A file's name as one word for a shell, which is no option either, and no address to ffmpeg. */
export function shellWord(file: string): string {
  const path = Deno.build.os !== "windows" && /^-|^[^/]*:/.test(file) ? `./${file}` : file;
  if (Deno.build.os === "windows") return /^[\w.:\\/-]+$/.test(path) ? path : `"${path}"`;
  if (/^[\w@%+=:,./-]+$/.test(path)) return path;
  // A message is one line, so what would break it is written as bash and zsh take it.
  // deno-lint-ignore no-control-regex
  if (!/[\x00-\x1f\x7f]/.test(path)) return `'${path.replaceAll("'", `'\\''`)}'`;
  const escaped = path.replaceAll("\\", "\\\\").replaceAll("'", "\\'")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f\x7f]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `$'${escaped}'`;
}
