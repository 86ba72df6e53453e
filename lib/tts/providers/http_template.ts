import type { HttpRequest } from "../../net/mod.ts";

/** A value of a query or a form. */
type Scalar = string | number | boolean;

/** A request with placeholders in its values. */
export interface HttpTemplate {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, Scalar>>;
  readonly form?: Readonly<Record<string, Scalar>> | undefined;
  readonly json?: Readonly<Record<string, unknown>> | undefined;
}

/** What stands in place of each placeholder, by its name. */
export type PlaceholderValues = ReadonlyMap<string, string>;

const PLACEHOLDER = /\{(\w+)\}/g;

/** The names of the placeholders in whatever is in a value. */
export function placeholdersIn(value: unknown): readonly string[] {
  if (typeof value === "string") return Array.from(value.matchAll(PLACEHOLDER), ([, name = ""]) => name);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(placeholdersIn);
}

/** The request that a template is with these values; each is put in as it is, whatever it looks like. */
export function requestOf(template: HttpTemplate, values: PlaceholderValues): HttpRequest {
  const { method, query, form, json } = template;
  const url = new URL(template.url);
  const added = new URLSearchParams(filledPairs(query, values)).toString();
  // What is there already stays as it was written.
  if (added !== "") url.search += `${url.search === "" ? "" : "&"}${added}`;
  const headers = filledPairs(template.headers, values);
  const said = headers.find(([name]) => isContentType(name))?.[1] ?? "";
  if (json === undefined && form === undefined) {
    return { url: url.href, headers: Object.fromEntries(headers), ...(method !== undefined && { method }) };
  }
  const isMultipart = /^multipart\/form-data/i.test(said);
  const [body, type] = json !== undefined
    ? [JSON.stringify(filledJson(json, values)), "application/json"]
    : isMultipart
    ? [formOf(filledPairs(form ?? {}, values)), ""]
    : [new URLSearchParams(filledPairs(form ?? {}, values)).toString(), "application/x-www-form-urlencoded"];
  return {
    url: url.href,
    method: method ?? "POST",
    headers: Object.fromEntries([
      ...(said === "" ? [["Content-Type", type]] : []),
      // The parts of a form are told apart by what only its encoding knows.
      ...headers.filter(([name]) => !(isMultipart && isContentType(name))),
    ]),
    body,
  };
}

/** Whether a header says what is sent. */
export function isContentType(name: string): boolean {
  return name.toLowerCase() === "content-type";
}

function filledPairs(
  fields: Readonly<Record<string, Scalar>>,
  values: PlaceholderValues,
): [name: string, value: string][] {
  return Object.entries(fields).map(([name, value]) => [name, filled(String(value), values)]);
}

function formOf(fields: readonly (readonly [name: string, value: string])[]): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

function filled(text: string, values: PlaceholderValues): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => values.get(name) ?? whole);
}

function filledJson(value: unknown, values: PlaceholderValues): unknown {
  if (typeof value === "string") return filled(value, values);
  if (Array.isArray(value)) return value.map((item) => filledJson(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filledJson(item, values)]));
}
