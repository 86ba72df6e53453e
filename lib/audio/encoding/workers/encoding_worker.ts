import { EarshotError } from "../../../errors/mod.ts";
import { serveWorker } from "../../../lifecycle/mod.ts";
import type { EncodingJob, EncodingReply, StreamJob } from "../encoding_jobs.ts";
import { packetsLevel } from "../packets_level.ts";
import { type PieceEnd, SpeechChain } from "../speech_chain.ts";

const chains = new Map<number, SpeechChain>();

serveWorker<EncodingJob, EncodingReply>(
  (job) => {
    if (job.type === "measure") return reply({ voiced: packetsLevel(job.packets) });
    if (job.type !== "close") return reply(work(chainOf(job), job));
    chains.get(job.streamId)?.close();
    chains.delete(job.streamId);
    return reply({});
  },
  () => chains.forEach((chain) => chain.close()),
  { transferOf: ({ packets: [first] }) => first === undefined ? [] : [first.buffer] },
);

function chainOf({ streamId, settings, complexity }: StreamJob): SpeechChain {
  let chain = chains.get(streamId);
  if (chain === undefined) {
    if (settings === undefined) {
      throw new EarshotError("lifecycle.worker_died", "Cannot go on with an answer: its Worker is gone");
    }
    chain = new SpeechChain({ ...settings, complexity });
    chains.set(streamId, chain);
  }
  chain.complexity = complexity;
  return chain;
}

function work(chain: SpeechChain, job: StreamJob): Partial<PieceEnd> {
  if (job.restarts) chain.restart();
  if (job.begin !== undefined) chain.begin(job.begin);
  switch (job.type) {
    case "sound":
      return { packets: chain.push(job.pcm, job.sampleRateHz) };
    case "end":
      return chain.end();
    case "finish":
      return { packets: chain.finish() };
    case "transcode":
      return { packets: chain.transcode(job.packets, job.isLast) };
  }
}

/** Puts all packets into one buffer, which costs less to hand over than one each. */
function reply({ packets = [], aligned = false, voiced }: Partial<PieceEnd>): EncodingReply {
  const bytes = new Uint8Array(packets.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  const together = packets.map((packet) => {
    bytes.set(packet, at);
    at += packet.length;
    return bytes.subarray(at - packet.length, at);
  });
  return { packets: together, aligned, voiced, held: chains.size };
}
