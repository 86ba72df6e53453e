/** The largest list of tokens that is read, in bytes: the largest known one has 2 MB. */
const MAX_TOKENS_BYTES = 16_777_216;

/** A token in more than base64's own letters is none. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The words and pieces of words that a model writes, as `tokens.txt` lists them: `token id` a line. */
export interface TokenList {
  /** Each token by its id. */
  readonly tokens: ReadonlyMap<number, string>;
  /** Whether each token is written in base64, as those of Whisper and Moonshine are. */
  readonly base64: boolean;
}

/** Reads a list; `undefined` where the file is none. Throws what `Deno.readTextFile` throws. */
export async function readTokenList(path: string): Promise<TokenList | undefined> {
  const { size } = await Deno.stat(path);
  if (size > MAX_TOKENS_BYTES) return undefined;
  const tokens = new Map<number, string>();
  for (const line of linesOf(await Deno.readTextFile(path))) {
    const read = readLine(line);
    if (read === undefined) return undefined;
    tokens.set(read.id, read.token);
  }
  if (tokens.size === 0) return undefined;
  return { tokens, base64: [...tokens.values()].every((token) => BASE64.test(token)) };
}

/**
 * The same list with each token in base64 once more. sherpa-onnx 1.13.8 decodes the tokens of Whisper and drops what is
 * then no whole character, while many a Chinese one is made of several tokens. Of this list it decodes what was added, and
 * hands out all tokens as they are; {@linkcode joinTokens} makes the text of them. A sherpa-onnx that keeps such characters
 * gives the same tokens.
 */
export function wrapTokens(list: string): string {
  return linesOf(list).map((line) => {
    const read = readLine(line);
    return read === undefined ? `${line}\n` : `${btoa(read.token)} ${read.id}\n`;
  }).join("");
}

/** The text that tokens in base64 are, bytes of one character in several tokens included. */
export function joinTokens(tokens: readonly string[]): string {
  const bytes = tokens.map(bytesOf);
  const joined = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    joined.set(part, at);
    at += part.length;
  }
  // Half a character at the end, or one that is none at all, is not shown.
  return new TextDecoder().decode(joined).replaceAll("\ufffd", "");
}

/**
 * The last field is the id; a line that has nothing before it is the token of a space. Only ASCII's white space parts
 * fields: a token may be a wide space.
 */
function readLine(line: string): { readonly token: string; readonly id: number } | undefined {
  const [, token = "", id = ""] = /^(?:(.*?)[ \t]+)?(\d{1,9})[ \t]*$/u.exec(line) ?? [];
  return id === "" ? undefined : { token: token === "" ? " " : token, id: Number(id) };
}

function linesOf(list: string): string[] {
  return list.replace(/^\ufeff/, "").split("\n").map((line) => line.replace(/\r$/, "")).filter((line) =>
    /[^ \t]/.test(line)
  );
}

function bytesOf(token: string): Uint8Array {
  try {
    return Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array(); // the one empty token of Whisper's list is "="
  }
}
