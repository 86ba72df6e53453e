import { placeholdersIn } from "./placeholders.ts";

/** What the connection says of itself. */
const OWN_HEADERS = /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect)$/i;
/** Names of what holds a key. */
const KEY_NAME = /key|token|secret|password|credential|authorization|cookie/i;

/** What is wrong with headers whose values name these secrets; the first fault of each header. */
export function headerFaults(
  headers: Readonly<Record<string, string>>,
  secrets: readonly string[],
): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => headerFault(name, value, secrets) ?? []);
}

function headerFault(name: string, value: string, secrets: readonly string[]): string | undefined {
  if (OWN_HEADERS.test(name)) return `leave ${name} out: the connection says it`;
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value)) {
    return "a name has letters, digits and -, a value is one line of ASCII";
  }
  const named = placeholdersIn(value);
  const unknown = named.find((each) => !secrets.includes(each));
  if (unknown !== undefined) {
    return `{${unknown}} is no secret: a header takes those of secrets alone, and no argument`;
  }
  if (KEY_NAME.test(name) && named.length === 0 && value.trim() !== "") {
    return `${name} seems to hold the key itself: write secrets: { key: { env: NAME } }, and {key} in its place`;
  }
  return undefined;
}

/** What is wrong with the names of secrets, of which those of `used` stand somewhere. */
export function secretFaults(secrets: readonly string[], used: readonly string[]): readonly string[] {
  return secrets.flatMap((name) => {
    if (!/^[A-Za-z]\w*$/.test(name)) return ["name secrets by letters, digits and _, such as key"];
    if (used.includes(name)) return [];
    return [
      `${name} is used nowhere: write {${name}} where it belongs, such as headers: { Authorization: "Bearer {${name}}" }`,
    ];
  });
}
