import { type ProtobufField, ProtobufFile, type Span } from "./protobuf_file.ts";

/** The longest text of a header that is read, in bytes. */
const MAX_TEXT_BYTES = 1_048_576;

/** The numbers of the fields that are read, as `onnx.proto` has them. */
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR = { shape: 2 } as const;
const INITIALIZER = { name: 8 } as const;
const SHAPE = { dimension: 1 } as const;
const DIMENSION = { value: 1 } as const;

/** The lengths of a tensor's dimensions; `undefined` is one that the graph leaves open. */
export type Dimensions = readonly (number | undefined)[];

/** The inputs, outputs and metadata of a graph. */
export interface OnnxHeader {
  /** What it takes, by name. */
  readonly inputs: ReadonlyMap<string, Dimensions>;
  /** What it gives, by name. */
  readonly outputs: ReadonlyMap<string, Dimensions>;
  /** Its metadata, by name, which sherpa-onnx reads as well. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** What a file is: a graph, one in ONNX Runtime's own format, whose header is not read, or none. */
export type OnnxFile =
  | { readonly type: "graph"; readonly header: OnnxHeader }
  | { readonly type: "ort" }
  | { readonly type: "other"; readonly looksLike: string };

/** Reads what a graph says of itself, a few KB of it. Throws what `Deno.openSync` throws. */
export function readOnnxFile(path: string): OnnxFile {
  using file = new ProtobufFile(path);
  const { end } = file.whole;
  const start = file.bytes({ start: 0, end: Math.min(end, 64) });
  if (ascii(start.subarray(4, 8)) === "ORTM") return { type: "ort" };
  try {
    const header = readHeader(file);
    if (header !== undefined) return { type: "graph", header };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return { type: "other", looksLike: looksLike(start) };
}

function readHeader(file: ProtobufFile): OnnxHeader | undefined {
  const metadata = new Map<string, string>();
  let graph: Span | undefined;
  for (const { number, span } of file.fields(file.whole)) {
    if (span === undefined) continue;
    if (number === MODEL.graph) graph = span;
    if (number !== MODEL.metadata) continue;
    const entry = [...file.fields(span)];
    metadata.set(textOf(file, entry, ENTRY.key), textOf(file, entry, ENTRY.value));
  }
  return graph && { ...readGraph(file, graph), metadata };
}

function readGraph(file: ProtobufFile, graph: Span): Pick<OnnxHeader, "inputs" | "outputs"> {
  const inputs = new Map<string, Dimensions>();
  const outputs = new Map<string, Dimensions>();
  const weights = new Set<string>();
  for (const { number, span } of file.fields(graph)) {
    if (span === undefined) continue;
    if (number === GRAPH.initializer) weights.add(textOf(file, [...file.fields(span)], INITIALIZER.name));
    const values = number === GRAPH.input ? inputs : number === GRAPH.output ? outputs : undefined;
    if (values === undefined) continue;
    const fields = [...file.fields(span)];
    values.set(textOf(file, fields, VALUE.name), dimensionsOf(file, fields));
  }
  // Old files list their weights among the inputs.
  for (const name of weights) inputs.delete(name);
  return { inputs, outputs };
}

function dimensionsOf(file: ProtobufFile, value: readonly ProtobufField[]): Dimensions {
  const tensor = within(file, within(file, value, VALUE.type), TYPE.tensor);
  return within(file, tensor, TENSOR.shape)
    .filter(({ number }) => number === SHAPE.dimension)
    .map(({ span }) =>
      span && [...file.fields(span)].find(({ number }) => number === DIMENSION.value)?.value
    );
}

function within(
  file: ProtobufFile,
  fields: readonly ProtobufField[],
  wanted: number,
): readonly ProtobufField[] {
  const span = fields.findLast(({ number }) => number === wanted)?.span;
  return span === undefined ? [] : [...file.fields(span)];
}

function textOf(file: ProtobufFile, fields: readonly ProtobufField[], wanted: number): string {
  const span = fields.findLast(({ number }) => number === wanted)?.span;
  return (span && file.text(span, MAX_TEXT_BYTES)) ?? "";
}

function looksLike(start: Uint8Array): string {
  const text = ascii(start);
  if (text === "") return "an empty file";
  if (text.startsWith("version https://git-lfs")) return "a Git LFS pointer: the file itself was not fetched";
  if (text.startsWith("PK")) return "a zip archive, or a PyTorch checkpoint";
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return "a web page";
  // Bytes above 127 are letters of UTF-8.
  if (/^[\t\n\r -~\u0080-\u00ff]+$/.test(text)) return "a text, such as a list of tokens";
  return "no ONNX file, or a part of one";
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
