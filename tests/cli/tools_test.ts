import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SimulatedDevice, SimulatedSpeaker, SimulatedToolServer, USER_TOOLS } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

const ID = "02:00:00:00:00:11";
const SERVICES =
  `asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\ndevices: { "${ID}": { name: Kitchen } }\n`;

test(
  "tools: what a connected device's agent may call is listed, and tried; the operator's own is marked",
  async () => {
    await withConfig(async (config) => {
      await using gateway = new ServedGateway(config);
      const set = ["--data", gateway.data, "--config", config];
      const tools = (...args: string[]) => runEarshot(["tools", "--json", ...set, ...args]);
      const url = String((await gateway.next())["websocket"]);
      const absent = await tools();
      assertEquals(absent.code, EXIT.unavailable);
      assertStringIncludes(absent.stderr, "no device is connected");

      const speaker = new SimulatedSpeaker();
      const device = await SimulatedDevice.connect({
        url: new URL(url),
        deviceId: ID,
        clientId: "7b1f9f0e-0000-4000-8000-000000000001",
        tools: new SimulatedToolServer({ tools: [...speaker.tools, ...USER_TOOLS] }),
      }, new AbortController().signal);
      await using _device = device;
      let listed: Record<string, unknown>[] = [];
      for (let tries = 0; tries < 10 && listed.length < 6; tries++) {
        listed = objectsOf((await tools()).stdout);
      }
      assertEquals(listed.map(({ name, modelName }) => [name, modelName]), [
        ["end_conversation", "end_conversation"],
        ["self.get_device_status", "self_get_device_status"],
        ["self.audio_speaker.set_volume", "self_audio_speaker_set_volume"],
        ["change_volume", "change_volume"],
        ["self.reboot", null],
        ["self.upgrade_firmware", null],
      ]);
      const called = await tools(
        "--device",
        "kitchen",
        "--call",
        "change_volume",
        "--arguments",
        '{"direction":"down"}',
      );
      assertEquals(called.code, EXIT.ok, called.stderr);
      assertEquals([objectsOf(called.stdout)[0]?.["text"], speaker.volume], ['{"volume":55}', 55]);
      for (
        const [args, words] of [
          [["--call", "nothing"], "earshot: Cannot call nothing: there is none of this name"],
          [["--call", "self.audio_speaker.set_volume", "--arguments", '{"volume":500}'], "volume"],
          [["--call", "self.audio_speaker.set_volume", "--arguments", "{"], "they are no JSON"],
          [["--arguments", "{}"], "give the tool with --call"],
          [["--device", "02:00:00:00:00:12"], "not connected"],
        ] as const
      ) {
        const refused = await tools(...args);
        assert(refused.code !== EXIT.ok, args.join(" "));
        assertStringIncludes(refused.stderr, words);
      }
      const { stderr } = await gateway.end("SIGTERM");
      assert(!stderr.includes("direction"), "arguments are in the log");
    }, SERVICES);
  },
  { ignore: weightsMissing },
);
