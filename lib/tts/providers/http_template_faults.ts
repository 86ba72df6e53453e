import { looksSecret } from "../../secrets/mod.ts";
import { type HttpTemplate, placeholdersIn } from "./http_template.ts";

/** What stands for the text; the second one is known from elsewhere. */
export const TEXT_PLACEHOLDERS: readonly string[] = ["text", "prompt_text"];
/** What stands for the language of the text. */
export const LANGUAGE_PLACEHOLDER = "language";

/** What is wrong with a template, where, and what would be right. */
export interface TemplateFault {
  /** The key of the block. */
  readonly key: "url" | "method" | "headers" | "query" | "form" | "json" | "secrets";
  readonly message: string;
}

/** Where placeholders may stand. */
const PLACES = ["headers", "query", "form", "json"] as const;
/** What the connection says of itself. */
const OWN_HEADERS = /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect)$/i;
/** Names of what holds a key. */
const KEY_NAME = /key|token|secret|password|credential|authorization|cookie/i;

/** Every fault of a template, whose secrets have these names. */
export function templateFaults(
  template: HttpTemplate,
  secrets: readonly string[],
): readonly TemplateFault[] {
  // Of one key, the first is told.
  return [
    ...secretFaults(template, secrets),
    ...PLACES.flatMap((key) => valueFaults(template, { key, secrets })),
    ...textFaults(template),
    ...headerFaults(template),
    ...methodFaults(template),
  ];
}

function secretFaults(template: HttpTemplate, secrets: readonly string[]): readonly TemplateFault[] {
  const used = new Set(PLACES.flatMap((key) => placeholdersIn(template[key])));
  return secrets.flatMap((name): readonly TemplateFault[] => {
    const fault = (message: string) => [{ key: "secrets", message } as const];
    if (!/^[A-Za-z]\w*$/.test(name)) return fault("name secrets by letters, digits and _, such as key");
    if ([...TEXT_PLACEHOLDERS, LANGUAGE_PLACEHOLDER].includes(name)) {
      return fault(`{${name}} is no secret: name it otherwise, such as key`);
    }
    if (used.has(name)) return [];
    return fault(
      `${name} is used nowhere: write {${name}} where it belongs, such as headers: { Authorization: "Bearer {${name}}" }`,
    );
  });
}

function textFaults({ url, headers, query, form, json }: HttpTemplate): readonly TemplateFault[] {
  const hasText = (value: unknown) => placeholdersIn(value).some((name) => TEXT_PLACEHOLDERS.includes(name));
  const faults: TemplateFault[] = [];
  if (/[{}]|%7b|%7d/i.test(url)) {
    faults.push({ key: "url", message: 'put what changes into query: query: { text: "{text}" }' });
  }
  if (hasText(headers)) {
    faults.push({
      key: "headers",
      message: "a header cannot hold any text: put {text} into query, form or json",
    });
  }
  if (!hasText([query, form, json])) {
    const key = json !== undefined ? "json" : form !== undefined ? "form" : "query";
    faults.push({
      key,
      message:
        'the text is nowhere: write {text} in a value of query, form or json, such as json: { input: "{text}" }',
    });
  }
  return faults;
}

/** Values name what they are filled with, and no key; names are what they are. */
function valueFaults(
  template: HttpTemplate,
  { key, secrets }: { readonly key: typeof PLACES[number]; readonly secrets: readonly string[] },
): readonly TemplateFault[] {
  const value = template[key];
  const known = ["text", LANGUAGE_PLACEHOLDER, ...secrets];
  const unknown = placeholdersIn(value).filter((name) =>
    !known.includes(name) && !TEXT_PLACEHOLDERS.includes(name)
  );
  const names = namesIn(value);
  return [
    ...unknown.map((name) => {
      const those = known.map((one) => `{${one}}`).join(", ");
      return { key, message: `{${name}} stands for nothing: write one of ${those}, or name a secret so` };
    }),
    ...names.filter(([name]) => placeholdersIn(name).length > 0)
      .map(() => ({ key, message: "a placeholder stands in a value, and not in a name" })),
    ...names.filter(([name, inner]) =>
      KEY_NAME.test(name) && holdsKey(inner, { isHeader: key === "headers" })
    )
      .map(([name]) => ({
        key,
        message:
          `${name} seems to hold the key itself: write secrets: { key: { env: NAME } }, and {key} in its place`,
      })),
  ];
}

/** A header of such a name holds nothing else; elsewhere it may be the name of something. */
function holdsKey(value: unknown, { isHeader }: { readonly isHeader: boolean }): boolean {
  if (typeof value !== "string" || placeholdersIn(value).length > 0) return false;
  return isHeader ? value.trim() !== "" : looksSecret(value);
}

/** Every name in a value, with what it names. */
function namesIn(value: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.entries(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

function headerFaults({ headers }: HttpTemplate): readonly TemplateFault[] {
  return Object.entries(headers).flatMap(([name, value]): readonly TemplateFault[] => {
    if (OWN_HEADERS.test(name)) {
      return [{ key: "headers", message: `leave ${name} out: the connection says it` }];
    }
    return isHeader(name, value) ? [] : [{
      key: "headers",
      message: "a name has letters, digits and -, a value is one line of ASCII",
    }];
  });
}

function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value);
}

function methodFaults({ method, form, json }: HttpTemplate): readonly TemplateFault[] {
  if (form !== undefined && json !== undefined) {
    return [{ key: "form", message: "give form or json, and not both" }];
  }
  const content = form !== undefined ? "form" : json !== undefined ? "json" : undefined;
  if (method !== "GET" || content === undefined) return [];
  return [{
    key: "method",
    message: `GET carries no ${content}: write method: POST, or query instead of ${content}`,
  }];
}
