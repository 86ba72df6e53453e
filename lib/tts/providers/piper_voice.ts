/** The language that the name of a Piper voice begins with. */
const LOCALE = /^([a-z]{2,3})[_-]([A-Z]{2})(?=-)/;

/** What the name of a Piper voice says of what it speaks (BCP 47), such as `en_US-lessac-medium`. */
export function languagesOfPiper(voice: string | undefined): readonly string[] | "any" {
  const [, language, region] = LOCALE.exec(voice ?? "") ?? [];
  return language === undefined || region === undefined ? "any" : [`${language}-${region}`];
}
