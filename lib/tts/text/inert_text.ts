/** What opens a tag of SSML, and of those that resemble it (`<#0.5#>`). */
export const ANGLE_TAGS = /<(?=[a-z/!?#])/gi;

/** What opens a note in brackets to the voice: `[p500]`, `[=zhuo2]`, `[whispers]`. */
export const BRACKET_NOTES = /\[(?=[a-z=])/gi;

/**
 * A text for a service that takes markup within it and has no way to escape it: a space follows what would open a tag,
 * also where the tag comes in parts. No word is changed.
 */
export class InertText {
  readonly #openings: readonly RegExp[];
  /** The last character that has gone out. */
  #last = "";

  /** `openings`: each one character, and what has to follow it. */
  constructor(...openings: readonly RegExp[]) {
    this.#openings = openings;
  }

  /** The next part of the text, as it may be sent. */
  next(part: string): string {
    const whole = this.#last + part;
    const inert = this.#openings.reduce((text, opening) => text.replaceAll(opening, "$& "), whole);
    const sent = this.#last.length;
    this.#last = whole.slice(-1);
    return inert.slice(sent);
  }
}
