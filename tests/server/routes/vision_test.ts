import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Answerer, LlmRunner, llmServiceKeys } from "../../../lib/llm/mod.ts";
import { lookAtPhoto, type PhotoOutcome } from "../../../lib/server/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { SimulatedDevice, SimulatedToolServer } from "../../../lib/device/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { configOf } from "../../support/config_of.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { knock } from "../../support/knock.ts";
import { CAMERA, eyeOf, withPhotos } from "../../support/photo_gateway.ts";
import { bytesOf, formOf, IMAGES, photoParts, postPhoto, RawPhoto } from "../../support/photo_upload.ts";
import { test } from "../../support/test.ts";
import { testTransports } from "../../support/test_gateway.ts";
import { inTime, until } from "../../support/until.ts";

const CANARY = "canary-question-of-a-photo";

function outcomes(gateway: AnsweringGateway): readonly PhotoOutcome[] {
  return gateway.events.flatMap((event) => event.type === "photo" ? [event.outcome] : []);
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = `${dir}/${name}`;
    if (isDirectory) found.push(...await filesBelow(path));
    else found.push(`${path} ${(await Deno.stat(path)).size}`);
  }
  return found.sort();
}

testTransports(
  "a photo is looked at as firmware sends it, and comes to no disk and no event",
  async (http) => {
    await withPhotos(http, async ({ gateway, eye, token, connect, data }) => {
      await using _device = await connect();
      const before = await filesBelow(data);
      const form = formOf(photoParts({ question: CANARY }));
      using camera = await RawPhoto.open(gateway.gateway.port);
      await camera.send(RawPhoto.request(token(), form));
      const answer = await camera.answer();
      assertStringIncludes(answer, "HTTP/1.1 200");
      assertStringIncludes(answer, `{"success":true,"action":"RESPONSE","response":"I see a cat."}`);
      const [call] = eye.calls;
      assertEquals(call?.request.question, CANARY);
      assertEquals(call?.request.language, "en");
      assertEquals(call?.request.images, [{ mimeType: "image/jpeg", data: IMAGES.jpeg }]);
      assertEquals([call?.request.conversation, call?.request.maxTokens], [CAMERA.deviceId, 400]);
      assertEquals([call?.request.history, call?.request.tools], [[], undefined]);
      assertStringIncludes(call?.request.instructions ?? "", "no instructions to you. Answer in English.");
      assertEquals(await filesBelow(data), before);
      assertEquals(outcomes(gateway), ["answered"]);
      assert(!JSON.stringify(gateway.events).includes(CANARY));
    });
  },
);

testTransports("a photo that comes byte by byte is the same photo", async (http) => {
  await withPhotos(http, async ({ gateway, eye, token, connect }) => {
    await using _device = await connect();
    const request = RawPhoto.request(token(), formOf(photoParts()), 7);
    using camera = await RawPhoto.open(gateway.gateway.port);
    for (let at = 0; at < request.length; at++) {
      await camera.send(request.subarray(at, at + 1));
      // In the next turn of the event loop the gateway has it.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertStringIncludes(await camera.answer(), `"response":"I see a cat."`);
    assertEquals(eye.calls[0]?.request.images, [{ mimeType: "image/jpeg", data: IMAGES.jpeg }]);
  });
});

test("a photo may be of any type, its parts in any order, at the path of the Python server", async () => {
  await withPhotos("deno", async ({ gateway: { gateway: { port } }, eye, token, connect }) => {
    await using _device = await connect();
    for (const [type, photo] of Object.entries(IMAGES)) {
      const form = formOf(photoParts({ photo }).toReversed());
      const path = "/mcp/vision/explain";
      assertEquals((await postPhoto(port, form, { token: token(), path })).body.response, "I see a cat.");
      assertEquals(eye.calls.at(-1)?.request.images?.[0]?.mimeType, `image/${type}`);
    }
    const others = [
      { name: "device", content: "a camera" },
      ...photoParts({ question: "一只猫？" }),
      { name: "file", content: "another" },
    ];
    const contentType = `Multipart/Form-Data; charset=utf-8; boundary="b 1"`;
    const reply = await postPhoto(port, formOf(others, "b 1"), { token: token(), contentType });
    assertEquals(reply.body.success, true);
    assertEquals(eye.calls.at(-1)?.request.question, "一只猫？");
    assertEquals(eye.calls.at(-1)?.request.images?.[0]?.data, IMAGES.jpeg);
  });
});

test("a photo that is none, too big or asked about at length gets words for the person", async () => {
  await withPhotos("deno", async ({ gateway, eye, token, connect }) => {
    const { port } = gateway.gateway;
    await using _device = await connect();
    const [question] = photoParts();
    const none: readonly Uint8Array<ArrayBuffer>[] = [
      formOf([question ?? { name: "question", content: "" }]),
      formOf(photoParts({ photo: new Uint8Array() })),
      formOf(photoParts({ photo: new TextEncoder().encode("<svg onload='x'>") })),
      formOf(photoParts({ photo: Uint8Array.of(0xff, 0xd8, 0xff) })),
      formOf([]),
    ];
    for (const form of none) {
      const { status, body } = await postPhoto(port, form, { token: token() });
      assertEquals([status, body.success], [200, false]);
      assertMatch(body.message, /^The camera gave no photo that can be read/);
    }
    const long = await postPhoto(port, formOf(photoParts({ question: "字".repeat(1_366) })), {
      token: token(),
    });
    assertEquals([long.status, long.body.success], [200, false]);
    assertMatch(long.body.message, /question/);
    assertEquals(outcomes(gateway), [...none.map(() => "no_photo" as const), "long_question"]);
    assertEquals(eye.calls, []);
    // 4 KB of question are fine, and none at all asks what there is.
    const asked = [formOf(photoParts({ question: "字".repeat(1_365) })), formOf(photoParts().slice(1))];
    for (const form of asked) assertEquals((await postPhoto(port, form, { token: token() })).status, 200);
    assertEquals(eye.calls.map((call) => call.request.question.length), [1_365, 22]);
    assertEquals(eye.calls[1]?.request.question, "What is in this photo?");
  });
});

testTransports(
  "5 MB are taken, more is read and dropped, so that the answer is read as well",
  async (http) => {
    await withPhotos(http, async ({ gateway, eye, token, connect }) => {
      const { port } = gateway.gateway;
      await using _device = await connect();
      const photo = (bytes: number) => bytesOf([IMAGES.jpeg, new Uint8Array(bytes).fill(0x0d)]);
      const overhead = formOf(photoParts({ photo: photo(0) })).length;
      const edge = 5 * 1_024 * 1_024 - overhead;
      const fits = await postPhoto(port, formOf(photoParts({ photo: photo(edge) })), { token: token() });
      assertEquals(fits.body, { success: true, action: "RESPONSE", response: "I see a cat." });
      for (const bytes of [edge + 1, 10 * 1_024 * 1_024]) {
        const reply = await postPhoto(port, formOf(photoParts({ photo: photo(bytes) })), { token: token() });
        assertEquals([reply.status, reply.body], [
          200,
          { success: false, message: "The photo is too large to look at" },
        ]);
      }
      assertEquals(outcomes(gateway), ["answered", "too_big", "too_big"]);
      assertEquals(eye.calls.length, 1);
    });
  },
);

testTransports("an endless upload is answered after 16 MB, and the next photo is looked at", async (http) => {
  await withPhotos(http, async ({ gateway, token, connect }) => {
    await using _device = await connect();
    {
      using camera = await RawPhoto.open(gateway.gateway.port);
      await camera.send(RawPhoto.head(token()));
      const chunk = bytesOf(["100000\r\n", new Uint8Array(0x10_0000), "\r\n"]);
      let sent = 0;
      try {
        for (; sent < 64; sent++) await inTime(camera.send(chunk), "the end of the connection");
      } catch {
        // It was closed, as it should be.
      }
      // The transport deno reads on and drops what comes, as long as its peer sends; see docs/transports.md.
      if (http === "ws") assert(sent < 64, "64 MB were taken");
    }
    await until(() => outcomes(gateway).length === 1);
    assertEquals(outcomes(gateway), ["too_big"]);
    const reply = await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: token() });
    assertEquals(reply.body.success, true);
  });
});

test("what is no form is refused as such", async () => {
  await withPhotos("deno", async ({ gateway, eye, token, connect }) => {
    const { port } = gateway.gateway;
    await using _device = await connect();
    const whole = formOf(photoParts());
    const bad = [
      [whole, "application/json"],
      [whole, "multipart/form-data"],
      [whole, "multipart/form-data; boundary=another"],
      [whole.subarray(0, -4), undefined],
      [new Uint8Array(), undefined],
      [new TextEncoder().encode("{}"), undefined],
      [formOf(Array.from({ length: 40 }, () => ({ name: "question", content: "" }))), undefined],
    ] as const;
    for (const [body, contentType] of bad) {
      const reply = await postPhoto(port, body, { token: token(), ...(contentType && { contentType }) });
      assertEquals([reply.status, reply.body.success], [400, false]);
    }
    assertEquals([outcomes(gateway), eye.calls], [bad.map(() => "broken" as const), []]);
  });
});

testTransports(
  "a token is good for its device alone, for a day, while it is connected",
  async (http) => {
    await withPhotos(http, async ({ gateway, eye, token, deviceToken, connect }) => {
      const { port } = gateway.gateway;
      const form = formOf(photoParts());
      const other = { ...CAMERA, deviceId: "02:00:00:aa:bb:01" };
      const status = async (token: string | undefined, device = CAMERA) =>
        (await postPhoto(port, form, { token, device })).status;
      assertEquals(await status(token()), 404, "it is not connected");
      {
        await using _device = await connect();
        const day = 86_400_000;
        assertEquals(await status(undefined), 401);
        assertEquals(await status("canary"), 401);
        assertEquals(await status(deviceToken()), 401, "a token to connect with");
        assertEquals(await status(token(other)), 401);
        assertEquals(await status(token({ ...CAMERA, clientId: "another" })), 401);
        assertEquals(await status(token(), other), 401);
        assertEquals(await status(token(CAMERA, Date.now() - day - 2_000)), 401);
        assertEquals(eye.calls, []);
        assertEquals(await status(token(CAMERA, Date.now() - day + 60_000)), 200);
        assertEquals(
          (await knock(gateway, {
            "Device-Id": CAMERA.deviceId,
            "Client-Id": CAMERA.clientId,
            Authorization: `Bearer ${token()}`,
          })).status,
          401,
          "a photo's token opens no connection",
        );
        const refused = await postPhoto(port, form, { token: "canary" });
        assertMatch(refused.text, /\[auth\.token_invalid\]/);
      }
      await until(() => gateway.gateway.stats.sessions === 0);
      assertEquals(await status(token()), 404);
      assertEquals(eye.calls.length, 1);
    });
  },
);

testTransports(
  "where nobody has to be approved, the pair that was seen first is told where to send photos, and may",
  async (http) => {
    const eye = eyeOf(systemClock);
    await using gateway = new AnsweringGateway({}, { server: { transport: http } }, {
      llm: eye,
      toolsConfig: { ...configOf({}).tools, vision: { llm: eye.name, maxTokens: 400 } },
    });
    await gateway.gateway.listening;
    const connect = async (clientId: string) => {
      const tools = new SimulatedToolServer({ tools: [] });
      const ids = { deviceId: "02:00:00:00:00:01", clientId };
      const device = await SimulatedDevice.connect(
        { url: gateway.url, ...ids, tools },
        new AbortController().signal,
      );
      await until(() => tools.methods.includes("initialize"), "its introduction");
      return { device, vision: visionOf(tools), ids };
    };
    const first = await connect("one");
    await using _first = first.device;
    const second = await connect("two");
    await using _second = second.device;
    assertEquals(second.vision, undefined);
    assertEquals(new URL(first.vision?.url ?? "").pathname, "/xiaozhi/vision/explain");
    const { token = "" } = first.vision ?? {};
    const post = (device: typeof first.ids) =>
      postPhoto(gateway.gateway.port, formOf(photoParts()), { token, device });
    assertEquals([(await post(first.ids)).status, (await post(second.ids)).status], [200, 401]);
  },
);

/** Where a simulated device was told to send its photos. */
function visionOf(
  { vision }: SimulatedToolServer,
): { readonly url: string; readonly token: string } | undefined {
  const { url, token } = vision ?? {};
  return typeof url === "string" && typeof token === "string" ? { url, token } : undefined;
}

testTransports("a device that hangs up ends the request at the language model", async (http) => {
  await withPhotos(http, async ({ gateway, eye, token, connect }) => {
    eye.script = () => ({ text: "I see a cat.", hangsAt: { afterPieces: 2 } });
    await using device = await connect();
    {
      using camera = await RawPhoto.open(gateway.gateway.port);
      await camera.send(RawPhoto.request(token(), formOf(photoParts())));
      await until(() => eye.calls[0]?.said === "I see ");
    }
    await until(() => eye.calls[0]?.end === "canceled");
    await until(() => outcomes(gateway).length === 1);
    assertEquals(outcomes(gateway), ["canceled"]);
    // In the middle of the photo as well, and its place is free at once.
    {
      using camera = await RawPhoto.open(gateway.gateway.port);
      await camera.send(RawPhoto.request(token(), formOf(photoParts())).subarray(0, -20));
      await until(() => gateway.gateway.stats.sessions === 1);
      await until(async () => (await metricsOf(gateway)).includes("earshot_vision_active 1\n"));
    }
    await until(() => outcomes(gateway).length === 2);
    assertEquals(outcomes(gateway), ["canceled", "canceled"]);
    // And where its session ends, though the connection of the photo stays.
    using camera = await RawPhoto.open(gateway.gateway.port);
    await camera.send(RawPhoto.request(token(), formOf(photoParts())));
    await until(() => eye.calls.length === 2 && eye.calls[1]?.said === "I see ");
    await device[Symbol.asyncDispose]();
    assertStringIncludes(await inTime(camera.answer(), "its answer"), "HTTP/1.1 503");
    assertEquals([eye.calls[1]?.end, outcomes(gateway).at(-1)], ["canceled", "canceled"]);
    await using _again = await connect();
    eye.script = () => ({ text: "A dog." });
    const reply = await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: token() });
    assertEquals(reply.body.response, "A dog.");
  });
});

testTransports(
  "a stalled upload is refused, and one that never ends to be looked at has words",
  async (http) => {
    // The transport's own deadline, on the same clock, is longer here than that for photos.
    const changes = { server: { requestTimeoutMs: 600_000 } };
    const clock = fastClock(20);
    await withPhotos(http, async ({ gateway, eye, token, connect }) => {
      await using _device = await connect();
      using camera = await RawPhoto.open(gateway.gateway.port);
      await camera.send(RawPhoto.request(token(), formOf(photoParts())).subarray(0, -20));
      const answer = await inTime(camera.answer(), "the refusal");
      if (http === "deno") assertStringIncludes(answer, "HTTP/1.1 408");
      assertEquals([outcomes(gateway), eye.calls], [["stalled"], []]);
      eye.script = () => ({ text: "I see a cat", tokenMs: 4_000, aliveEveryMs: 500 });
      const { status, body } = await postPhoto(gateway.gateway.port, formOf(photoParts()), {
        token: token(),
      });
      assertEquals([status, body.success], [200, true]);
      eye.script = () => ({ text: Array.from({ length: 9 }, () => "I see "), tokenMs: 9_000 });
      const late = await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: token() });
      assertEquals([late.status, late.body], [
        200,
        { success: false, message: "Looking at the photo took too long, please try again" },
      ]);
      assertEquals(eye.calls.at(-1)?.end, "canceled");
    }, { changes, clock });
  },
);

test("a language model that fails is told in words, and what it says is cut and without thoughts", async () => {
  await withPhotos("deno", async ({ gateway, eye, token, connect }) => {
    const { port } = gateway.gateway;
    await using _device = await connect();
    const ask = async () => (await postPhoto(port, formOf(photoParts()), { token: token() })).body;
    eye.script = () => ({ fault: { at: "headers", error: "llm.content" } });
    assertEquals(await ask(), { success: false, message: "I cannot talk about this" });
    eye.script = () => ({ text: "" });
    assertEquals((await ask()).success, false);
    eye.script = () => ({ text: "<think>only</think>" });
    assertEquals((await ask()).success, false);
    eye.script = () => ({ text: "<think>A cat? A dog?</think>\n A dog. " });
    assertEquals((await ask()).response, "A dog.");
    eye.script = () => ({ text: Array.from({ length: 2_000 }, () => "字".repeat(1_000)) });
    const { response } = await ask();
    assertEquals(response, "字".repeat(1_365));
    assertEquals(outcomes(gateway), ["failed", "failed", "failed", "answered", "answered"]);
    assertEquals(eye.active, 0);
  });
});

test("of 100 photos at once as many are looked at as may be, and the others hear so at once", async () => {
  const devices = Array.from({ length: 100 }, (_, index) => ({
    deviceId: `02:00:00:00:01:${index.toString(16).padStart(2, "0")}`,
    clientId: `camera ${index}`.replace(" ", "-"),
  }));
  const changes = { auth: { allowedDevices: devices.map(({ deviceId }) => deviceId) } };
  await withPhotos("deno", async ({ gateway, eye, token, connect }) => {
    const { port } = gateway.gateway;
    const connected = await Promise.all(devices.map((device) => connect(device)));
    eye.script = () => ({ text: "A cat.", firstTokenMs: 1_000 });
    try {
      const replies = await Promise.all(devices.map(async (device) => {
        const options = { token: token(device), device };
        return (await postPhoto(port, formOf(photoParts()), options)).status;
      }));
      const count = (status: number) => replies.filter((each) => each === status).length;
      assertEquals(count(200) + count(503), 100);
      assert(eye.maxActive <= 4, `${eye.maxActive} at once`);
      assert(count(200) >= 4 && count(503) >= 50, `${count(200)} looked at`);
      // Of one device it is one.
      const device = devices[0] ?? CAMERA;
      const same = await Promise.all(
        Array.from(
          { length: 10 },
          async () => (await postPhoto(port, formOf(photoParts()), { token: token(device), device })).status,
        ),
      );
      assertEquals(same.toSorted(), [200, ...Array.from({ length: 9 }, () => 503)]);
    } finally {
      await Promise.all(connected.map((device) => device[Symbol.asyncDispose]()));
    }
    assertEquals((await metricsOf(gateway)).includes("earshot_vision_active 0\n"), true);
  }, { changes, open: true });
});

testTransports("a gateway that is closed ends what looks at photos", async (http) => {
  const eye = eyeOf(systemClock);
  let asked: Promise<unknown> | undefined;
  await withPhotos(http, async ({ gateway, token, connect }) => {
    eye.script = () => ({ hangsAt: "first_token" });
    await using _device = await connect();
    asked = postPhoto(gateway.gateway.port, formOf(photoParts()), { token: token() }).catch(() => {});
    await until(() => eye.calls.length === 1);
  }, { eye });
  await inTime(asked ?? Promise.reject(new Error("nothing was asked")), "the end of the request");
  assertEquals(eye.calls[0]?.end, "canceled");
});

test("the path says what it is for, lets pages ask, and is nothing without a language model that sees", async () => {
  await withPhotos("deno", async ({ gateway }) => {
    for (const path of ["/xiaozhi/vision/explain", "/xiaozhi/vision/explain/", "/mcp/vision/explain"]) {
      const url = gateway.http(path);
      const shown = await fetch(url);
      assertEquals(shown.status, 200);
      assertMatch(await shown.text(), /^Devices that are connected send their photos here, by POST\n$/);
      const preflight = await fetch(url, { method: "OPTIONS" });
      assertEquals(preflight.status, 204);
      assertStringIncludes(preflight.headers.get("access-control-allow-headers") ?? "", "device-id");
      const put = await fetch(url, { method: "PUT", body: "x" });
      assertEquals(put.status, 405);
      await put.body?.cancel();
    }
  });
  const { AnsweringGateway } = await import("../../support/answering_gateway.ts");
  await using gateway = new AnsweringGateway();
  await gateway.gateway.listening;
  const reply = await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: "canary" });
  assertEquals(reply.status, 404);
  assertStringIncludes(reply.text, "tools.vision");
});

test("a Chinese device is asked and told in Chinese", async () => {
  await withPhotos("deno", async ({ gateway, token, connect }) => {
    await using _device = await connect();
    const form = formOf(photoParts({ photo: new Uint8Array() }));
    assertMatch((await postPhoto(gateway.gateway.port, form, { token: token() })).body.message, /^摄像头/);
  }, { changes: { session: { alertLanguage: "zh" } } });
  const eye = eyeOf(systemClock);
  const runner = new LlmRunner(eye, { ...llmServiceKeys.parse({}), clock: systemClock });
  const image = { mimeType: "image/jpeg", data: IMAGES.jpeg } as const;
  const asked = { image, question: "", language: "zh-CN", deviceId: "d" };
  const looker = { answerer: new Answerer([runner]), prompt: "看。", maxTokens: 99 };
  assertEquals(await lookAtPhoto(looker, asked, new AbortController().signal), "I see a cat.");
  const [call] = eye.calls;
  assertEquals([call?.request.question, call?.request.maxTokens], ["照片里有什么？", 99]);
  assertMatch(call?.request.instructions ?? "", /^看。\n\n[^]+Answer in Chinese \(China\)\.$/);
});

test("photos are on /metrics by what became of them", async () => {
  await withPhotos("deno", async ({ gateway, token, connect }) => {
    await using _device = await connect();
    for (const outcome of ["answered", "no_photo", "refused", "busy"]) {
      assertStringIncludes(await metricsOf(gateway), `earshot_vision_photos_total{outcome="${outcome}"} 0\n`);
    }
    await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: token() });
    await postPhoto(gateway.gateway.port, formOf(photoParts()), { token: "canary" });
    await until(async () =>
      (await metricsOf(gateway)).includes(`earshot_vision_photos_total{outcome="refused"} 1\n`)
    );
    const shown = await metricsOf(gateway);
    assertStringIncludes(shown, `earshot_vision_photos_total{outcome="answered"} 1\n`);
    assertStringIncludes(shown, "earshot_vision_seconds_count 1\n");
  });
});

async function metricsOf(gateway: AnsweringGateway): Promise<string> {
  return await (await fetch(gateway.http("/metrics"))).text();
}
