/** The files that the executable is made of, besides what it takes from elsewhere. */
const PROGRAM = ["main.ts", "config.yaml", "lib"];

/** The state of the repository. */
export interface GitState {
  /** The commit, with `-dirty` when files of the program differ from it; `unknown` outside of git. */
  readonly commit: string;
  /** When that commit was made. */
  readonly committedAt: string;
  /** The files of the program, from the root of the repository, in order. */
  readonly sources: readonly string[];
}

/** Reads what git says about the program. Throws when this is no repository: then nobody knows what belongs to it. */
export async function gitState(root: string): Promise<GitState> {
  const sources = lines(
    await git(root, ["ls-files", "--cached", "--others", "--exclude-standard", ...PROGRAM]),
  );
  const changed = await git(root, ["status", "--porcelain", "--", ...PROGRAM]);
  const committedAt = (await git(root, ["show", "--no-patch", "--format=%cI", "HEAD"])).trim();
  const commit = (await git(root, ["rev-parse", "HEAD"])).trim();
  return {
    committedAt,
    commit: changed === "" ? commit : `${commit}-dirty`,
    sources: sources.filter((path) => !path.endsWith(".d.ts") && !path.startsWith("lib/std/")).sort(),
  };
}

async function git(root: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args: [...args], cwd: root }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot read the repository: git says ${text.decode(stderr).trim()}`);
  return text.decode(stdout);
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
