import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
import { BatchTimes } from '../examples/demo/batch-times.ts';
import { purchasePipeline, WINDOW } from '../examples/demo/pipeline.ts';
import { plainLoop } from '../examples/demo/plain-loop.ts';
import { Reasons } from '../examples/demo/reasons.ts';
import { SegmentTotals } from '../examples/demo/segments.ts';
import { purchases } from '../examples/demo/source.ts';
import type { Answer, Outcome, Question } from './kit/question.ts';
import { Resident } from './kit/resident.ts';

const SEED = 1;

export interface DemoOptions {
  /** Called every so often with how many records it has read. */
  readonly watch?: (read: number) => void;
  /** With checkpoints in a folder; without it there are none. */
  readonly checkpointEvery?: '1s';
}

/** The demo. With checkpoints, how many of them were taken is among its figures. */
export async function demo(records: number, { watch, checkpointEvery }: DemoOptions = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const times = new BatchTimes();
  const dropped = new Reasons();
  const totals = new SegmentTotals();
  let checkpoints = 0;
  try {
    const source = purchases({ records, seed: SEED, times });
    const shop = purchasePipeline({ source, out: join(folder, 'segments.jsonl'), times, dropped, totals });
    const running = await start(shop, checkpointEvery === undefined ? {} : { runtime: embedded({ dir: folder, checkpointEvery }) });
    const timer = watch === undefined ? undefined : setInterval(() => watch(running.metrics().in), 20);
    await running.done.finally(() => clearInterval(timer));
    checkpoints = running.metrics().checkpoint?.last ?? 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
  const all = totals.list();
  const answer = {
    scored: times.records,
    dropped: dropped.total,
    rows: totals.rows,
    risky: all.reduce((sum, total) => sum + total.risky, 0),
    largest: Math.max(...all.map((total) => total.maxAmount)),
    amount: all.reduce((sum, total) => sum + total.meanAmount * total.records, 0),
    score: all.reduce((sum, total) => sum + total.meanScore * total.records, 0),
  };
  return { answer, figures: { 'p99 a batch': times.quantile(0.99), ...(checkpointEvery === undefined ? {} : { checkpoints }) } };
}

export function plain(records: number): Answer {
  const { scored, dropped, lines } = plainLoop({ records, seed: SEED, window: WINDOW });
  return {
    scored,
    dropped: [...dropped.values()].reduce((sum, count) => sum + count, 0),
    rows: lines.length,
    risky: lines.reduce((sum, line) => sum + line.risky, 0),
    largest: Math.max(...lines.map((line) => line.maxAmount)),
    amount: lines.reduce((sum, line) => sum + line.meanAmount * line.records, 0),
    score: lines.reduce((sum, line) => sum + line.meanScore * line.records, 0),
  };
}

/** How much the process has grown between its first and its tenth million records. */
async function growing(records: number): Promise<Outcome> {
  const early = new Resident();
  const late = new Resident();
  const { answer } = await demo(records, {
    watch(read) {
      if (read > 0.08 * records && read <= 0.12 * records) early.look();
      if (read > 0.96 * records) late.look();
    },
  });
  return { answer, figures: { 'RSS at 10 %': early.megabytes, growth: late.megabytes - early.megabytes } };
}

export const demoQuestion: Question = {
  name: 'demo',
  asks: 'what does the demo cost beside one plain loop that computes the same, and does its memory stay flat?',
  unit: 'record',
  contests: [
    {
      title: 'JSON bytes to scores per segment',
      ours: { name: 'headrace', records: 200_000, run: (records) => demo(records) },
      peers: [{ name: 'plain loop', records: 200_000, atLeast: 0.5, run: (records) => ({ answer: plain(records) }) }],
      limits: [{ figure: 'p99 a batch', unit: 'ms', atMost: 50 }],
      expected: plain,
    },
    {
      title: 'resident memory at ten million records, less that at one million',
      // As `npm start` does: V8 would otherwise double its nursery at a moment of its own choosing.
      ours: { name: 'headrace', records: 10_000_000, isCold: true, run: growing, nodeOptions: ['--max-semi-space-size=16'] },
      peers: [],
      limits: [{ figure: 'growth', unit: 'MB', atMost: 20 }],
      expected: plain,
      rounds: 1,
    },
  ],
};
