import { DeviceTools } from "../../../lib/tools/mod.ts";

/** Sees the device tools of sessions that a gateway in this process opens; disposing stops that. */
export class OpenedTools implements Disposable {
  /** In the order in which their devices were greeted. */
  readonly all: DeviceTools[] = [];
  readonly #start = DeviceTools.prototype.start;

  constructor() {
    const { all } = this;
    const start = this.#start;
    DeviceTools.prototype.start = function () {
      all.push(this);
      start.call(this);
    };
  }

  /** The last ones. */
  get last(): DeviceTools {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error("Cannot go on: no device with tools was greeted");
    return last;
  }

  [Symbol.dispose](): void {
    DeviceTools.prototype.start = this.#start;
  }
}
