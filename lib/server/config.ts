import { z } from "zod";
import { webSocketUrl } from "../net/mod.ts";
import { looksSecret, secretSource } from "../secrets/mod.ts";
import { AddressList } from "./addresses/address_list.ts";
import { readHost } from "./addresses/forwarded.ts";
import { hostnameFault, withoutBrackets } from "./addresses/listen_hostname.ts";
import { isTimeZone } from "./time_zone.ts";

/** Where apps and browser extensions keep their pages: `capacitor://localhost`, `chrome-extension://...`, `file://`. */
const APP_ORIGIN = /^(?!https?:|wss?:)[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]*$/;

/** The `server` block of the config: where the gateway listens and what it takes in. */
export const serverConfig = z.strictObject({
  hostname: z.string().trim().refine((text) => hostnameFault(text) === undefined, {
    error: ({ input }) => hostnameFault(String(input)) ?? "",
  }).overwrite(withoutBrackets).default("0.0.0.0")
    .describe("the address to listen on; 0.0.0.0 is every IPv4 interface"),
  port: z.int().min(0).max(65_535).default(8000)
    .describe("the port for devices, OTA and every HTTP route; 0 lets the system choose"),
  transport: z.enum(["deno", "ws"]).default("deno")
    .describe(
      "what carries connections: deno is the runtime's own server; ws can end every connection by force, whatever " +
        "its peer does (docs/transports.md)",
    ),
  otaPort: z.int().min(0).max(65_535).default(0)
    .describe("a second port with the same routes, for devices that know OTA at 8003; 0 is off"),
  publicUrl: webSocketUrl.superRefine((text, { addIssue }) => {
    const message = publicUrlFault(text);
    if (message !== undefined) addIssue({ code: "custom", message });
  }).optional()
    .describe(
      "the WebSocket URL told to devices, where the gateway cannot know it (Docker, a reverse proxy)",
    ),
  mqtt: z.strictObject({
    endpoint: z.string().trim().refine(
      isHostAndPort,
      "give the gateway's host and port, such as 192.168.1.5:1883",
    ).describe("its host and port, such as 192.168.1.5:1883"),
    key: secretSource.describe("its MQTT_SIGNATURE_KEY"),
  }).optional()
    .describe(
      "the xiaozhi MQTT gateway in front, where there is one (docs/mqtt-gateway.md); firmware then uses MQTT instead of " +
        "the WebSocket",
    ),
  timeZone: z.string().trim().refine(isTimeZone, "give a name such as Asia/Shanghai").optional()
    .describe(
      "the time zone of the devices, by its name; without it this machine's or, where that is UTC, the language's",
    ),
  frameVersion: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(1)
    .describe("the binary framing that devices are told to use"),
  allowedOrigins: z.array(
    z.string().trim().refine(isOrigin, {
      error: ({ input }) =>
        `give an origin such as ${originNear(String(input))}, null for pages that are files, or *`,
    }),
  ).max(1_000).default([])
    .describe(
      "web pages that may connect besides our own, by their origin (https://voice.example); null is a page that is " +
        "a file, * is every page",
    ),
  tls: z.strictObject({
    certFile: z.string().min(1).describe("the PEM file of the certificate, with its chain"),
    keyFile: z.string().min(1).describe("the PEM file of its private key"),
  }).optional()
    .describe("the certificate of the gateway; with it only https and wss are served"),
  trustedProxies: z.array(
    z.string().trim().refine(isAddress, "give an address, or a network such as 10.0.0.0/8"),
  )
    .max(1_000).default([])
    .describe(
      "addresses and networks of reverse proxies and gateways that speak for many devices; what they say in " +
        "X-Forwarded-For, -Proto, -Host and -Port is believed",
    ),
});

/** The `limits.server` block of the config: the bounds of connections and requests. */
export const serverLimits = z.strictObject({
  requestTimeoutMs: z.int().min(100).max(600_000).default(10_000)
    .describe("how long a connection may take to send a whole request, in ms; transport ws only"),
  maxWaitingConnections: z.int().min(1).max(100_000).default(256)
    .describe("open connections that are not a device's; beyond it the oldest is ended; transport ws only"),
  maxTextBytes: z.int().min(1_024).max(1_048_576).default(65_536)
    .describe(
      "the largest text message from a device, in bytes; beyond it the connection is closed with 1009",
    ),
  maxFrameBytes: z.int().min(256).max(1_048_576).default(16_384)
    .describe(
      "the largest binary frame from a device, in bytes; beyond it the connection is closed with 1009",
    ),
  maxSessions: z.int().min(1).max(100_000).default(2_000)
    .describe(
      "devices that may be connected at once, at most 40 % of the file descriptors that the process may open; beyond " +
        "it a device is refused with 503",
    ),
  maxSessionsPerAddress: z.int().min(1).max(100_000).default(256)
    .describe("devices that may be connected from one address; loopback and trustedProxies are exempt"),
  maxHandshakesPerMinute: z.int().min(1).max(1_000_000).default(1_200)
    .describe(
      "how often one address may connect or ask OTA in a minute; beyond it the address is refused with 429; loopback " +
        "and trustedProxies are exempt",
    ),
  maxPhotosConcurrent: z.int().min(1).max(1_000).default(4)
    .describe(
      "photos that may be received or looked at at once, one a device; beyond it a photo is refused with 503; each may " +
        "take 5 MB",
    ),
  drainMs: z.int().min(0).max(600_000).default(30_000)
    .describe("how long turns may take to finish once the gateway is told to stop, in ms"),
  pingTimeoutSeconds: z.int().min(0).max(3_600).default(8)
    .describe(
      "a device that answers no ping for so long has vanished, in s; 0 switches pings off. Keep it below " +
        "limits.session.helloTimeoutMs: what vanished is freed only while nobody else has closed it",
    ),
});

/** What the config says of it, limits included. */
export type ServerConfig = z.output<typeof serverConfig> & z.output<typeof serverLimits>;

function isOrigin(entry: string): boolean {
  if (entry === "*" || entry === "null") return true;
  // A browser's page is of HTTP, and its name a whole one.
  if (/^wss?:|\*/i.test(entry)) return false;
  return URL.parse(entry)?.origin === entry || APP_ORIGIN.test(entry);
}

/** The origin that somebody meant who gave a page, or a host alone. */
function originNear(entry: string): string {
  const page = entry.replace(/^ws(?=s?:\/\/)/i, "http");
  const origin = URL.parse(/^https?:\/\//i.test(page) ? page : `https://${page}`)?.origin ?? "null";
  return origin === "null" || /\*/.test(origin) || looksSecret(entry) ? "https://voice.example" : origin;
}

/** What is wrong with a URL that devices would be told, though it is one. */
function publicUrlFault(text: string): string | undefined {
  const { hostname, pathname } = new URL(text);
  if (hostname === "0.0.0.0" || hostname === "[::]") {
    return "give an address of this machine that devices reach: this one stands for all of them";
  }
  return `${pathname}/`.startsWith("/xiaozhi/ota/")
    ? "give the URL of the WebSocket, such as one that ends with /xiaozhi/v1/: this is the one of OTA"
    : undefined;
}

function isHostAndPort(text: string): boolean {
  const { name, port } = readHost(text) ?? {};
  const isNamed = name !== undefined && !name.startsWith("[") && URL.parse(`http://${name}`) !== null;
  return isNamed && (port !== undefined || !text.includes(":"));
}

function isAddress(entry: string): boolean {
  try {
    new AddressList([entry]);
    return true;
  } catch {
    return false;
  }
}
