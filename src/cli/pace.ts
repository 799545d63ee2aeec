import type { RunMetrics } from '../runtime/report.ts';

/** Records a second. */
export interface Rates {
  readonly in: number;
  readonly out: number;
}

/** How far back 'now' reaches: shorter flickers, longer lies about a source that has stopped. */
const NOW_MS = 1000;

/** Turns the counts of a run into what they do at this moment. */
export class Pace {
  readonly #samples: RunMetrics[] = [];

  add(metrics: RunMetrics): void {
    this.#samples.push(metrics);
    // One sample at least as old as the span stays, so that the rate covers all of it.
    while (this.#samples.length > 2 && this.#samples[1]!.ms <= metrics.ms - NOW_MS) this.#samples.shift();
  }

  /** Of the whole run, or of one operator. With one sample it is the average since the start. */
  of(operator?: string): Rates {
    const last = this.#samples.at(-1);
    if (last === undefined) return { in: 0, out: 0 };
    const first = this.#samples.length > 1 ? this.#samples[0] : undefined;
    const seconds = (last.ms - (first?.ms ?? 0)) / 1000;
    const [after, before] = [countsOf(last, operator), countsOf(first, operator)];
    return { in: perSecond(after.in - before.in, seconds), out: perSecond(after.out - before.out, seconds) };
  }
}

export function perSecond(records: number, seconds: number): number {
  return seconds > 0 ? Math.max(0, records) / seconds : 0;
}

const NONE: Rates = { in: 0, out: 0 };

function countsOf(metrics: RunMetrics | undefined, operator: string | undefined): Rates {
  if (operator === undefined) return metrics ?? NONE;
  return metrics?.operators.find(({ id }) => id === operator) ?? NONE;
}
