import { assert, assertEquals, assertLess, assertNotMatch, assertStringIncludes } from "@std/assert";
import { getLogger } from "@logtape/logtape";
import { configureLogging, type LogDestination, type LoggingOptions } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";

/** Runs `log` with logging set up and gives what was written. */
async function written(
  options: Partial<LoggingOptions>,
  log: (logger: ReturnType<typeof getLogger>) => void,
): Promise<string> {
  const chunks: string[] = [];
  const destination: LogDestination = {
    write(bytes) {
      const some = bytes.subarray(0, 1_000);
      chunks.push(new TextDecoder("latin1").decode(some));
      return Promise.resolve(some.length);
    },
  };
  {
    await using _logging = configureLogging({ level: "info", format: "json", destination, ...options });
    log(getLogger(["earshot", "asr"]));
  }
  return chunks.join("");
}

test("a record is one JSON line with its fields, redacted", async () => {
  const text = await written({}, (logger) => {
    logger.info("Opened {url} with {token}\n{{x}}", {
      url: "wss://h/?token=abc",
      token: "abc",
      durationMs: 5,
    });
    logger.info`Tagged ${{ password: "abc" }}`;
    logger.info("Everything: {*}", { secret: "abc" });
    logger.info("Nested: {call.token} {call}", { call: { token: "abc" } });
  });
  assertNotMatch(text, /abc/);
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.length, 4);
  assertEquals(lines[0].message, 'Opened "wss://h/?token=[redacted]" with "[redacted]"\n{x}');
  assertEquals(lines[0].properties.durationMs, 5);
  assertEquals([lines[0].level, lines[0].logger], ["INFO", "earshot.asr"]);
});

test("records below the level, and after disposal, are not written", async () => {
  const text = await written({ level: "warning" }, (logger) => {
    logger.info("quiet");
    logger.warn("loud");
  });
  assertNotMatch(text, /quiet/);
  assertStringIncludes(text, "loud");
  getLogger(["earshot"]).error("nobody listens");
});

test("the format for people is one line, even of hostile text, and repeats no field", async () => {
  const text = await written({ format: "text" }, (logger) => {
    logger.warn("Dropped {count} of {name}", {
      count: 3,
      name: "\x1b[2J\nfake line",
      code: "x",
      apiKey: "abc",
    });
  });
  assertStringIncludes(text, "asr");
  assertStringIncludes(text, ' code="x" apiKey="[redacted]"');
  assertNotMatch(text, /abc|count=|\n.*\S/);
  assert(!text.includes("\x1b[2J"));
});

test("a destination that is stuck holds up neither the program nor the end, and the loss is told", async () => {
  const gate = Promise.withResolvers<void>();
  let text = "";
  const destination: LogDestination = {
    async write(bytes) {
      await gate.promise;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  const logging = configureLogging({ level: "info", format: "json", destination });
  const logger = getLogger(["earshot", "asr"]);
  for (let index = 0; index < 2_000; index++) logger.info("x".repeat(1_000));
  await inTime(logging[Symbol.asyncDispose](), "the end of the log");
  assertEquals(text, "");
  gate.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assertLess(text.length, 1.2 * (1 << 20));
  assertStringIncludes(text, "log lines were lost");
});

test("a destination that keeps up gets any amount", async () => {
  let lines = 0;
  const destination: LogDestination = {
    write(bytes) {
      lines += new TextDecoder().decode(bytes).split("\n").length - 1;
      return Promise.resolve(bytes.length);
    },
  };
  {
    await using _logging = configureLogging({ level: "info", format: "json", destination });
    for (let index = 0; index < 1_000; index++) {
      getLogger(["earshot"]).info("x".repeat(3_000));
      if (index % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }
  assertEquals(lines, 1_000);
});

test("a destination without a reader ends the writing and nothing else", async () => {
  let writes = 0;
  const destination: LogDestination = {
    write() {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe());
    },
  };
  await using _logging = configureLogging({ level: "info", format: "json", destination });
  for (let index = 0; index < 3; index++) {
    getLogger(["earshot"]).info("line");
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(writes, 1);
});

test("a disk that was full gets the lines that come afterward, and how many were lost", async () => {
  let full = true;
  let text = "";
  const destination: LogDestination = {
    write(bytes) {
      if (full) return Promise.reject(new Error("No space left on device"));
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  {
    await using _logging = configureLogging({ level: "info", format: "json", destination });
    for (let index = 0; index < 4; index++) {
      getLogger(["earshot"]).info(`line ${index}`);
      await new Promise((resolve) => setTimeout(resolve));
      full = index < 2;
    }
  }
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ message, properties }) => [message.slice(0, 6), properties.lines]), [
    ["line 3", undefined],
    ["3 log ", 3],
  ]);
});

test("stderr gets every line before the process ends, without a permission", async () => {
  const program = `
    import { getLogger } from "@logtape/logtape";
    import { configureLogging } from ${
    JSON.stringify(new URL("../../lib/telemetry/mod.ts", import.meta.url))
  };
    await using _logging = configureLogging({ level: "info", format: "auto" });
    for (let index = 0; index < 100; index++) getLogger(["earshot"]).info("Line {index}", { index });
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "--no-check", "--config", "deno.json", "--ext=ts", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(program));
  await stdin.close();
  const { code, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  assertEquals(text.match(/"message":"Line \d+"/g)?.length, 100);
});
