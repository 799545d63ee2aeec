import { demo, plain } from './demo.ts';
import type { Question } from './kit/question.ts';

/** Enough for two or three checkpoints by the clock, beside the one at the end. */
const RECORDS = 1_500_000;

export const checkpointCost: Question = {
  name: 'checkpoint-cost',
  asks: 'what does a checkpoint every second cost the demo?',
  unit: 'record',
  contests: [
    {
      title: 'the demo with a checkpoint every second, and without any',
      // Cold: a process that lives long enough for some checkpoints is warm by itself.
      ours: { name: 'with checkpoints', records: RECORDS, isCold: true, run: (records) => demo(records, { checkpointEvery: '1s' }) },
      peers: [{ name: 'without', records: RECORDS, isCold: true, atLeast: 0.95, run: (records) => demo(records) }],
      expected: plain,
    },
  ],
};
