import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { requireOrigin } from "../../../lib/server/mod.ts";
import { test } from "../../support/test.ts";

const RULES = { allowed: ["https://voice.example"], names: ["box", "box.local"] };

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

test("pages that are files, and all pages, may be let in by the config", () => {
  assertEquals(verdict("null", "192.168.1.5:8000", { ...RULES, allowed: ["null"] }), "welcome");
  assertEquals(verdict("https://evil.example", "x", { ...RULES, allowed: ["*"] }), "welcome");
});
