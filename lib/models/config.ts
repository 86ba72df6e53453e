import { z } from "zod";
import { httpUrl, peerTlsConfig } from "../net/mod.ts";
import { fileNameOf } from "./custom_model.ts";

/** The largest file that is fetched, in bytes. */
const MAX_FILE_BYTES = 8_589_934_592;

const ARCHIVE = /\.(tar|tgz|tbz2?|gz|bz2|xz|zip|7z|rar)$/i;

const customFile = z.strictObject({
  url: httpUrl.optional().describe("where the file is fetched from"),
  path: z.string().min(1).optional().describe("or where it is on this machine"),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "must be 64 hexadecimal digits").toLowerCase().optional()
    .describe("the sha256 of its content; `earshot models pull` prints it where it is missing"),
  sizeBytes: z.int().min(1).max(MAX_FILE_BYTES).optional().describe("its size, in bytes"),
}).superRefine(({ url, path }, { addIssue }) => {
  if ((url === undefined) === (path === undefined)) {
    addIssue({ code: "custom", message: "needs either a url or a path" });
  }
  if (url === undefined) return;
  const name = fileNameOf({ url });
  if (name === undefined || ARCHIVE.test(name)) {
    addIssue({
      code: "custom",
      path: ["url"],
      message: name === undefined
        ? "must end with the file's name"
        : "is an archive: unpack it by hand (tar xf), and give each file by its path",
    });
  }
});

/** Whether each file that is fetched has a name of its own. */
function namesDiffer(files: Readonly<Record<string, z.output<typeof customFile>>>): boolean {
  const names = Object.values(files).flatMap(({ url }) => url === undefined ? [] : [fileNameOf({ url })]);
  return new Set(names).size === names.length;
}

/** Whether something is the address of a model host, as `modelHost` takes it. */
export function isHostAddress(address: string): boolean {
  const url = URL.parse(address);
  return (url?.protocol === "https:" || url?.protocol === "http:") &&
    /^[^{}]*(\{(repo|revision|file)\}[^{}]*)*$/.test(address) &&
    (!address.includes("{") || address.includes("{file}"));
}

/** The `models` block of the config: where weights live, and those that the user brings. */
export const modelsConfig = z.strictObject({
  dir: z.string().min(1).optional()
    .describe("the directory of the weights; without it `models` inside the data directory"),
  hosts: z.array(
    z.string().refine(
      isHostAddress,
      "must be https://HOST of a mirror of Hugging Face, or the address of a file with {file} in it",
    ),
  ).min(1).optional()
    .describe(
      "where known models are fetched from, tried in turn; without it HF_ENDPOINT, else the publisher and its mirrors",
    ),
  custom: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "must be of small letters, digits, and . _ - between"),
    z.strictObject({
      files: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,31}$/, "must be a word"), customFile)
        .refine((files) => Object.keys(files).length > 0, "needs at least one file")
        .refine(namesDiffer, "two of them have one name, and would lie in one place"),
    }),
  ).default({}).describe("models of your own, by name; a recognizer of type sherpa names one as its model"),
  tls: peerTlsConfig.prefault({}).describe(
    "how the certificates of the hosts that models are fetched from are checked",
  ),
});

/** The checked `models` block. */
export type ModelsConfig = z.output<typeof modelsConfig>;
