import { assertEquals, assertRejects } from "@std/assert";
import { RawWebSocket } from "../../lib/device/mod.ts";
import { PythonServer } from "./python_server.ts";
import { test } from "./test.ts";

const NEVER = new AbortController().signal;
const ID = { "Device-Id": "02:00:00:00:00:01" };

/** What it says to these texts until it closes, or has said so much, and the close code. */
async function talk(
  server: PythonServer,
  texts: readonly string[],
  { headers = ID, answers = 9 }: { readonly headers?: Record<string, string>; readonly answers?: number } =
    {},
): Promise<readonly [said: string[], code: number]> {
  const socket = await RawWebSocket.connect(new URL(server.url), { headers }, NEVER);
  for (const text of texts) socket.send(text);
  const said: string[] = [];
  for await (const message of socket) {
    said.push(String(message).replace(/"session_id":"[\da-f-]{36}"/, '"session_id":"…"'));
    if (said.length === answers) socket.drop();
  }
  return [said, (await socket.closed).code];
}

test("the Python server tells whoever is no device that it is there, and a stranger no more than that", async () => {
  await using server = new PythonServer({ token: "right" });
  const metrics = await fetch(`${server.url.replace("ws:", "http:")}../../metrics`);
  assertEquals([metrics.status, await metrics.text()], [200, "Server is running\n"]);
  assertEquals(await talk(server, [], { headers: {} }), [
    ["端口正常，如需测试连接，请使用test_page.html"],
    1000,
  ]);
  assertEquals(await talk(server, ["{}"]), [["认证失败"], 1000]);
});

test("the Python server repeats what a hello says, answers an abort, and detects what text is given", async () => {
  await using server = new PythonServer();
  const hello = '{"type":"hello","audio_params":{"format":"opus","sample_rate":16000}}';
  const detect = '{"type":"listen","state":"detect","text":"hi"}';
  assertEquals((await talk(server, [hello, '{"type":"abort"}', detect], { answers: 5 }))[0], [
    '{"type":"hello","version":1,"transport":"websocket","audio_params":{"format":"opus","sample_rate":16000},' +
    '"session_id":"…"}',
    '{"type":"tts","state":"stop","session_id":"…"}',
    '{"type":"stt","text":"hi","session_id":"…"}',
    '{"type":"llm","text":"😊","emotion":"happy","session_id":"…"}',
    '{"type":"tts","state":"start","session_id":"…"}',
  ]);
});

test("the Python server falls over what it has no answer to, and the test with it", async () => {
  for (const bad of ['{"type":"listen"}', "{}", "[1]"]) {
    const server = new PythonServer();
    assertEquals(await talk(server, [bad]), [[], 1000], bad);
    await assertRejects(() => server[Symbol.asyncDispose](), Error, "no device says such things");
  }
  const server = new PythonServer();
  assertEquals((await talk(server, ["no json"], { answers: 1 }))[0], ["no json"]);
  await assertRejects(() => server[Symbol.asyncDispose](), Error, "not JSON");
});
