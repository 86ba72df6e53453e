// @ts-types="./prom_client.d.ts"
import { Counter, Gauge, Histogram, Registry } from "./prom_client.js";

/** The labels of a metric with every value that each may take; so their number is bounded and known. */
export type LabelValues = Readonly<Record<string, readonly string[]>>;

/** What every metric is defined by. */
export interface MetricDefinition {
  /** What it measures, in a sentence. */
  readonly help: string;
  /** Its labels; never a device, a session or anything else without end. */
  readonly labels?: LabelValues;
}

/** What only grows. */
export interface CounterDefinition extends MetricDefinition {
  /** The discriminator. */
  readonly type: "counter";
  /** `earshot_<thing>_<unit>_total`, or without a unit when things are counted. */
  readonly name: `earshot_${string}_total`;
}

/** What goes up and down. */
export interface GaugeDefinition extends MetricDefinition {
  /** The discriminator. */
  readonly type: "gauge";
  /** `earshot_<thing>_<unit>`, or without a unit when things are counted. */
  readonly name: `earshot_${string}`;
}

/** How values are spread. */
export interface HistogramDefinition extends MetricDefinition {
  /** The discriminator. */
  readonly type: "histogram";
  /** `earshot_<thing>_<unit>`. */
  readonly name: `earshot_${string}`;
  /** The upper bounds of the buckets, in the unit of the name. */
  readonly buckets: readonly number[];
}

/** The metrics of one stage, by the names that its code gives them. */
export type MetricDefinitions = Readonly<
  Record<string, CounterDefinition | GaugeDefinition | HistogramDefinition>
>;

/** The labels argument of a metric: none when it has no labels. */
export type LabelArgs<D> = D extends { readonly labels: infer L extends LabelValues }
  ? [labels: { readonly [Name in keyof L]: L[Name][number] }]
  : [];

/** A counter; `read` lets the scrape fetch a plain integer, so that counting costs the hot path nothing. */
export interface CounterMetric<D> {
  /** Adds to it. */
  add(amount: number, ...labels: LabelArgs<D>): void;
  /** Sets the source that a scrape reads: a number that only grows (from 0 again if it is lower than it was). */
  read(source: () => number, ...labels: LabelArgs<D>): void;
}

/** A gauge. */
export interface GaugeMetric<D> {
  /** Sets it. */
  set(value: number, ...labels: LabelArgs<D>): void;
  /** Sets the source that a scrape reads. */
  read(source: () => number, ...labels: LabelArgs<D>): void;
}

/** A histogram. */
export interface HistogramMetric<D> {
  /** Counts one value, in the unit of the metric's name. */
  observe(value: number, ...labels: LabelArgs<D>): void;
}

/** The metrics of a block of definitions, ready for use. */
export type MetricBlock<Definitions extends MetricDefinitions> = {
  readonly [Key in keyof Definitions]: Definitions[Key] extends CounterDefinition
    ? CounterMetric<Definitions[Key]>
    : Definitions[Key] extends GaugeDefinition ? GaugeMetric<Definitions[Key]>
    : HistogramMetric<Definitions[Key]>;
};

/** Defines the metrics of a stage; `Metrics.register` brings them to life. */
export function defineMetrics<const Definitions extends MetricDefinitions>(
  definitions: Definitions,
): Definitions {
  return definitions;
}

type Labels = Record<string, string>;
type Read = () => number;

/**
 * The metrics of one process, apart from any global registry. Each exists at zero, with every combination of
 * its labels, as soon as it is registered.
 *
 * @example
 * ```ts
 * import { defineMetrics, Metrics } from "./metrics.ts";
 *
 * const definitions = defineMetrics({
 *   evicted: {
 *     type: "counter",
 *     name: "earshot_audio_evicted_chunks_total",
 *     help: "Chunks that were dropped to stay within a limit.",
 *     labels: { cause: ["chunks", "bytes"] },
 *   },
 * });
 * const metrics = new Metrics();
 * const audio = metrics.register(definitions);
 * audio.evicted.add(1, { cause: "bytes" });
 * console.assert((await metrics.text()).includes('earshot_audio_evicted_chunks_total{cause="bytes"} 1'));
 * ```
 */
export class Metrics {
  readonly #registry = new Registry();

  /** The content type of {@linkcode Metrics.text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Creates the metrics of a stage; throws a `TypeError` for a name that is taken or not well formed. */
  register<const Definitions extends MetricDefinitions>(definitions: Definitions): MetricBlock<Definitions> {
    const block: Record<string, unknown> = {};
    for (const [key, definition] of Object.entries(definitions)) block[key] = this.#create(definition);
    return block as MetricBlock<Definitions>;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #create(definition: CounterDefinition | GaugeDefinition | HistogramDefinition): unknown {
    const { type, name, help, labels = {} } = definition;
    if (!/^earshot(_[a-z0-9]+)+$/.test(name) || this.#registry.getSingleMetric(name) !== undefined) {
      throw new TypeError(`Cannot register metric ${name}: the name is taken or not well formed`);
    }
    const common = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    const zeros = combinations(labels);
    if (type === "counter") return createCounter(common, zeros);
    if (type === "gauge") return createGauge(common, zeros);
    return createHistogram({ ...common, buckets: [...definition.buckets] }, zeros);
  }
}

interface Common {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

function createCounter(common: Common, zeros: readonly Labels[]): CounterMetric<MetricDefinition> {
  const sources = new Map<string, { readonly labels: Labels; readonly source: Read; last: number }>();
  const counter = new Counter({
    ...common,
    collect() {
      for (const read of sources.values()) {
        const value = read.source();
        this.inc(read.labels, value >= read.last ? value - read.last : value);
        read.last = value;
      }
    },
  });
  for (const labels of zeros) counter.inc(labels, 0);
  return {
    add: (amount: number, labels: Labels = {}) => counter.inc(labels, amount),
    read: (source: Read, labels: Labels = {}) =>
      void sources.set(JSON.stringify(labels), { labels, source, last: 0 }),
  };
}

function createGauge(common: Common, zeros: readonly Labels[]): GaugeMetric<MetricDefinition> {
  const sources = new Map<string, { readonly labels: Labels; readonly source: Read }>();
  const gauge = new Gauge({
    ...common,
    collect() {
      for (const { labels, source } of sources.values()) this.set(labels, source());
    },
  });
  for (const labels of zeros) gauge.set(labels, 0);
  return {
    set: (value: number, labels: Labels = {}) => gauge.set(labels, value),
    read: (source: Read, labels: Labels = {}) => void sources.set(JSON.stringify(labels), { labels, source }),
  };
}

function createHistogram(
  options: Common & { readonly buckets: number[] },
  zeros: readonly Labels[],
): HistogramMetric<MetricDefinition> {
  const histogram = new Histogram(options);
  for (const labels of zeros) histogram.zero(labels);
  return { observe: (value: number, labels: Labels = {}) => histogram.observe(labels, value) };
}

/** Every combination of label values; one empty one when there are no labels. */
function combinations(labels: LabelValues): readonly Labels[] {
  let all: readonly Labels[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    all = all.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
  }
  return all;
}
