import { EarshotError } from "../../errors/mod.ts";

/** The server knows our session no more and has done nothing: who connects anew may ask again. */
export class SessionGone extends EarshotError {
  /** Names the server. */
  constructor(server: string) {
    super("tool.unavailable", `Cannot call a tool of ${server}: it knows our session no more`);
  }
}
