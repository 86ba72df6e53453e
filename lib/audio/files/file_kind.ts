import { convertCommand, convertWith, shellWord } from "./convert_command.ts";

/** How much of a file identifies its kind, in bytes. */
export const MAGIC_BYTES = 512;

/** What names a WAVE. */
const WAVE_HEADER_BYTES = 12;

/** A kind of file that begins with certain bytes, and what is done with it. */
interface FileKind {
  /** What it is, behind `it is`. */
  readonly name: string;
  /** What it begins with: at a byte, letters or bytes. */
  readonly magic: readonly (readonly [at: number, begins: string])[];
  /** How sound is got out of it; default: by the command that converts. */
  readonly remedy?: (file: string | undefined) => string;
}

/** Found by the first that fits, so what is more special comes first. */
const KINDS: readonly FileKind[] = [
  { name: "an AVI film", magic: [[0, "RIFF"], [8, "AVI "]] },
  { name: "a MIDI file, which has notes and no sound", magic: [[0, "MThd"]], remedy: noSound },
  { name: "a FLAC", magic: [[0, "fLaC"]] },
  { name: "an AIFF", magic: [[0, "FORM"], [8, "AIF"]] },
  { name: "an AU", magic: [[0, ".snd"]] },
  { name: "an AMR", magic: [[0, "#!AMR"]] },
  { name: "a SILK, as chat programs record", magic: [[0, "#!SILK"]], remedy: silk },
  { name: "a SILK, as chat programs record", magic: [[1, "#!SILK"]], remedy: silk },
  { name: "a CAF", magic: [[0, "caff"]] },
  { name: "a WMA or another ASF", magic: [[0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"]] },
  { name: "an M4A", magic: [[4, "ftypM4A"]] },
  { name: "an M4A", magic: [[4, "ftypM4B"]] },
  { name: "a 3GP", magic: [[4, "ftyp3g"]] },
  { name: "a QuickTime film", magic: [[4, "ftypqt"]] },
  { name: "an MP4", magic: [[4, "ftyp"]] },
  { name: "a QuickTime film", magic: [[4, "moov"]] },
  { name: "a Flash film", magic: [[0, "FLV"]] },
  { name: "a WavPack", magic: [[0, "wvpk"]] },
  { name: "a Monkey's Audio", magic: [[0, "MAC "]] },
  { name: "a TTA", magic: [[0, "TTA"]] },
  { name: "a RealMedia", magic: [[0, ".RMF"]] },
  { name: "a DSD", magic: [[0, "DSD "]] },
  { name: "a NIST SPHERE", magic: [[0, "NIST_1A"]] },
  { name: "a Creative Voice file", magic: [[0, "Creative Voice File"]] },
  { name: "an AAC", magic: [[0, "ADIF"]] },
  { name: "an MPEG film", magic: [[0, "\x00\x00\x01\xba"]] },
  { name: "an MPEG film", magic: [[0, "\x00\x00\x01\xb3"]] },
  { name: "an MPEG transport stream", magic: [[0, "G"], [188, "G"], [376, "G"]] },
  { name: "an MP3", magic: [[0, "ID3"]] },
  { name: "Opus without its Ogg", magic: [[0, "OpusHead"]] },
  { name: "a gzip", magic: [[0, "\x1f\x8b"]], remedy: (file) => unpack("gunzip -c", file) },
  { name: "a bzip2", magic: [[0, "BZh"]], remedy: (file) => unpack("bunzip2 -c", file) },
  { name: "an xz", magic: [[0, "\xfd7zXZ\0"]], remedy: (file) => unpack("xz -dc", file) },
  { name: "a zstd", magic: [[0, "\x28\xb5\x2f\xfd"]], remedy: (file) => unpack("zstd -dc", file) },
  { name: "a zip", magic: [[0, "PK\x03\x04"]], remedy: (file) => unpackFirst("unzip", file) },
  { name: "a 7z", magic: [[0, "7z\xbc\xaf\x27\x1c"]], remedy: (file) => unpackFirst("7z x", file) },
  { name: "a rar", magic: [[0, "Rar!\x1a"]], remedy: (file) => unpackFirst("unrar x", file) },
  { name: "a tar", magic: [[257, "ustar"]], remedy: (file) => unpackFirst("tar xf", file) },
  {
    name: "a pointer of Git LFS",
    magic: [[0, "version https://git-lfs"]],
    remedy: () => "fetch the file: git lfs pull",
  },
  { name: "a playlist", magic: [[0, "#EXTM3U"]], remedy: noSound },
  { name: "a PDF", magic: [[0, "%PDF"]], remedy: noSound },
  { name: "a picture", magic: [[0, "\x89PNG"]], remedy: noSound },
  { name: "a picture", magic: [[0, "\xff\xd8\xff"]], remedy: noSound },
  { name: "a picture", magic: [[0, "GIF8"]], remedy: noSound },
  { name: "a picture", magic: [[0, "RIFF"], [8, "WEBP"]], remedy: noSound },
  { name: "a program", magic: [[0, "\x7fELF"]], remedy: noSound },
  { name: "a RIFF of another kind than WAVE", magic: [[0, "RIFF"]] },
];

/** Says what a file is that is no sound to be read here, and what to do with it; `bytes` are its first ones. */
export function describeForeignFile(bytes: Uint8Array, file: string | undefined): string {
  if (bytes.length === 0) return "it is empty";
  if (bytes.length < WAVE_HEADER_BYTES && /^(RIFF|RIFX|RF64|BW64|riff)/.test(latin(bytes))) {
    return "it is cut short: it ends inside its header";
  }
  const kind = KINDS.find(({ magic }) => magic.every(([at, begins]) => beginsWith(bytes, at, begins)));
  if (kind !== undefined) return `it is ${kind.name}; ${(kind.remedy ?? convertWith)(file)}`;
  if (beginsWith(bytes, 0, "\x1a\x45\xdf\xa3")) {
    return `it is a ${latin(bytes).includes("webm") ? "WebM" : "Matroska"}; ${convertWith(file)}`;
  }
  const stream = mpegStreamOf(bytes);
  if (stream !== undefined) return `it is an ${stream}; ${convertWith(file)}`;
  if (bytes.every((byte) => byte === 0)) return "it begins with nothing but zeros: it is no sound file";
  if (isText(bytes)) return `it is text; ${noSound()}`;
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const raw = file === undefined
    ? "samples without a header get one by `ffmpeg -f s16le -ar 16000 -ac 1 -i - -f wav -`"
    : `if ffmpeg knows it: ${convertCommand(file)}; samples without a header: ` +
      `ffmpeg -f s16le -ar 16000 -ac 1 -i ${shellWord(file)} out.wav`;
  return `it is of no kind that is known here (it begins with ${first}); ${raw}`;
}

/** MP3 and AAC without a container: a frame begins with eleven or twelve ones, and a valid head. */
function mpegStreamOf(bytes: Uint8Array): string | undefined {
  const [first = 0, second = 0, third = 0] = bytes;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const layer = second >> 1 & 3;
  if (layer === 0) return (second & 0xf0) === 0xf0 ? "AAC" : undefined;
  const valid = (second >> 3 & 3) !== 1 && third >> 4 !== 15 && (third >> 2 & 3) !== 3;
  return valid ? ["", "MP3", "MP2"][layer] : undefined;
}

function isText(bytes: Uint8Array): boolean {
  // Its last letter may be cut.
  const text = new TextDecoder().decode(bytes).replace(/\ufffd{1,3}$/, "");
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/.test(text);
}

function noSound(): string {
  return "give a file with sound in it";
}

function silk(): string {
  return "no usual program converts it; let the chat program save it in another format";
}

function unpack(command: string, file: string | undefined): string {
  const input = file === undefined ? "" : ` ${shellWord(file)}`;
  return `unpack it on the way: ${command}${input} | earshot transcribe -`;
}

function unpackFirst(command: string, file: string | undefined): string {
  return file === undefined ? "unpack it first" : `unpack it first: ${command} ${shellWord(file)}`;
}

function beginsWith(bytes: Uint8Array, at: number, begins: string): boolean {
  for (let i = 0; i < begins.length; i++) if (bytes[at + i] !== begins.charCodeAt(i)) return false;
  return true;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
