// @ts-types="./opus_wasm.d.ts"
import module from "./opus_wasm.js";

/** The most bytes that an Opus packet of any duration has. */
export const MAX_PACKET_BYTES = 7_664;
/** The most samples that a packet decodes to: 120 ms at 48 kHz, stereo. */
const MAX_SAMPLES = 5_760 * 2;

type Call = (...args: number[]) => number;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: Call;
  readonly free: Call;
  readonly opus_strerror: Call;
  readonly opus_decoder_get_size: Call;
  readonly opus_decoder_init: Call;
  readonly opus_decode: Call;
  readonly opus_encoder_get_size: Call;
  readonly opus_encoder_init: Call;
  readonly opus_encode: Call;
  readonly opus_encoder_ctl_set: Call;
}

/**
 * One instance of libopus for the whole process: its calls are synchronous, so all decoders and encoders
 * share its scratch memory for a packet and for samples.
 */
class Libopus {
  readonly calls: Exports;
  readonly packetPointer: number;
  readonly samplesPointer: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #samples: Int16Array<ArrayBuffer>;

  constructor() {
    const instance = new WebAssembly.Instance(module, {
      env: { emscripten_notify_memory_growth: () => this.#refresh() },
      wasi_snapshot_preview1: { proc_exit() {}, fd_close: () => 0, fd_write: () => 0, fd_seek: () => 0 },
    });
    this.calls = readExports(instance.exports);
    this.packetPointer = this.calls.malloc(MAX_PACKET_BYTES);
    this.samplesPointer = this.calls.malloc(MAX_SAMPLES * 2);
    this.#bytes = new Uint8Array(0);
    this.#samples = new Int16Array(0);
    this.#refresh();
  }

  /** Copies a packet into the scratch memory. */
  writePacket(packet: Uint8Array): void {
    this.#bytes.set(packet, this.packetPointer);
  }

  /** A copy of the packet in the scratch memory. */
  readPacket(sizeBytes: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(this.packetPointer, this.packetPointer + sizeBytes);
  }

  /** Copies samples into the scratch memory. */
  writeSamples(samples: Int16Array): void {
    this.#samples.set(samples, this.samplesPointer / 2);
  }

  /** A copy of the samples in the scratch memory. */
  readSamples(count: number): Int16Array<ArrayBuffer> {
    return this.#samples.slice(this.samplesPointer / 2, this.samplesPointer / 2 + count);
  }

  /** libopus' own words for one of its negative results. */
  explain(result: number): string {
    const start = this.calls.opus_strerror(result);
    const end = this.#bytes.indexOf(0, start);
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }

  /** The memory that the instance has taken, in bytes. */
  get memoryBytes(): number {
    return this.#bytes.byteLength;
  }

  #refresh(): void {
    const { buffer } = this.calls.memory;
    if (!(buffer instanceof ArrayBuffer)) throw new TypeError("libopus must not share its memory");
    this.#bytes = new Uint8Array(buffer);
    this.#samples = new Int16Array(buffer);
  }
}

let shared: Libopus | undefined;

/** The process's libopus, started at its first use. */
export function libopus(): Libopus {
  shared ??= new Libopus();
  return shared;
}

function readExports(exports: WebAssembly.Exports): Exports {
  const { memory, _initialize: initialize } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("libopus has no memory");
  if (typeof initialize === "function") initialize();
  const call = (name: string): Call => {
    const value = exports[name];
    if (typeof value !== "function") throw new TypeError(`libopus has no ${name}`);
    return (...args) => Number(value(...args));
  };
  return {
    memory,
    malloc: call("malloc"),
    free: call("free"),
    opus_strerror: call("opus_strerror"),
    opus_decoder_get_size: call("opus_decoder_get_size"),
    opus_decoder_init: call("opus_decoder_init"),
    opus_decode: call("opus_decode"),
    opus_encoder_get_size: call("opus_encoder_get_size"),
    opus_encoder_init: call("opus_encoder_init"),
    opus_encode: call("opus_encode"),
    opus_encoder_ctl_set: call("opus_encoder_ctl_set"),
  };
}
