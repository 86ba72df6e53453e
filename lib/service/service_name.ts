import type { ServiceFamily } from "../errors/mod.ts";

/** Which service: its family decides the error codes, its name is the one that the config gives it. */
export interface ServiceName {
  /** The stage that it serves, such as `asr`. */
  readonly family: ServiceFamily;
  /** Its name in the config, such as `lan`. */
  readonly name: string;
}

/** Its place in the config, such as `asr.lan`. */
export function configKeyOf({ family, name }: ServiceName): string {
  return name === "" ? family : `${family}.${name}`;
}
