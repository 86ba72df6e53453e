/** A server answered a request with an error, as JSON-RPC has it. Its words may repeat arguments, so no log line has them. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** JSON-RPC's number. */
  readonly code: number;
  /** What the server says, for the language model. */
  readonly words: string;

  /** Keeps what the server said. */
  constructor(code: number, words: string) {
    super(`the server answered with error ${code}`);
    this.code = code;
    this.words = words;
  }
}
