/** What Earshot uses of `npm:prom-client`, whose parts have no types of their own. */
export { Counter, Gauge, Histogram, Registry } from "prom-client";
