import { assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../../lib/errors/mod.ts";
import { fillRequest } from "../../../../lib/tools/builtin/requests/fill_request.ts";
import fc from "../../../support/fast_check.ts";
import { test } from "../../../support/test.ts";

const TEMPLATE = {
  url: "https://api.example.org/v1/lines/{line}/stops-{stop}.json?day={day}&fixed=1&x=a-{day}",
  method: "POST",
  headers: { Authorization: "Bearer {key}" },
  json: { name: "{day}", list: ["{line}", 1], text: "on {day}", count: "{count}", left: "{absent}" },
} as const;

const fill = (values: Readonly<Record<string, string | number | boolean>>) =>
  fillRequest(TEMPLATE, new Map(Object.entries({ key: "canary", ...values })));

test("fillRequest puts values in encoded, and typed where a value of the JSON is one placeholder", () => {
  const { url, headers, body } = fill({
    line: "12 号",
    stop: "a?b#c&d%2e",
    day: '今天 & "x"/../y',
    count: 3,
  });
  assertEquals(
    url,
    "https://api.example.org/v1/lines/12%20%E5%8F%B7/stops-a%3Fb%23c%26d%252e.json" +
      "?day=%E4%BB%8A%E5%A4%A9%20%26%20%22x%22%2F..%2Fy&fixed=1&x=a-%E4%BB%8A%E5%A4%A9%20%26%20%22x%22%2F..%2Fy",
  );
  assertEquals(headers, { "content-type": "application/json", Authorization: "Bearer canary" });
  assertEquals(JSON.parse(String(body)), {
    name: '今天 & "x"/../y',
    list: ["12 号", 1],
    text: 'on 今天 & "x"/../y',
    count: 3,
  });
});

test("fillRequest never looks again at what it has put in: an argument that looks like a placeholder is none", () => {
  const { url, body } = fill({ line: "{key}", stop: "{key}", day: "{key}" });
  assertEquals(`${url} ${body}`.includes("canary"), false);
});

test("fillRequest leaves out the pair of a query whose argument is left out", () => {
  assertEquals(new URL(fill({ line: "1", stop: "2" }).url).search, "?fixed=1");
});

test("fillRequest: 1,000 random arguments never change the host, the depth of the path, or the names of the query", () => {
  const hostile = fc.constantFrom(
    ..."/|\\|..|.|%2e|%2E%2e|%2f|%5c|?|#|@|:|//evil.example|;|\0|\n|\t|&|=|{key}|\ud800|\u202e|．．|／|＠|%00|http:"
      .split("|"),
  );
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.array(fc.oneof(hostile, fc.string({ maxLength: 3 })), { maxLength: 8 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(value, value, value, (line, stop, day) => {
      let url: URL;
      try {
        url = new URL(fill({ line, stop, day }).url);
      } catch (thrown) {
        // Refused is as good.
        assertEquals(EarshotError.from(thrown).code, "tool.arguments");
        return;
      }
      assertEquals([url.origin, url.username, url.hash], ["https://api.example.org", "", ""]);
      const segments = url.pathname.split("/");
      assertEquals([segments.length, segments[1], segments[2]], [5, "v1", "lines"]);
      assertEquals(segments[4]?.startsWith("stops-") && segments[4].endsWith(".json"), true);
      // Also for a server that decodes the path before it takes it apart.
      assertEquals(decodeURIComponent(url.pathname).split(/[/\\]/).length, 5);
      assertEquals([...url.searchParams.keys()], ["day", "fixed", "x"]);
      assertEquals(url.searchParams.get("day"), day.toWellFormed());
      assertEquals(url.href.includes("canary"), false);
    }),
    { numRuns: 1_000 },
  );
});

test("fillRequest refuses what cannot stand in a path", () => {
  for (const line of ["", ".", "..", "a/b", "a\\b", "a\n"]) {
    const { code } = assertThrows(() => fill({ line, stop: "1" }), EarshotError);
    assertEquals(code, "tool.arguments", JSON.stringify(line));
  }
});
