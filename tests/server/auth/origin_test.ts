import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { type OriginRules, requireOrigin } from "../../../lib/server/auth/origin.ts";
import { serverConfig } from "../../../lib/server/mod.ts";
import { test } from "../../support/test.ts";

const RULES: OriginRules = { allowed: ["https://voice.example"], names: ["box", "box.local"] };

function verdict(origin: string | undefined, host: string, rules = RULES): string {
  const headers = new Headers({ host, ...(origin !== undefined && { origin }) });
  try {
    requireOrigin(headers, rules);
    return "welcome";
  } catch (thrown) {
    return EarshotError.from(thrown).code;
  }
}

test("our own pages, devices, and pages that the config names may connect", () => {
  for (
    const [origin, host] of [
      [undefined, "anything"],
      ["http://192.168.1.5:8000", "192.168.1.5:8000"],
      ["http://192.168.1.5", "192.168.1.5:80"],
      ["https://192.168.1.5", "192.168.1.5:443"],
      ["http://[fe80::1]:8000", "[fe80::1]:8000"],
      ["http://localhost:8000", "localhost:8000"],
      ["http://BOX.local:8000", "box.local:8000"],
      ["https://voice.example", "192.168.1.5:8000"],
      ["HTTPS://VOICE.EXAMPLE", "192.168.1.5:8000"],
    ] as const
  ) assertEquals(verdict(origin, host), "welcome", String(origin));
});

test("pages of others may not, also when their name was made to point here", () => {
  for (
    const [origin, host] of [
      ["https://evil.example", "192.168.1.5:8000"],
      ["http://evil.example:8000", "evil.example:8000"],
      ["http://192.168.1.5:3000", "192.168.1.5:8000"],
      ["http://192.168.1.6:8000", "192.168.1.5:8000"],
      ["http://voice.example", "192.168.1.5:8000"],
      ["https://voice.example.evil.example", "192.168.1.5:8000"],
      ["null", "192.168.1.5:8000"],
      ["file://", "192.168.1.5:8000"],
      ["", "192.168.1.5:8000"],
      ["nonsense", "nonsense"],
    ] as const
  ) assertEquals(verdict(origin, host), "auth.origin", origin);
});

test("a name that nobody outside can own is ours where the page connects to it", () => {
  for (
    const name of [
      "earshot",
      "gateway.lan",
      "box.local",
      "a.b.home.arpa",
      "voice.internal",
      "BOX.LAN",
      "my_box",
    ]
  ) {
    assertEquals(verdict(`http://${name}:8000`, `${name}:8000`), "welcome", name);
    assertEquals(verdict(`http://${name}`, "192.168.1.5:8000"), "auth.origin", name);
    assertEquals(verdict(`http://${name}:8000`, `${name}:3000`), "auth.origin", name);
  }
  for (
    const name of [
      "lan.evil.example",
      "box.lan.evil.example",
      "evil.local.example",
      "evillan.example",
      "xn--lan.example",
    ]
  ) {
    assertEquals(verdict(`http://${name}`, name), "auth.origin", name);
  }
});

test("the host of publicUrl is ours whatever the proxy makes of the request", () => {
  const rules = { ...RULES, publicUrl: "wss://voice.example.net/x/" };
  assertEquals(verdict("https://voice.example.net", "127.0.0.1:8000", rules), "welcome");
  assertEquals(verdict("http://voice.example.net", "127.0.0.1:8000", rules), "welcome");
  assertEquals(verdict("https://voice.example.net:3000", "127.0.0.1:8000", rules), "auth.origin");
  assertEquals(verdict("https://example.net", "127.0.0.1:8000", rules), "auth.origin");
  const port = { ...RULES, publicUrl: "wss://voice.example.net:8443/" };
  assertEquals(verdict("https://voice.example.net:8443", "127.0.0.1:8000", port), "welcome");
});

test("a trusted proxy's word for the host counts instead of the request's", () => {
  const rules = { ...RULES, host: "box.lan:8443" };
  assertEquals(verdict("https://box.lan:8443", "127.0.0.1:8000", rules), "welcome");
  assertEquals(verdict("https://127.0.0.1:8000", "127.0.0.1:8000", rules), "auth.origin");
});

test("pages of apps and extensions can be named in the config", () => {
  for (
    const origin of [
      "capacitor://localhost",
      "chrome-extension://abcdefgh",
      "file://",
      "https://voice.example",
    ]
  ) {
    const { allowedOrigins } = serverConfig.parse({ allowedOrigins: [origin] });
    assertEquals(
      verdict(origin, "192.168.1.5:8000", { ...RULES, allowed: allowedOrigins }),
      "welcome",
      origin,
    );
  }
  for (const wrong of ["voice.example", "https://voice.example/", "https://voice.example/x", "http://"]) {
    assertEquals(serverConfig.safeParse({ allowedOrigins: [wrong] }).success, false, wrong);
  }
});

test("pages that are files, and all pages, may be let in by the config", () => {
  assertEquals(verdict("null", "192.168.1.5:8000", { ...RULES, allowed: ["null"] }), "welcome");
  assertEquals(verdict("https://evil.example", "x", { ...RULES, allowed: ["*"] }), "welcome");
});
