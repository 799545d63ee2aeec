import { monitorEventLoopDelay } from 'node:perf_hooks';
import { each, pipeline, run } from 'headrace';
import type { Answer, Candidate, Question } from './kit/question.ts';
import { type Row, rowOf } from './rows.ts';
import { numbered } from './source.ts';

/** Node's own sampling: a timer every millisecond, and how long it took until it came. The millisecond itself counts too. */
async function withDelay(
  records: number,
  saturate: (total: { records: number }) => Promise<unknown>,
): Promise<Awaited<ReturnType<Candidate['run']>>> {
  const total = { records: 0 };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // The histogram starts with the first tick of its timer.
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.reset();
  await saturate(total);
  delay.disable();
  return { answer: { records }, figures: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 } };
}

const expected = (records: number): Answer => ({ records });
const limits = [{ figure: 'p99', unit: 'ms', atMost: 10 }] as const;
const doubled = (row: Row): number => row.value * 2;

export const loopDelay: Question = {
  name: 'loop-delay',
  asks: 'how long do timers and servers wait while a pipeline takes all it can get?',
  unit: 'record',
  contests: [
    {
      title: 'a fused chain',
      ours: {
        name: 'headrace',
        records: 50_000_000,
        run: (records) =>
          withDelay(records, async (total) => {
            const sink = each(() => void total.records++);
            await run(
              pipeline('bench')
                .from(numbered(records, rowOf))
                .map(doubled)
                .filter((value) => value > 0)
                .to(sink),
            );
          }),
      },
      peers: [],
      limits,
      expected,
      rounds: 3,
    },
    {
      // Promises that resolve at once never let the event loop turn by themselves.
      title: 'mapAsync over promises that resolve at once',
      ours: {
        name: 'headrace mapAsync',
        records: 4_000_000,
        run: (records) =>
          withDelay(records, async (total) => {
            const sink = each(() => void total.records++);
            await run(
              pipeline('bench')
                .from(numbered(records, rowOf))
                .mapAsync(async (row) => row.value, { concurrency: 16 })
                .to(sink),
            );
          }),
      },
      peers: [],
      limits,
      expected,
      rounds: 3,
    },
  ],
};
