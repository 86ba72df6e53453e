/** What opens streams of node. */
export type NodeStreams = typeof import("./node_streams.ts");

/** Loads what opens streams of node; a gateway that needs none does without. */
export async function loadStreams(): Promise<NodeStreams> {
  return await import("./node_streams.ts");
}
