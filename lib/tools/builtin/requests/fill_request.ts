import { EarshotError } from "../../../errors/mod.ts";
import type { HttpRequest } from "../../../net/mod.ts";
import { filled, onlyPlaceholder, placeholdersIn, type Scalar } from "../placeholders.ts";
import { isDotSegment, splitUrl } from "./split_url.ts";
import type { RequestConfig } from "./config.ts";

/** What is put in where placeholders stand, by their names: arguments and secrets. */
export type RequestValues = ReadonlyMap<string, Scalar>;

/** The template of a request. */
type Template = Pick<RequestConfig, "url" | "method" | "headers" | "json">;

/**
 * The request that a template is with these values. In the URL they are only ever encoded: the host, and how deep the path
 * is, are those of the template. What a value in the path cannot be is refused rather than encoded, since some servers
 * decode a path before they take it apart.
 *
 * @throws {EarshotError} `tool.arguments`
 */
export function fillRequest({ url, method, headers, json }: Template, values: RequestValues): HttpRequest {
  const { scheme, authority, path, query } = splitUrl(url);
  const segments = path.map((segment) => filledSegment(segment, values));
  const pairs = query.flatMap(({ name, value }) => {
    if (value === undefined) return [name];
    if (placeholdersIn(value).some((placeholder) => !values.has(placeholder))) return [];
    return [`${name}=${filled(value, (placeholder) => encoded(values.get(placeholder)))}`];
  });
  const all = { ...(json !== undefined && { "content-type": "application/json" }), ...headers };
  return {
    url: `${scheme}${authority}/${segments.join("/")}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`,
    method,
    headers: Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, filled(value, (key) => text(values.get(key)))]),
    ),
    ...(json !== undefined && { body: JSON.stringify(filledJson(json, values)) }),
  };
}

function filledSegment(segment: string, values: RequestValues): string {
  const whole = filled(segment, (name) => {
    const value = text(values.get(name)) ?? "";
    // deno-lint-ignore no-control-regex
    if (value === "" || /[/\\\x00-\x1f\x7f]/.test(value)) throw cannotStand(name);
    return encoded(value);
  });
  if (isDotSegment(whole)) throw cannotStand(placeholdersIn(segment).join(", "));
  return whole;
}

function cannotStand(name: string): EarshotError {
  return new EarshotError(
    "tool.arguments",
    `Cannot ask so: ${name} stands in a path, and so may not be empty, hold / or \\, or be nothing but dots`,
  );
}

function text(value: Scalar | undefined): string | undefined {
  return value === undefined ? undefined : String(value).toWellFormed();
}

function encoded(value: Scalar | undefined): string | undefined {
  const plain = text(value);
  return plain === undefined ? undefined : encodeURIComponent(plain);
}

/** A value that is one placeholder has the argument's own type; one whose argument is left out is left out. */
function filledJson(value: unknown, values: RequestValues): unknown {
  if (typeof value === "string") {
    const only = onlyPlaceholder(value);
    if (only !== undefined) return values.get(only);
    return filled(value, (name) => text(values.get(name)) ?? "");
  }
  if (Array.isArray(value)) {
    return value.map((item) => filledJson(item, values)).filter((item) => item !== undefined);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filledJson(item, values)]));
}
