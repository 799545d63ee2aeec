import { HeadraceError } from '../core/error.ts';
import { Histogram } from './histogram.ts';

/** Only grows; the owner adds to `value`, once a chunk. */
export interface Counter {
  value: number;
}

/** Goes up and down; the owner sets `value`, or gives a function that is called when somebody looks. */
export interface Gauge {
  value: number;
}

export type Labels = Readonly<Record<string, string>>;
export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricName {
  /** Letters, digits and `_`. A counter ends in `_total`, the others do not; a unit stands at the end: `_seconds`, `_bytes`. */
  readonly name: string;
  /** One sentence for whoever reads the dashboard. */
  readonly help: string;
  readonly labels?: Labels;
}

/** One metric under its labels, as exposition walks over them. */
export interface Series {
  readonly labels: Labels;
  readonly read: () => number;
  /** Set in families of histograms. */
  readonly histogram?: Histogram;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly series: readonly Series[];
}

interface OpenFamily {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly byLabels: Map<string, Series & { readonly metric: unknown }>;
}

/**
 * The metrics of a process. A metric is a plain object, found once by name and labels and then changed without looking
 * anything up: counting a chunk is one addition. Asking again for the same name and labels gives the same object.
 *
 * A family takes 10,000 series unless told otherwise; who asks for one more gets a metric that works and is shown
 * nowhere, and `unlisted` says how many did. A label that takes any value of any record cannot fill the memory.
 *
 * @example
 * ```ts
 * const metrics = new Metrics();
 * const read = metrics.counter({ name: 'headrace_records_total', help: 'Records read.', labels: { operator: 'parse' } });
 * read.value += 1024;
 * console.log(metrics.families()[0]?.series[0]?.read()); // 1024
 * ```
 */
export class Metrics {
  readonly #families = new Map<string, OpenFamily>();
  readonly #maxSeries: number;
  #unlisted = 0;

  constructor(options: { readonly maxSeries?: number } = {}) {
    this.#maxSeries = options.maxSeries ?? 10_000;
  }

  /** How many metrics were asked for beyond the bound of their family. */
  get unlisted(): number {
    return this.#unlisted;
  }

  counter(named: MetricName): Counter {
    return this.#find(named, 'counter', () => {
      const counter: Counter = { value: 0 };
      return { metric: counter, read: () => counter.value };
    });
  }

  /** With `read`, the gauge's value is what it answers at the moment somebody looks. */
  gauge(named: MetricName, read?: () => number): Gauge {
    return this.#find(named, 'gauge', () => {
      const gauge: Gauge = { value: 0 };
      return { metric: gauge, read: read ?? (() => gauge.value) };
    });
  }

  histogram(named: MetricName): Histogram {
    return this.#find(named, 'histogram', () => {
      const histogram = new Histogram();
      return { metric: histogram, read: () => histogram.count, histogram };
    });
  }

  /** Forgets every series that carries all of these labels: those of a run that is over. */
  remove(labels: Labels): void {
    const wanted = Object.entries(clean(labels));
    for (const [name, family] of this.#families) {
      for (const [key, series] of family.byLabels) {
        if (wanted.every(([label, value]) => series.labels[label] === value)) family.byLabels.delete(key);
      }
      if (family.byLabels.size === 0) this.#families.delete(name);
    }
  }

  /** All families by name, with their series in the order they came. */
  families(): readonly Family[] {
    const sorted = [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.map(({ name, help, kind, byLabels }) => ({ name, help, kind, series: [...byLabels.values()] }));
  }

  #find<M>(
    named: MetricName,
    kind: MetricKind,
    make: () => { readonly metric: M; readonly read: () => number; readonly histogram?: Histogram },
  ): M {
    const labels = clean(named.labels ?? {});
    let family = this.#families.get(named.name);
    if (family === undefined) {
      checkName(named.name, kind);
      family = { name: named.name, help: named.help, kind, byLabels: new Map() };
    } else if (family.kind !== kind) {
      throw invalid(`${named.name} is a ${family.kind} already and cannot be a ${kind}`);
    }
    const key = JSON.stringify(Object.entries(labels));
    const known = family.byLabels.get(key);
    if (known !== undefined) return known.metric as M; // The kind is the same, so the type is.
    checkLabels(labels, named.name);
    const made = make();
    if (family.byLabels.size >= this.#maxSeries) {
      this.#unlisted++;
      return made.metric;
    }
    family.byLabels.set(key, { labels, ...made });
    this.#families.set(family.name, family);
    return made.metric;
  }
}

// An empty label is the same series as none, and text must be valid UTF-8 on the wire: what would look alike there has
// to be one metric here. Sorted, so that the order of writing does not matter.
function clean(labels: Labels): Labels {
  const kept = Object.entries(labels).filter(([, value]) => value !== '');
  return Object.fromEntries(kept.map(([name, value]) => [name, value.toWellFormed()] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1)));
}

function checkName(name: string, kind: MetricKind): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw invalid(`${JSON.stringify(name)} is not the name of a metric`);
  if (kind === 'counter' && !name.endsWith('_total')) throw invalid(`the counter ${name} does not end in _total`);
  if (kind !== 'counter' && /_(total|count|sum|bucket)$/.test(name)) throw invalid(`the ${kind} ${name} ends like something else`);
}

function checkLabels(labels: Labels, name: string): void {
  for (const label of Object.keys(labels)) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === 'le')
      throw invalid(`${JSON.stringify(label)} is not a label for ${name}`);
  }
}

function invalid(what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_METRIC_INVALID',
    what,
    todo: 'Names are letters, digits and _; counters end in _total, others not in _total, _count, _sum or _bucket; le is no label.',
  });
}
