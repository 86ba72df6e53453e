import { hostOf } from "../../net/mod.ts";
import type { KnownModel } from "./known_models.ts";

/** The host of the publisher, whose claims about a file are binding. */
const PUBLISHER = "https://huggingface.co";

/** Where known models are fetched from, in the order in which they are tried, unless the config says otherwise. */
export const MODEL_HOSTS: readonly string[] = [
  PUBLISHER,
  "https://hf-mirror.com",
  "https://www.modelscope.cn",
];

/** What a file of a model is called at a host. */
export interface HostedFile {
  /** Where its content is. */
  readonly url: string;
  /** Where git's own version of it is: of a large file a pointer that names its sha256. */
  readonly pointerUrl?: string;
}

/** A host that has models. */
export interface ModelHost {
  /** Its name in messages. */
  readonly name: string;
  /** Whether it is the publisher's own. */
  readonly publisher: boolean;
  /**
   * Where it has a file at a revision; without one, the newest state. `undefined` where it is known not to have the
   * model.
   */
  locate(model: KnownModel, file: string, revision: string | undefined): HostedFile | undefined;
}

/**
 * A host by its address: one that speaks as Hugging Face does (`BASE/REPO/resolve/REVISION/FILE`), ModelScope, or, with
 * `{file}` in it, any web server: `{repo}`, `{revision}` and `{file}` are filled in.
 */
export function modelHost(address: string): ModelHost {
  const base = address.replace(/\/+$/, "");
  const name = hostOf(address);
  if (base.includes("{file}")) return { name, publisher: false, locate: fillIn(address) };
  if (/(^|\.)modelscope\.(cn|ai)$/.test(new URL(base).hostname)) return modelScope(name, base);
  return {
    name,
    publisher: base === PUBLISHER,
    locate: ({ repo }, file, revision = "main") => ({
      url: `${base}/${repo}/resolve/${revision}/${file}`,
      pointerUrl: `${base}/${repo}/raw/${revision}/${file}`,
    }),
  };
}

function fillIn(template: string): ModelHost["locate"] {
  return ({ repo }, file, revision = "main") => ({
    url: template.replaceAll("{repo}", repo).replaceAll("{revision}", revision).replaceAll("{file}", file),
  });
}

/** Its revisions are its own, so a request for the publisher's newest state gets the newest there. */
function modelScope(name: string, base: string): ModelHost {
  return {
    name,
    publisher: false,
    locate: ({ modelScope: copy, revision: known }, file, revision) => {
      if (copy === undefined) return undefined;
      const at = revision === known ? copy.revision : "master";
      return { url: `${base}/models/${copy.repo}/resolve/${at}/${file}` };
    },
  };
}
