/** The most names that a preflight is granted, and the longest one: firmware sends eight headers. */
const MAX_NAMES = 64;
const MAX_NAME_CHARS = 128;

/** A header's name, as HTTP has it. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** What firmware sends; granted to a preflight that names nothing. */
const FIRMWARE_HEADERS = [
  "accept-language",
  "activation-version",
  "authorization",
  "client-id",
  "content-type",
  "device-id",
  "serial-number",
  "user-agent",
] as const;

/** Asked by browsers before a page of the web reaches into the network at home. */
const PRIVATE_NETWORK = "access-control-request-private-network";

/** With what every answer of the OTA route lets a page of another origin read it. */
export const CORS = { "access-control-allow-origin": "*" } as const;

/** Answers a preflight: a page may send whatever header it asks for, as far as it is one. */
export function answerPreflight({ headers }: Request): Response {
  const asked = (headers.get("access-control-request-headers") ?? "").split(",", MAX_NAMES)
    .map((name) => name.trim())
    .filter((name) => name.length <= MAX_NAME_CHARS && NAME.test(name));
  return new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers": (asked.length > 0 ? asked : FIRMWARE_HEADERS).join(", "),
      "access-control-max-age": "600",
      ...(headers.get(PRIVATE_NETWORK) === "true" && { "access-control-allow-private-network": "true" }),
      vary: `access-control-request-headers, ${PRIVATE_NETWORK}`,
    },
  });
}
