import { assert, assertEquals, assertLess, assertMatch, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { openRequests, requestsConfig } from "../../../lib/tools/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

/** A real server, and one request to it as a tool named `it`. */
async function serve(
  handler: (request: Request) => Response | Promise<Response>,
  block: Readonly<Record<string, unknown>> = {},
  { path = "/things/{thing}", clock = systemClock }: { path?: string; clock?: typeof systemClock } = {},
) {
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(`${request.method} ${pathname}${search}`);
    return handler(request);
  });
  const parameters = JSON.stringify([path, block]).includes("{thing}")
    ? { thing: { description: "what" } }
    : {};
  const source = await openRequests(
    requestsConfig.parse({
      it: {
        description: "does it",
        url: `http://127.0.0.1:${server.addr.port}${path}`,
        parameters,
        ...block,
      },
    }),
    { clock },
  );
  return {
    source,
    seen,
    port: server.addr.port,
    call: (thing: unknown = "a b", signal = NEVER) => source.call("it", { thing }, signal),
    async [Symbol.asyncDispose]() {
      source.close();
      source.close();
      await server.shutdown();
    },
  };
}

test("requests: a GET asks for the path, reads, and gives the text; a POST acts, and sends JSON and its secret", async () => {
  await using get = await serve(() => new Response("21 degrees"));
  assertEquals(await get.call(), { text: "21 degrees" });
  assertEquals(get.seen, ["GET /things/a%20b"]);
  assertEquals(
    get.source.list().map((
      { name, kind, approvedOnly, parameters },
    ) => [name, kind, approvedOnly, parameters]),
    [
      ["it", "read", false, {
        type: "object",
        properties: { thing: { type: "string", description: "what", maxLength: 200 } },
        required: ["thing"],
        additionalProperties: false,
      }],
    ],
  );
  Deno.env.set("TEST_REQUEST_KEY", "canary-key");
  await using post = await serve(async (request) => {
    const body = await request.text();
    return new Response(
      `${request.headers.get("authorization")} ${request.headers.get("content-type")} ${body}`,
    );
  }, {
    method: "POST",
    json: { on: "{thing}" },
    headers: { Authorization: "Bearer {key}" },
    secrets: { key: { env: "TEST_REQUEST_KEY" } },
  }, { path: "/set" });
  const { text } = await post.call("lamp");
  assertEquals([post.source.list()[0]?.kind, post.source.list()[0]?.approvedOnly], ["act", true]);
  // Its own key, which the server repeats, is not told to a language model.
  assertEquals(text, 'Bearer … application/json {"on":"lamp"}');
});

test("requests: what of JSON is told, HTML without its tags, another encoding, an empty answer", async () => {
  const json = (path: string) =>
    serve(() => Response.json({ data: [{ next: "12:05", n: 5 }], "a-b": { c: true } }), { result: path });
  for (
    const [path, text] of [
      ["$.data[0].next", "12:05"],
      ["$.data[0].n", "5"],
      ["$.a-b", '{"c":true}'],
      ["$", '{"data":[{"next":"12:05","n":5}],"a-b":{"c":true}}'],
    ] as const
  ) {
    await using rig = await json(path);
    assertEquals(await rig.call(), { text });
  }
  for (const path of ["$.nothing", "$.data[7]", "$.constructor", "$.data.length.x"]) {
    await using rig = await json(path);
    assertEquals((await rig.call()).failed, true, path);
  }
  const page =
    "<html><head><title>t</title></head><script>alert(1)</script><p>Line 12:<br>5&nbsp;min</p></html>";
  await using html = await serve(() => new Response(page, { headers: { "content-type": "text/html" } }));
  assertEquals((await html.call()).text, "Line 12:\n5 min");
  const gbk = new Uint8Array([0xc4, 0xe3, 0xba, 0xc3]);
  await using chinese = await serve(() =>
    new Response(gbk, { headers: { "content-type": "text/plain; charset=GBK" } })
  );
  assertEquals((await chinese.call()).text, "你好");
  await using empty = await serve(() => new Response(null, { status: 204 }));
  assertEquals((await empty.call()).failed, undefined);
});

test("requests: a refusal is told, and an answer of 10 MB is read up to 64 KiB", async () => {
  await using refused = await serve(() => new Response("no such line", { status: 404 }));
  assertEquals(await refused.call(), { text: "The server answered 404: no such line", failed: true });
  let sent = 0;
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(120));
        if (sent >= 10 * 2 ** 20) controller.close();
      },
    });
  await using large = await serve(() => new Response(body()));
  assertEquals((await large.call()).text.length, 65_536);
  assertLess(sent, 10 * 2 ** 20);
  assertEquals([refused.source.stats.refused, large.source.stats.answered], [1, 1]);
});

test("requests: redirects are followed on the same host three times, and never to another one", async () => {
  let asked = 0;
  await using other = await serve(() => {
    asked++;
    return new Response("stolen");
  });
  const location = (to: string, status = 302) => new Response(null, { status, headers: { location: to } });
  await using same = await serve(({ url }) => {
    const hop = Number(new URL(url).searchParams.get("hop") ?? 0);
    return hop < 3 ? location(`/things/x?hop=${hop + 1}`) : new Response("there");
  });
  assertEquals((await same.call()).text, "there");
  await using endless = await serve(() => location("/things/x"));
  const { port } = other;
  for (
    const to of [
      `http://127.0.0.1:${port}/`,
      `//127.0.0.1:${port}/x`,
      `http://localhost:${port}/`,
      "https://127.0.0.1:1/",
    ]
  ) {
    for (const status of [301, 302, 303, 307, 308]) {
      await using away = await serve(() => location(to, status), { method: "POST", json: { on: "{thing}" } });
      assertEquals((await assertRejects(() => away.call(), EarshotError)).code, "tool.refused");
      assertEquals(away.source.stats.redirected, 1);
    }
  }
  assertEquals((await assertRejects(() => endless.call(), EarshotError)).code, "tool.refused");
  assertEquals([asked, endless.seen.length], [0, 4]);
});

test("requests: a silent server, at its head and in its body, is given up after 10 s, or at once by the signal or a close", async () => {
  const hanging = () => new Promise<Response>(() => {});
  const halting = () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
  for (const handler of [hanging, halting]) {
    for (const by of ["deadline", "signal", "close"] as const) {
      const clock = new FakeClock();
      const down = new AbortController();
      const options = { port: 0, hostname: "127.0.0.1", onListen() {}, signal: down.signal };
      const server = Deno.serve(options, handler);
      const source = await openRequests(
        requestsConfig.parse({ it: { description: "x", url: `http://127.0.0.1:${server.addr.port}/` } }),
        { clock },
      );
      const controller = new AbortController();
      const call = source.call("it", {}, controller.signal).then(() => "answered", (error) => error.code);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (by === "deadline") await clock.advance(10_000);
      else if (by === "signal") {
        controller.abort(new EarshotError("canceled", "Cannot go on: the test says so"));
      } else source.close();
      assertEquals(await call, by === "deadline" ? "tool.timeout" : "canceled");
      await settle();
      assertEquals(clock.pending, 0);
      source.close();
      down.abort();
      await server.finished;
    }
  }
});

test("requests: nobody there, arguments that do not fit, a tool that is not there", async () => {
  const source = await openRequests(
    requestsConfig.parse({
      it: {
        description: "x",
        url: "http://127.0.0.1:1/{n}?on={on}&who={who}",
        parameters: {
          n: { type: "integer", description: "n" },
          on: { type: "boolean", description: "on", optional: true },
          who: { description: "who", enum: ["a", "b"], optional: true },
        },
      },
    }),
    { clock: systemClock },
  );
  const code = async (args: Readonly<Record<string, unknown>>, name = "it") =>
    (await assertRejects(() => source.call(name, args, NEVER), EarshotError)).code;
  assertEquals(await code({ n: 1 }), "tool.unavailable");
  for (
    const args of [{}, { n: "1" }, { n: 1.5 }, { n: 1, on: "true" }, { n: 1, who: "c" }, { n: { a: 1 } }]
  ) {
    assertEquals(await code(args), "tool.arguments", JSON.stringify(args));
  }
  assertEquals(await code({}, "other"), "tool.unknown");
  source.close();
});

test("requestsConfig refuses a host from an argument and other templates that cannot be meant, and says what would be right", () => {
  const fault = (block: Readonly<Record<string, unknown>>) => {
    const parsed = requestsConfig.safeParse({ it: { description: "x", ...block } });
    assert(!parsed.success, JSON.stringify(block));
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n");
  };
  const host = { host: { description: "x" } };
  for (
    const url of [
      "https://{host}/x",
      "https://api.{host}.org/x",
      "https://api.example.org:{host}/x",
      "https://{host}@api.example.org/x",
      "https://api.example.org{host}/x",
      "{host}://api.example.org/x",
      "{host}",
    ]
  ) assertMatch(fault({ url, parameters: host }), /it\.url: (the host is fixed|give|.*URL)/, url);
  const a = { a: { description: "x" } };
  assertMatch(fault({ url: "https://x.org/?{a}=1", parameters: a }), /stands in a value/);
  assertMatch(fault({ url: "https://x.org/{b}", parameters: a }), /\{b\} stands for nothing/);
  assertMatch(fault({ url: "https://x.org/", parameters: a }), /a is used nowhere/);
  assertMatch(
    fault({ url: "https://x.org/{a}", parameters: { a: { description: "x", optional: true } } }),
    /into the query/,
  );
  assertMatch(fault({ url: "https://x.org/../{a}", parameters: a }), /without \. and \.\./);
  assertMatch(fault({ url: "https://u:p@x.org/{a}", parameters: a }), /name and password/);
  assertMatch(fault({ url: "https://x.org/#{a}", parameters: a }), /#/);
  assertMatch(
    fault({ url: "https://x.org/", headers: { Authorization: "Bearer sk-canary" } }),
    /hold the key itself/,
  );
  assertMatch(fault({ url: "https://x.org/{a}", headers: { X: "{a}" }, parameters: a }), /is no secret/);
  assertMatch(fault({ url: "https://x.org/", headers: { Host: "evil" } }), /leave Host out/);
  assertMatch(fault({ url: "https://x.org/", json: { a: 1 } }), /GET carries no json/);
  assertMatch(fault({ url: "https://x.org/", secrets: { key: { env: "A" } } }), /key is used nowhere/);
  assertMatch(fault({ url: "ftp://x.org/" }), /http/);
});
