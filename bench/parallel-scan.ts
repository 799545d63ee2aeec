import { embedded } from 'headrace/runtimes/embedded';
import type { Outcome, Question } from './kit/question.ts';
import { ByKey, gist, keyOf, learn, type Model, scanModule, untaught } from './threads/scan.ts';
import { runWarm } from './threads/warm.ts';

const RECORDS = 200_000;

async function scanned(records: number, parallelism: number): Promise<Outcome> {
  const url = scanModule(records);
  const { byKey } = (await import(url.href)) as { readonly byKey: ByKey };
  const measured = await runWarm(url, { runtime: embedded({ parallelism }) });
  return { answer: { records: byKey.records, sum: byKey.sum }, ...measured };
}

export const parallelScan: Question = {
  name: 'parallel-scan',
  asks: 'what does parallelism gain where keyed state is dear to compute?',
  unit: 'record',
  contests: [
    {
      title: 'a scan of 10 us a record over 1,000 keys',
      by: 'wall',
      // Cold: threads are started anew for each run, which warms them itself.
      ours: { name: 'parallelism 2', records: RECORDS, isCold: true, run: (records) => scanned(records, 2) },
      peers: [{ name: 'parallelism 1', records: RECORDS, isCold: true, atLeast: 1.6, reached: 1.1, run: (records) => scanned(records, 1) }],
      expected(records) {
        const models = new Map<number, Model>();
        const byKey = new ByKey();
        for (let i = 0; i < records; i++) {
          const key = keyOf(i);
          const model = learn(models.get(key) ?? untaught(), i);
          models.set(key, model);
          byKey.add(key, gist(model));
        }
        return { records: byKey.records, sum: byKey.sum };
      },
    },
  ],
};
