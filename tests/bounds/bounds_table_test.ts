import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configSchema } from "../../lib/app/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { test } from "../support/test.ts";
import { BOUNDS } from "./bounds_table.ts";

/** The JSON schema of a dotted key. */
function schemaOf(key: string): Record<string, unknown> {
  let schema: unknown = configSchema.toJSONSchema({ io: "input" });
  for (const name of key.split(".")) {
    const { properties, additionalProperties } = Object(schema);
    // Of a service of any type, the key as the first type has it that has it.
    schema = name === "NAME"
      ? Object(additionalProperties).oneOf
      : Array.isArray(schema)
      ? schema.map((type) => type.properties[name]).find((found) => found !== undefined)
      : Object(properties)[name];
  }
  assert(schema !== undefined, `${key} is no config key`);
  return Object(schema);
}

test("every bound is a config key with the default of the table, limits of its own, and words", () => {
  for (const [key, value] of BOUNDS.flatMap(({ keys }) => Object.entries(keys))) {
    const { default: fallback, minimum, maximum, description } = schemaOf(key);
    assertEquals(fallback, value, key);
    assert(typeof minimum === "number" && typeof maximum === "number" && minimum < maximum, key);
    assert(typeof description === "string" && description.length > 10, key);
    const name = key.split(".").at(-1) ?? "";
    // The unit is in the name, or is a count that the name says.
    assert(
      /(Ms|Bytes|Seconds|Days|Chunks|Sessions|Streams|PerAddress|PerDevice|PerMinute|Workers|Queue|AudioRate)$/
        .test(name) || /(Pending|Pinned|Connections|Concurrent|Failures|retries|queue)$/.test(name),
      key,
    );
  }
});

test("reaching a bound is a counter on /metrics", async () => {
  await using gateway = new AnsweringGateway();
  await gateway.gateway.listening;
  const shown = await (await fetch(gateway.http("/metrics"))).text();
  for (const counter of BOUNDS.flatMap(({ counters }) => counters)) {
    assertStringIncludes(shown, `\n${counter} 0\n`);
  }
});

test("every bound has its tests at the edge and past it", async () => {
  for (const { what, tests } of BOUNDS) {
    assert(tests.length > 0, what);
    for (const [file, name] of tests) {
      const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
      const declared = [...text.matchAll(/^\w*[tT]est\w*\(\s*"([^"]+)"/gm)].map(([, title = ""]) => title);
      assert(declared.some((title) => title.startsWith(name)), `${what}: ${file} has no test "${name}"`);
    }
  }
});
