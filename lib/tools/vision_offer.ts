/** Where a device sends its photos, as its MCP `initialize` tells it in `capabilities.vision`. */
export interface VisionOffer {
  /** An address by HTTP, under the name by which the device has found the gateway. */
  readonly url: string;
  /** What it shows there: good for this device alone, for a while. A secret. */
  readonly token: string;
}
