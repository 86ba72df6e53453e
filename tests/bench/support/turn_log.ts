/** What the gateway's log says of one turn that gave words. */
export interface LoggedTurn {
  readonly session: string;
  /** How the device asked to be listened to. */
  readonly mode: string;
  readonly outcome: string;
  /** How much sound it had, in ms. */
  readonly audioMs: number;
  /** From the end of speech being known to the text leaving, in ms. */
  readonly endOfSpeechToTextMs: number;
}

/** The turns that gave words, in order, out of the log of `serve`. */
export function turnsWithText(log: string): LoggedTurn[] {
  return log.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter(({ message }) => message === "Turn ended")
    .map(({ properties }): LoggedTurn => properties)
    .filter(({ outcome }) => outcome === "text");
}
