import { join } from "node:path";
import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { onDisk } from "../disk.ts";
import { nameOf } from "../file_check.ts";
import { placeFile } from "../place_file.ts";

/** Lies beside the files of a known model. */
const FILE_NAME = "pins.json";

const pinsSchema = z.strictObject({
  revision: z.string(),
  files: z.record(
    z.string(),
    z.strictObject({
      name: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      sizeBytes: z.int().min(0),
      from: z.string(),
    }),
  ),
});

/** What a known model was when it was fetched first; from then on it is this and nothing else. */
export type Pins = z.output<typeof pinsSchema>;

/** One file of them: what it is, and which host said so. */
export type PinnedFile = Pins["files"][string];

/** The pins of the model in a directory, if it was ever fetched. Throws `model.corrupt`, `model.directory`. */
export async function readPins(modelDir: string): Promise<Pins | undefined> {
  const path = join(modelDir, FILE_NAME);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new EarshotError("model.directory", `Cannot read ${path}: ${nameOf(error)}`, { cause: error });
  }
  const pins = pinsSchema.safeParse(jsonOf(text));
  if (pins.success) return pins.data;
  throw new EarshotError(
    "model.corrupt",
    `Cannot read ${path}: it is not what a pull wrote; remove it, and pull the model again`,
  );
}

/** Puts pins beside the model, whole or not at all. Throws `model.directory`. */
export async function writePins(modelDir: string, pins: Pins, workPath: string): Promise<void> {
  await onDisk(workPath, () => Deno.writeTextFile(workPath, `${JSON.stringify(pins, undefined, 2)}\n`));
  await placeFile(workPath, join(modelDir, FILE_NAME));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
