import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../test.ts";
import { type Dialect, Emulator, EMULATOR_CA } from "./emulator.ts";
import { type Script, TWO_SENTENCES } from "./script.ts";

/** Answers `/whole` with the finals, and anything else with each word as it comes. */
const words: Dialect = {
  accept: ({ headers }) =>
    headers["x-key"] === undefined ? { status: 401, body: '"who are you"' } : undefined,
  request: (io, { url, body, form }) => {
    const finals: string[] = [];
    return {
      begin: () => {
        if (body.length === 0) return io.violation("no body");
        if (form !== undefined) return io.answer(200, [...form.keys()].join());
        if (!io.performer.start()) return;
        io.performer.audio(10_000);
        io.performer.finish();
      },
      partial: (text) => url !== "/whole" && io.stream(`${text}\n`, "text/plain"),
      final: (text) => url === "/whole" ? finals.push(text) : io.stream(`${text}\n`, "text/plain"),
      end: () => url === "/whole" ? io.answer(200, finals.join(" ")) : io.end(),
      error: (kind) => io.answer(418, kind),
    };
  },
};

interface Asked {
  readonly path?: string;
  readonly body?: BodyInit;
  readonly tls?: boolean;
  readonly script?: Script;
  readonly patienceMs?: number;
}

async function ask(
  { path = "/whole", body = "sound", tls = false, script = {}, patienceMs = 2_000 }: Asked,
): Promise<string> {
  await using emulator = await Emulator.start(words, {
    tls,
    script: { sentences: TWO_SENTENCES, ...script },
  });
  const client = Deno.createHttpClient({ caCerts: [EMULATOR_CA] });
  try {
    const response = await fetch(`${emulator.httpOrigin}${path}`, {
      method: "POST",
      headers: { "x-key": "1" },
      body,
      client,
      signal: AbortSignal.timeout(patienceMs),
    });
    return `${response.status} ${await response.text()}`;
  } finally {
    client.close();
  }
}

for (const tls of [false, true]) {
  test(`plain requests are answered whole or bit by bit, ${tls ? "on TLS" : "plain"}`, async () => {
    assertEquals(await ask({ tls }), "200 Good morning. How are you?");
    assertEquals(
      await ask({ tls, path: "/bits", script: { delayMs: 5 } }),
      "200 good\ngood morning\nGood morning.\nhow\nHow are you?\n",
    );
    const form = new FormData();
    form.append("model", "m");
    form.append("file", new Blob(["sound"]), "a.wav");
    assertEquals(await ask({ tls, body: form }), "200 model,file");
  });

  test(`plain requests meet every fault of a script, ${tls ? "on TLS" : "plain"}`, async () => {
    const refused = { at: "connect", what: "refuse", status: 402, body: "no" } as const;
    assertEquals(await ask({ tls, script: { fault: refused } }), "402 no");
    const busy = { at: "start", what: "error", kind: "busy" } as const;
    assertEquals(await ask({ tls, script: { fault: busy } }), "418 busy");
    for (const path of ["/whole", "/bits"]) {
      const giant = await ask({ tls, path, script: { fault: { at: "mid", what: "giant" } } }).catch(() =>
        "cut"
      );
      assertEquals(giant === "cut" || giant.length > 10 << 20, true);
      for (const what of ["drop", "hang", "trickle"] as const) {
        await assertRejects(
          () => ask({ tls, path, script: { fault: { at: "mid", what } }, patienceMs: 200 }),
          Error,
        );
      }
    }
    await assertRejects(
      () => ask({ tls, script: { fault: { at: "connect", what: "hang" } }, patienceMs: 200 }),
      Error,
    );
  });
}

test("a plain request that breaks the rules fails the test, as does one that nobody answers", async () => {
  await assertRejects(() => ask({ body: "" }), Error, "no body");
  const emulator = await Emulator.start({});
  await (await fetch(emulator.httpOrigin)).body?.cancel();
  await assertRejects(() => emulator[Symbol.asyncDispose](), Error, "a plain request");
});

test("one connection carries one plain request after the other, and each is counted", async () => {
  await using emulator = await Emulator.start(words, { script: { sentences: TWO_SENTENCES } });
  const client = Deno.createHttpClient({});
  for (let count = 0; count < 3; count++) {
    const request = { method: "POST", headers: { "x-key": "1" }, body: "sound", client };
    assertEquals(
      await (await fetch(`${emulator.httpOrigin}/whole`, request)).text(),
      "Good morning. How are you?",
    );
  }
  assertEquals([emulator.connections, emulator.open], [3, 1]);
  client.close();
});
