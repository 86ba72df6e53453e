import { httpUrl } from "../../../net/mod.ts";
import { headerFaults, secretFaults } from "../header_faults.ts";
import { placeholdersIn } from "../placeholders.ts";
import { isDotSegment, splitUrl } from "./split_url.ts";

/** What of a request is looked at. */
export interface RequestTemplate {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>> | undefined;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** What is wrong with a template, where, and what would be right. */
export interface RequestFault {
  /** The key of the block. */
  readonly key: "url" | "method" | "headers" | "json" | "secrets" | "parameters";
  readonly message: string;
}

/** Every fault of a template. */
export function requestFaults(template: RequestTemplate): readonly RequestFault[] {
  const { url, headers, json, method } = template;
  const secrets = Object.keys(template.secrets);
  const parameters = Object.keys(template.parameters);
  const used = placeholdersIn([url, Object.values(headers), json]);
  const fault = (key: RequestFault["key"]) => (message: string): RequestFault => ({ key, message });
  return [
    ...urlFaults(template).map(fault("url")),
    ...headerFaults(headers, secrets).map(fault("headers")),
    ...unknownIn(json, [...parameters, ...secrets]).map(fault("json")),
    ...secretFaults(secrets, used).map(fault("secrets")),
    ...parameters.flatMap((name) => {
      if (secrets.includes(name)) return [`${name} is a secret as well: name it otherwise`];
      return used.includes(name) ? [] : [`${name} is used nowhere: write {${name}} where it belongs`];
    }).map(fault("parameters")),
    ...(method === "GET" && json !== undefined
      ? [fault("method")("GET carries no json: write method: POST, or put the arguments into the url")]
      : []),
  ];
}

function urlFaults({ url, secrets, parameters }: RequestTemplate): readonly string[] {
  const { authority, path, query, fragment } = splitUrl(url);
  if (/[{}]|%7b|%7d/i.test(authority)) {
    return ["the host is fixed: a placeholder stands in the path or in a value of the query"];
  }
  if (authority.includes("@")) return ["leave name and password out: write them as secrets in headers"];
  const checked = httpUrl.safeParse(url.replaceAll(/[{}]/g, ""));
  if (!checked.success) return checked.error.issues.slice(0, 1).map(({ message }) => message);
  if (fragment !== undefined) return ["leave out what follows #: it is never sent"];
  const faults = [...unknownIn(url, [...Object.keys(parameters), ...Object.keys(secrets)])];
  if (/[{}]/.test(url.replaceAll(/\{\w+\}/g, ""))) {
    faults.push("a placeholder is a name in braces, such as {line}; another brace is written %7B or %7D");
  }
  if (path.some(isDotSegment)) faults.push("write the path without . and .. in it");
  if (path.some((segment) => segment.includes("\\"))) faults.push("write the path with / and not with \\");
  const optional = path.flatMap(placeholdersIn).find((name) => parameters[name]?.optional === true);
  if (optional !== undefined) {
    faults.push(`{${optional}} may be left out, and so cannot stand in the path: put it into the query`);
  }
  if (query.some(({ name }) => placeholdersIn(name).length > 0)) {
    faults.push("a placeholder of the query stands in a value, such as ?day={day}, and not in a name");
  }
  return faults;
}

function unknownIn(value: unknown, known: readonly string[]): readonly string[] {
  return [...new Set(placeholdersIn(value))].filter((name) => !known.includes(name)).map((name) =>
    `{${name}} stands for nothing: name it in parameters, or in secrets`
  );
}
