/**
 * Who owns what, and how it ends: scopes with a clean-up report, waits with a deadline, bounded queues, a breaker, a
 * semaphore, and Workers with bounded jobs.
 *
 * @module
 */
export { Breaker, type BreakerOptions, type BreakerState } from "./breaker.ts";
export { Channel } from "./channel.ts";
export { BoundedQueue } from "./bounded_queue.ts";
export type { CleanupFailure, CleanupReport } from "./cleanup_report.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type DeadlineOptions, pause, raceSignal, withDeadline, within } from "./deadline.ts";
export { scheduleFairly } from "./fair_deadline.ts";
export { FairQueue, type FairQueueItem, type FairQueueOptions } from "./fair_queue.ts";
export type { Release } from "./resource.ts";
export { type OwnOptions, Scope, type ScopeOptions, type ScopeStats } from "./scope.ts";
export { Semaphore } from "./semaphore.ts";
export {
  type WorkerJobOptions,
  WorkerPool,
  type WorkerPoolOptions,
  type WorkerPoolStats,
} from "./worker_pool.ts";
export { serveWorker, type WorkerServiceOptions } from "./worker_service.ts";
