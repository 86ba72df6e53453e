import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { EarshotError, type ServiceFault } from "../../../lib/errors/mod.ts";
import { newNlsId, nlsCommand, nlsMeaning, readNlsEvent } from "../../../lib/service/mod.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "aliyunNls" } as const;

test("each code has its meaning; what is not known may pass", () => {
  const meanings: Readonly<Record<number, ServiceFault>> = {
    40000001: "auth",
    40000003: "config",
    40000004: "disconnected",
    40000005: "throttled",
    40000010: "quota",
    41020001: "config",
    51020001: "failed",
    50000000: "failed",
    59999999: "failed",
  };
  for (const [status, meaning] of Object.entries(meanings)) {
    assertEquals(nlsMeaning({ status: Number(status), words: "no" })[0], meaning, status);
  }
});

test("a refused voice is no refused token, though it has the same code", () => {
  const status = 40000001;
  assertEquals(nlsMeaning({ status, words: "Meta:ACCESS_DENIED:No privilege to this voice!" })[0], "config");
  const [fault, { detail = "" }] = nlsMeaning({
    status,
    words: "Gateway:ACCESS_DENIED:The token has expired!",
  });
  assertEquals(fault, "auth");
  assertMatch(detail, /token.*has run out: 40000001 Gateway:ACCESS_DENIED/);
});

test("a command has ids of its own, and a payload where it has one", () => {
  const taskId = newNlsId();
  const command = { appKey: "app", taskId, namespace: "SpeechSynthesizer", name: "StopSynthesis" };
  const one = JSON.parse(nlsCommand(command));
  const other = JSON.parse(nlsCommand({ ...command, payload: { text: "a" } }));
  assertEquals(["payload" in one, other.payload], [false, { text: "a" }]);
  const { message_id, ...header } = one.header;
  assertMatch(message_id, /^[0-9a-f]{32}$/);
  assertEquals(other.header.message_id === message_id, false);
  assertEquals(header, {
    appkey: "app",
    task_id: taskId,
    namespace: "SpeechSynthesizer",
    name: "StopSynthesis",
  });
});

test("an event says its words in one field or another, or not at all", () => {
  const read = (header: object) =>
    readNlsEvent(SERVICE, JSON.stringify({ header: { name: "x", ...header } }));
  assertEquals(read({}), { name: "x", taskId: "", status: 20_000_000, words: "", payload: undefined });
  assertEquals(read({ status_text: "a", status_message: null }).words, "a");
  assertEquals(read({ status: 4, status_message: "b", task_id: "t" }), {
    name: "x",
    taskId: "t",
    status: 4,
    words: "b",
    payload: undefined,
  });
  for (const message of ["", "[]", '{"header":{}}', '{"header":{"name":1}}']) {
    assertEquals(assertThrows(() => readNlsEvent(SERVICE, message), EarshotError).code, "tts.protocol");
  }
});
