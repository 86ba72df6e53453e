import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { answerEvents, HttpClient, HttpRefusal } from "../../lib/net/mod.ts";
import { type Dialect, Emulator, EMULATOR_CA } from "../support/emulators/emulator.ts";
import { type Fault, type Script, TWO_SENTENCES } from "../support/emulators/script.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const NEVER = new AbortController().signal;
const WORDS = "Good morning. How are you?";

/** Answers `/events` with each word as it comes, `/echo` with what it got, and anything else with the finals. */
const words: Dialect = {
  request: (io, { method, url, headers, body, form }) => {
    const finals: string[] = [];
    return {
      begin: () => {
        if (url === "/echo?a=b%20c") {
          const fields = form && [...form].map(([name, value]) => [
            name,
            typeof value === "string" ? value : [value.name, value.type, value.size],
          ]);
          return io.answer(200, JSON.stringify({ method, key: headers["x-key"], size: body.length, fields }));
        }
        if (!io.performer.start()) return;
        io.performer.audio(10_000);
        io.performer.finish();
      },
      partial: (text) => url === "/events" && io.stream(`data: ${text}\n\n`, "text/event-stream"),
      final: (text) => finals.push(text),
      end: () => url === "/events" ? io.end() : io.answer(200, finals.join(" ")),
      error: (kind) => io.answer(418, kind),
    };
  },
};

async function withService(
  script: Script,
  use: (service: Emulator, http: HttpClient) => Promise<void>,
): Promise<void> {
  await using service = await Emulator.start(words, {
    tls: true,
    script: { sentences: TWO_SENTENCES, ...script },
  });
  const http = new HttpClient({ verify: false });
  await use(service, http);
  http.close();
  await gone(service);
}

/** Nothing is kept for later. */
async function gone(service: Emulator): Promise<void> {
  await until(() => service.open === 0, "the end of every connection");
}

test("a certificate is trusted by its authority, by nobody, or unseen, whatever name it has", async () => {
  await using service = await Emulator.start(words, { tls: true, script: { sentences: TWO_SENTENCES } });
  const elsewhere = service.httpOrigin.replace("localhost", "127.0.0.2");
  const ask = async (url: string, trust?: ConstructorParameters<typeof HttpClient>[0]) => {
    const http = new HttpClient(trust);
    try {
      return await http.text({ url }, NEVER);
    } catch (thrown) {
      return EarshotError.from(thrown, "net.unreachable").code;
    } finally {
      http.close();
    }
  };
  assertEquals(await ask(service.httpOrigin), "net.unreachable");
  assertEquals(await ask(service.httpOrigin, { verify: true }), "net.unreachable");
  assertEquals(await ask(service.httpOrigin, { verify: true, caCert: EMULATOR_CA }), WORDS);
  assertEquals(await ask(elsewhere, { verify: true, caCert: EMULATOR_CA }), "net.certificate");
  assertEquals(await ask(service.httpOrigin, { verify: false }), WORDS);
  assertEquals(await ask(elsewhere, { verify: false, caCert: EMULATOR_CA }), WORDS);
  await gone(service);
});

test("the very certificate that is trusted is enough, whatever name it has", async () => {
  const caCert = await Deno.readTextFile(new URL("../support/pki/self_signed.pem", import.meta.url));
  const spoken = { tls: "self_signed", script: { sentences: TWO_SENTENCES } } as const;
  await using service = await Emulator.start(words, spoken);
  for (const host of ["localhost", "127.0.0.1", "127.0.0.2"]) {
    const http = new HttpClient({ verify: true, caCert });
    assertEquals(await http.text({ url: service.httpOrigin.replace("localhost", host) }, NEVER), WORDS);
    http.close();
  }
  await gone(service);
});

test("a host on plain HTTP is asked as ever, whatever certificates are worth", async () => {
  await using service = await Emulator.start(words, { script: { sentences: TWO_SENTENCES } });
  const http = new HttpClient({ verify: false });
  assertEquals(await http.text({ url: service.httpOrigin }, NEVER), WORDS);
  http.close();
});

test("unseen: method, query, headers and body arrive as they do otherwise", async () => {
  await withService({}, async (service, http) => {
    const ask = async (request: { readonly body?: BodyInit; readonly method?: string }) =>
      JSON.parse(
        await http.text(
          { url: `${service.httpOrigin}/echo?a=b%20c`, headers: { "x-key": "k" }, ...request },
          NEVER,
        ),
      );
    assertEquals(await ask({}), { method: "GET", key: "k", size: 0 });
    assertEquals(await ask({ body: "好" }), { method: "POST", key: "k", size: 3 });
    assertEquals(await ask({ body: new Uint8Array(3_000_000), method: "PUT" }), {
      method: "PUT",
      key: "k",
      size: 3_000_000,
    });
    const form = new FormData();
    form.append("model", "m");
    form.append("file", new Blob([new Uint8Array(700_000)], { type: "audio/wav" }), "speech.wav");
    assertEquals((await ask({ body: form })).fields, [
      ["model", "m"],
      ["file", ["speech.wav", "audio/wav", 700_000]],
    ]);
  });
});

test("unseen: words come as they are said, and who has heard enough ends the connection", async () => {
  await withService({ delayMs: 5 }, async (service, http) => {
    const url = `${service.httpOrigin}/events`;
    const said = await Array.fromAsync(answerEvents(await http.fetch({ url }, NEVER), NEVER));
    assertEquals(
      said.flatMap((event) => event.type === "data" ? [event.data] : []),
      ["good", "good morning", "how"],
    );
  });
  await withService({ fault: { at: "mid", what: "trickle" } }, async (service, http) => {
    const url = `${service.httpOrigin}/events`;
    for await (const event of answerEvents(await http.fetch({ url }, NEVER), NEVER)) {
      assertEquals(event, { type: "data", data: "good" });
      break;
    }
    await gone(service);
  });
});

test("unseen: a refusal has its status and body, too large an answer is not taken, a broken one is told", async () => {
  const code = async (script: Script, path = "") => {
    let found = "";
    await withService(script, async (service, http) => {
      const url = `${service.httpOrigin}${path}`;
      const error = await assertRejects(() => http.text({ url }, NEVER), EarshotError);
      assertStringIncludes(error.message, new URL(url).host);
      found = error instanceof HttpRefusal ? `${error.status} ${error.body}` : error.code;
    });
    return found;
  };
  assertEquals(
    await code({ fault: { at: "connect", what: "refuse", status: 302, body: "there" } }),
    "302 there",
  );
  assertEquals(await code({ fault: { at: "start", what: "error", kind: "busy" } }), "418 busy");
  for (const path of ["", "/events"]) {
    assertEquals(await code({ fault: { at: "mid", what: "giant" } }, path), "net.too_big");
    assertEquals(await code({ fault: { at: "mid", what: "drop" } }, path), "net.unreachable");
  }
  const http = new HttpClient({ verify: false });
  for (const url of ["https://127.0.0.1:1/", "https://"]) {
    const { code } = await assertRejects(() => http.text({ url }, NEVER), EarshotError);
    assertEquals(code, "net.unreachable");
  }
  const aborted = await assertRejects(
    () => http.text({ url: "https://127.0.0.1:1/" }, AbortSignal.abort()),
    EarshotError,
  );
  assertEquals(aborted.code, "canceled");
  http.close();
});

test("unseen: giving up ends a connection in whatever state it is", async () => {
  const faults: Fault[] = [
    { at: "connect", what: "hang" },
    { at: "start", what: "hang" },
    { at: "mid", what: "hang" },
    { at: "mid", what: "trickle" },
  ];
  for (const fault of faults) {
    await withService({ fault }, async (service, http) => {
      const url = `${service.httpOrigin}/events`;
      const { code } = await assertRejects(
        () => http.text({ url, body: new Uint8Array(200_000) }, AbortSignal.timeout(150)),
        EarshotError,
      );
      assertEquals(code, "canceled", fault.what);
      await gone(service);
    });
  }
});

test("unseen: a host that never answers the handshake is given up", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const http = new HttpClient({ verify: false });
  const url = `https://127.0.0.1:${listener.addr.port}/`;
  const asked = assertRejects(() => http.text({ url }, AbortSignal.timeout(150)), EarshotError);
  const connection = await listener.accept();
  assertEquals((await asked).code, "canceled");
  const part = new Uint8Array(65_536);
  while (await connection.read(part).catch(() => null) !== null); // ends, or the test would not
  connection.close();
  http.close();
});
