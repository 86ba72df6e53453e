import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { ScriptedService } from "../../support/scripted_service.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300 } } as const;
const ASR = { asr: { vosk: { type: "vosk" } } } as const;
/** What encoders send while there is nothing to hear. */
const DTX = Uint8Array.of(0x58);

/** A device that keeps sending, as a microphone does; otherwise the utterance ends for want of sound. */
function keepSending(device: HandDevice): Disposable {
  const timer = setInterval(() => device.pause(60), 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function open(service: ScriptedService, mode: "auto" | "manual" | "realtime", changes = {}) {
  await using stack = new AsyncDisposableStack();
  const engine = new FakeEngine();
  const gateway = stack.use(new TestGateway(engine, { ...ASR, ...QUICK, ...changes }, { service }));
  const device = stack.use(await HandDevice.listen(gateway, mode));
  return { gateway, device, engine, stack: stack.move() };
}

/** In realtime mode, just after the recognizer has ended an utterance without a word, so that it rests. */
async function openResting() {
  const service = new ScriptedService();
  const { gateway, device, stack: opened } = await open(service, "realtime");
  await using stack = opened;
  device.speak(60);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.endsItself();
  await device.hears(["tts stop"]);
  return { service, gateway, device, stack: stack.move() };
}

for (const mode of ["auto", "realtime"] as const) {
  test(`${mode}: the recognizer's first sentence ends the utterance, and the engine is not asked`, async () => {
    const service = new ScriptedService();
    const { gateway, device, engine, stack } = await open(service, mode);
    await using _ = stack;
    using _sending = keepSending(device);
    device.speak(300);
    await gateway.until(() => service.streams.length === 1, "a stream");
    assertEquals(service.stream.options.endpointing, true);
    service.stream.partial("good");
    service.stream.final("Good morning.");
    await device.hears(["stt Good morning.", "tts start", "tts stop"]);
    assert(service.streams[0]?.finished);
    // The microphone stayed open: what follows is another utterance.
    await gateway.until(() => service.streams.length === 2, "the next stream");
    device.heard.length = 0;
    service.stream.final("How are you?");
    await device.hears(["stt How are you?", "tts start", "tts stop"]);
    assertEquals(engine.batches.length, 0);
  });
}

/** The chunks that each stream was given. */
function givenTo(service: ScriptedService): readonly (readonly number[])[] {
  return service.streams.map(({ written }) => written.map(({ seq }) => seq));
}

/** Every chunk from the first up to the last that was given, once. */
function assertSeamless(service: ScriptedService): void {
  const given = givenTo(service).flat();
  assertEquals(given, given.map((_, index) => index), JSON.stringify(givenTo(service)));
}

test("realtime: each chunk is given to one stream, those that come while an utterance ends included", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "realtime");
  await using _ = stack;
  for (let count = 1; count <= 6; count++) {
    device.speak(300);
    await gateway.until(() => service.streams.length === count, "a stream");
    await gateway.until(() => service.stream.written.length >= 3, "its sound");
    // Nobody waits here: some of this comes before the end is known, and some after.
    device.speak(180);
    service.stream.final(`Sentence ${count}.`);
    device.speak(180);
    await gateway.until(() => service.streams[count - 1]?.finished === true, "its end");
  }
  device.speak(60);
  await device.settled();
  assertEquals(givenTo(service).flat().length, device.packets);
  assertSeamless(service);
});

/** In realtime mode, when as much was heard as `picture` says: `#` is a packet of speech, `.` of quiet. */
async function openHearing(
  picture: string,
  capabilities: ConstructorParameters<typeof ScriptedService>[0] = {},
) {
  // What it makes of the half word that it has heard.
  const service = new ScriptedService({ finalAtFinish: "How ar", ...capabilities });
  const { gateway, device, stack: opened } = await open(service, "realtime");
  await using stack = opened;
  const undecoded = capabilities?.encodings?.includes("opus");
  for (const what of picture) {
    if (what === "#") device.speak(60);
    else if (undecoded) device.send(DTX);
    else device.pause(60);
  }
  await gateway.until(() => service.streams[0]?.written.length === picture.length, "all of its sound");
  service.finalAtFinish = undefined;
  return { service, gateway, device, first: service.stream, stack: stack.move() };
}

test("realtime: a word that is being said when the service ends an utterance is the next stream's, whole and alone", async () => {
  for (
    const { picture, times, seam, ...capabilities } of [
      { picture: "#####..........###", seam: 10 },
      { picture: "#####.......###", times: { endMs: 300 }, seam: 7 },
      { picture: "#####...########", times: { endMs: 720 }, seam: 12 },
      { picture: "#####..........###", seam: 10, encodings: ["opus"] },
    ] as const
  ) {
    const { service, gateway, device, first, stack } = await openHearing(picture, capabilities);
    await using _ = stack;
    first.final("Good morning.", times);
    // At once, as a device may send nothing more.
    await gateway.until(() => service.streams.length === 2, "the next stream");
    device.speak(120);
    await device.settled();
    const given = [0, 1].map((stream) => givenTo(service)[stream]);
    const end = picture.length;
    assertEquals(given, [range(0, end), range(seam, end + 2)], picture);
    service.stream.final("How are you?");
    await device.hears(
      ["Good morning.", "How are you?"].flatMap((text) => [`stt ${text}`, "tts start", "tts stop"]),
    );
    // Sound that was handed on counts once.
    const audioMs = gateway.sessionEvents.flatMap((event) =>
      event.type === "turn_ended" ? [event.summary.audioMs] : []
    );
    assertEquals(audioMs, [seam * 60, (end + 2 - seam) * 60]);
  }
});

test("realtime: where nobody speaks when the service ends an utterance, or speech has not paused, nothing is heard twice", async () => {
  for (
    const { picture, times } of [
      { picture: "#####.........." },
      { picture: "#####..........##......" },
      { picture: "#########...#########" },
      { picture: "#####..........##......", times: { endMs: 300 } },
    ]
  ) {
    const { service, gateway, device, first, stack } = await openHearing(picture);
    await using _ = stack;
    first.final("Good morning.", times);
    await device.until(() => device.heard.length >= 3, picture);
    assertEquals(device.said, ["stt Good morning. How ar", "tts start", "tts stop"], picture);
    device.speak(60);
    await gateway.until(() => service.streams.length === 2, "the next stream");
    await device.settled();
    assertSeamless(service);
  }
});

test("realtime: of the sound that a full stream had not taken, what comes after the seam is the next stream's", async () => {
  const { service, gateway, device, first, stack } = await openHearing("#####..........##");
  await using _ = stack;
  first.fill();
  device.speak(120);
  await device.settled();
  first.final("Good morning.");
  await gateway.until(() => service.streams.length === 2, "the next stream");
  first.empty();
  await gateway.until(() => first.finished, "the end of the first stream");
  await device.settled();
  assertEquals(givenTo(service), [range(0, 17), range(10, 19)]);
});

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

test("realtime: what a full stream could not take before the end is still its own, and nothing after it", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "realtime");
  await using _ = stack;
  device.speak(180);
  await gateway.until(() => service.streams[0]?.written.length === 3, "a stream with all of it");
  const [first] = service.streams;
  first?.fill();
  device.speak(120);
  await device.settled();
  first?.final("Good morning.");
  await device.settled();
  device.speak(300);
  await gateway.until(() => service.streams.length === 2, "the next stream");
  first?.empty();
  await gateway.until(() => first?.finished === true, "the end of the first stream");
  await device.settled();
  assertEquals(givenTo(service), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]);
});

/** In `mode`, with 180 ms written and 120 ms more that wait because the stream is full. */
async function openFull(mode: "auto" | "manual" | "realtime") {
  const service = new ScriptedService({ finalAtFinish: "How are you?" });
  const { gateway, device, stack: opened } = await open(service, mode);
  await using stack = opened;
  device.speak(180);
  await gateway.until(() => service.streams[0]?.written.length === 3, "a stream with all of it");
  service.stream.fill();
  device.speak(120);
  await device.settled();
  return { service, gateway, device, first: service.stream, stack: stack.move() };
}

for (const mode of ["auto", "manual", "realtime"] as const) {
  test(`${mode}: what a full stream could not take before the service ended it is given to another one`, async () => {
    const { service, gateway, device, first, stack } = await openFull(mode);
    await using _ = stack;
    first.endsItself();
    await device.settled();
    if (mode === "manual") device.stop();
    await gateway.until(() => service.streams.length === 2, "another stream");
    await device.hears(["stt How are you?", "tts start", "tts stop"]);
    assertEquals(givenTo(service), [[0, 1, 2], [3, 4]]);
  });
}

test("what a full stream still owed when the button was released is given to another one if the service ends it", async () => {
  const { service, gateway, device, first, stack } = await openFull("manual");
  await using _ = stack;
  device.stop();
  await device.settled();
  assertEquals(first.finished, false);
  first.final("Good morning.");
  first.endsItself();
  await gateway.until(() => service.streams.length === 2, "another stream");
  await device.hears(["stt Good morning. How are you?", "tts start", "tts stop"]);
  assertEquals(givenTo(service), [[0, 1, 2], [3, 4]]);
});

test("what no further stream is opened for is counted as dropped, to the millisecond", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "manual");
  await using _ = stack;
  for (let stream = 1; stream <= 8; stream++) {
    device.speak(60);
    await gateway.until(() => service.streams.length === stream, "a stream");
    await gateway.until(() => service.stream.written.length > 0, "its sound");
    service.stream.fill();
    device.speak(60);
    await device.settled();
    service.stream.endsItself();
    await device.settled();
  }
  device.speak(120);
  device.stop();
  await device.hears(["tts stop"]);
  const [event] = gateway.sessionEvents;
  const givenMs = givenTo(service).flat().length * 60;
  assert(event?.type === "turn_ended", JSON.stringify(event));
  assertEquals([event.summary.droppedMs, event.summary.audioMs], [device.packets * 60 - givenMs, 18 * 60]);
  assert(event.summary.droppedMs >= 120);
});

test("realtime: what is said while an ended utterance's stream still opens is not given to it", async () => {
  const service = new ScriptedService();
  const opened = Promise.withResolvers<void>();
  service.opening = opened.promise;
  const { gateway, device, stack } = await open(service, "realtime", {
    asr: { vosk: { type: "vosk", endpointing: "vad" } },
  });
  await using _ = stack;
  device.speak(300);
  device.pause(600);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted === 1, "an utterance");
  await device.settled();
  device.speak(300);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted === 2, "another one");
  opened.resolve();
  await gateway.until(() => service.streams[0]?.finished === true, "the end of the first stream");
  await device.settled();
  const [first = [], second = []] = givenTo(service);
  assert(first.length > 0 && second.length > 0, JSON.stringify(givenTo(service)));
  assertEquals(first.filter((seq) => second.includes(seq)), []);
});

test("what comes while a recognizer that ended an utterance without a word rests is heard afterward", async () => {
  const { service, gateway, device, stack } = await openResting();
  await using _ = stack;
  device.speak(900);
  await device.settled();
  assertEquals(service.streams.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  device.speak(60);
  await gateway.until(() => service.streams.length === 2, "another stream");
  await device.settled();
  assertEquals(givenTo(service).flat().length, device.packets);
  assertSeamless(service);
});

test("what came while it rested, and is not held any more when somebody speaks again, has no part in that", async () => {
  const { service, gateway, device, stack } = await openResting();
  await using _ = stack;
  device.speak(120);
  const silent = 50;
  for (let count = 0; count < silent; count++) device.send(DTX);
  await device.settled();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  device.speak(60);
  await gateway.until(() => service.streams.length === 2, "another stream");
  await device.settled();
  // Half a second before it, and not all of the two seconds that are held.
  const startSeq = 1 + 2 + silent;
  assertEquals(givenTo(service)[1], range(startSeq - 9, startSeq + 1));
});

for (
  const { name, padPackets, billed, asr } of [
    { name: "half a second where nobody pays for it", padPackets: 9, billed: false, asr: {} },
    { name: "less where it is paid for", padPackets: 6, billed: true, asr: {} },
    {
      name: "half a second where it was said to begin with a packet",
      padPackets: 9,
      billed: true,
      asr: { startsBy: "packet" },
    },
  ]
) {
  test(`before the first packet that is no silence, a service gets ${name}`, async () => {
    const service = new ScriptedService({ billed });
    const { gateway, device, stack } = await open(service, "auto", {
      asr: { vosk: { type: "vosk", ...asr } },
    });
    await using _ = stack;
    const silent = 30;
    for (let count = 0; count < silent; count++) device.send(DTX);
    device.speak(300);
    await gateway.until(() => service.streams.length === 1, "a stream");
    await gateway.until(() => service.streams[0]?.written.at(-1)?.seq === silent + 4, "its sound");
    assertEquals(givenTo(service)[0], range(silent - padPackets, silent + 5));
  });
}

for (const mode of ["auto", "realtime"] as const) {
  test(`${mode}: once a service has ended a sentence, nothing is sent before somebody speaks again`, async () => {
    const service = new ScriptedService();
    const { gateway, device, stack } = await open(service, mode);
    await using _ = stack;
    device.speak(300);
    await gateway.until(() => service.streams[0]?.written.length === 5, "its sound");
    service.stream.final("Good morning.");
    await device.hears(["stt Good morning.", "tts start", "tts stop"]);
    for (let count = 0; count < 20; count++) device.send(DTX);
    await device.settled();
    assertEquals(givenTo(service), [range(0, 5)]);
    assertEquals(service.streams[0]?.finished, true);
  });
}

test("a device that says it is silent (DTX) opens no stream", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "auto");
  await using _ = stack;
  for (let count = 0; count < 20; count++) device.send(DTX);
  await device.settled();
  assertEquals(service.streams.length, 0);
  device.speak(60);
  await gateway.until(() => service.streams.length === 1, "a stream");
});

test("with a button the device says what an utterance is, whatever sentences there are", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "manual");
  await using _ = stack;
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  assertEquals(service.stream.options.endpointing, false);
  service.stream.final("Good morning.");
  device.speak(120);
  await device.settled();
  assertEquals(device.said, []);
  service.stream.final("How are you?");
  device.stop();
  await device.hears(["stt Good morning. How are you?", "tts start", "tts stop"]);
  assertEquals(service.streams.length, 1);
});

test("with a button held, what is said after the service has ended the utterance by itself is heard too", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "manual");
  await using _ = stack;
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.final("Good morning.");
  service.stream.endsItself();
  await device.settled();
  device.speak(300);
  await gateway.until(() => service.streams.length === 2, "another stream");
  await device.settled();
  assertEquals(service.streams.map(({ written }) => written.map(({ seq }) => seq)), [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
  ]);
  service.stream.final("How are you?");
  device.stop();
  await device.hears(["stt Good morning. How are you?", "tts start", "tts stop"]);
});

test("a service that ends every utterance at once is not asked with every packet", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "manual");
  await using _ = stack;
  for (let packet = 0; packet < 30; packet++) {
    device.speak(60);
    await device.settled();
    if (service.streams.length > 0) service.stream.endsItself();
    await device.settled();
  }
  device.stop();
  await device.hears(["alert", "tts stop"]);
  assertEquals(service.streams.length, 8);
  const [event] = gateway.sessionEvents;
  assert(event?.type === "turn_ended" && event.summary.droppedMs > 1_000, JSON.stringify(event));
});

test("a device that stops sending ends its utterance although the recognizer says nothing", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "auto");
  await using _ = stack;
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.partial("good morning");
  await gateway.until(() => service.streams[0]?.finished === true, "the end of the stream");
  await device.hears(["tts stop"]);
});

test("a service that ends an utterance by itself ends the turn", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "auto");
  await using _ = stack;
  using _sending = keepSending(device);
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.endsItself();
  await device.hears(["tts stop"]);
  await gateway.until(() => service.streams.length === 2, "the next stream");
});

test("the sentence that ended the utterance is not lost to what goes wrong afterward", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "realtime");
  await using _ = stack;
  using _sending = keepSending(device);
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.final("Good morning.");
  service.stream.fail(new EarshotError("asr.disconnected", "Cannot go on: the test says so"));
  await device.hears(["stt Good morning.", "tts start", "tts stop"]);
  await gateway.until(() => service.streams.length === 2, "the next stream");
});

test("a service that is down is asked once in a while, not with every packet; a new listen start asks at once", async () => {
  const service = new ScriptedService();
  service.refusal = new EarshotError("asr.auth", "Cannot recognize: the test says so");
  const { gateway, device, stack } = await open(service, "realtime");
  await using _ = stack;
  device.speak(300);
  await device.hears(["alert", "tts stop"]);
  device.speak(600);
  await device.settled();
  assertEquals(device.heard.length, 2);
  assertEquals(gateway.gateway.stats.counters.turnsStarted, 1);
  service.refusal = undefined;
  device.heard.length = 0;
  device.start("realtime");
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.final("Good morning.");
  await device.hears(["stt Good morning.", "tts start", "tts stop"]);
});

test("a service that ends every utterance at once, without a word, is asked once a second", async () => {
  const { service, gateway, device, stack } = await openResting();
  await using _ = stack;
  device.speak(600);
  await device.settled();
  assertEquals([service.streams.length, device.said], [1, ["tts stop"]]);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  device.speak(60);
  await gateway.until(() => service.streams.length === 2, "another stream");
});

test("a service that takes no more streams is told as such, once, and not with every packet", async () => {
  const service = new ScriptedService();
  const { gateway, device, stack } = await open(service, "auto", {
    asr: { vosk: { type: "vosk", maxStreams: 1 } },
  });
  await using _ = stack;
  device.speak(60);
  await gateway.until(() => service.streams.length === 1, "a stream");
  await using other = await HandDevice.listen(gateway, "auto");
  other.speak(600);
  await other.settled();
  assertEquals(other.said, ["alert", "tts stop"]);
  const [event] = gateway.sessionEvents;
  assert(event?.type === "turn_ended" && event.summary.code === "asr.busy", JSON.stringify(event));
});

test("asr.endpointing: vad leaves it to our own detector; the stream opens when somebody speaks", async () => {
  const service = new ScriptedService();
  const { gateway, device, engine, stack } = await open(service, "auto", {
    asr: { vosk: { type: "vosk", endpointing: "vad" } },
  });
  await using _ = stack;
  device.pause(600);
  await device.settled();
  assertEquals(service.streams.length, 0);
  device.speak(600);
  await gateway.until(() => service.streams.length === 1, "a stream");
  assertEquals(service.stream.options.endpointing, false);
  service.stream.final("Good morning.");
  device.pause(600);
  await device.hears(["stt Good morning.", "tts start", "tts stop"]);
  assert(engine.batches.length > 0);
});

test("pass-through: packets reach a recognizer that takes Opus as the device sent them, and nothing is decoded", async () => {
  const service = new ScriptedService({ encodings: ["opus"] });
  const { gateway, device, stack } = await open(service, "auto");
  await using _ = stack;
  const packets = device.encode(300, 8_000);
  for (const packet of packets) device.send(packet);
  await gateway.until(() => service.streams[0]?.written.length === packets.length, "every packet");
  assertEquals(service.stream.written.map(({ opus }) => opus), packets);
  assert(service.stream.written.every(({ pcm }) => pcm === undefined));
  service.stream.final("Good morning.");
  await device.hears(["stt Good morning.", "tts start", "tts stop"]);
});
