import type { Fault } from '../../src/base/fault-draw.ts';
import { ALL_NAMES, namesOf, SINKS } from './draw-plan.ts';
import type { SeedResult } from './run-seed.ts';

const FAULTS: readonly Fault[] = ['torn', 'lost', 'reordered', 'ENOSPC', 'EIO', 'slow'];

/** In how many seeds a fault happened while an operator worked in front of a sink, or beside it. */
export class Coverage {
  readonly #cells = new Map<string, number>();

  add({ drawn, counts }: SeedResult): void {
    const sinks = new Set(drawn.branches.map(({ sink }) => sink));
    for (const fault of FAULTS) {
      if (counts[fault] === 0) continue;
      for (const name of namesOf(drawn)) for (const sink of sinks) this.#count(cellOf(fault, name, sink));
    }
  }

  empty(): readonly string[] {
    return FAULTS.flatMap((fault) => ALL_NAMES.flatMap((name) => SINKS.map((sink) => cellOf(fault, name, sink)))).filter(
      (cell) => !this.#cells.has(cell),
    );
  }

  /** A line an operator, a group of columns a fault, a column a sink. */
  table(): string {
    const wide = Math.max(...ALL_NAMES.map((name) => name.length));
    const group = SINKS.length * 6;
    const head = FAULTS.map((fault) => fault.padStart(group)).join(' |');
    const sinks = FAULTS.map(() => SINKS.map((sink) => SHORT[sink].padStart(6)).join('')).join(' |');
    const rows = ALL_NAMES.map((name) => {
      const cells = FAULTS.map((fault) =>
        SINKS.map((sink) => String(this.#cells.get(cellOf(fault, name, sink)) ?? 0).padStart(6)).join(''),
      );
      return `${name.padEnd(wide)}${cells.join(' |')}`;
    });
    return [`${' '.repeat(wide)}${head}`, `${' '.repeat(wide)}${sinks}`, ...rows].join('\n');
  }

  #count(cell: string): void {
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
  }
}

const SHORT = { file: 'file', topic: 'topic', 'topic at once': 'once', arbiter: 'arbit' } as const;

function cellOf(fault: string, name: string, sink: string): string {
  return `${fault} x ${name} x ${sink}`;
}
