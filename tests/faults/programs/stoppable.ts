// A pipeline that runs until a signal comes. Says 'ready', then, when it is over, what it read and what it delivered.
import { each, pipeline, run, type Source } from '../../../src/index.ts';

const hangs = process.argv.includes('--hang');
if (hangs) setTimeout(() => process.stdout.write('ready\n'), 300);
let given = 0;
let delivered = 0;

const ticks: Source<number> = {
  kind: 'ticks',
  id: 'ticks',
  partitions: () => [0],
  open: () => ({
    async read() {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const values = Array.from({ length: 10 }, () => given++);
      return { values, positions: { first: values[0]! }, resume: given };
    },
    close() {},
  }),
};

const report = await run(
  pipeline('stoppable')
    .from(ticks)
    .mapAsync(
      async (n) => {
        await new Promise((resolve) => setTimeout(resolve, hangs ? 1e9 : 5));
        return n;
      },
      { concurrency: 20 },
    )
    .batch(7)
    .to(
      each((batch) => {
        if (delivered === 0) process.stdout.write('ready\n');
        delivered += batch.length;
      }),
    ),
  { deadline: '30s' },
);
const listeners = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
process.stdout.write(`${JSON.stringify({ given, delivered, ended: report.ended, listeners })}\n`);
