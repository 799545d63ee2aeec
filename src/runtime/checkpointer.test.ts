import { expect, test } from 'vitest';
import type { Section } from '../core/state.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import type { CheckpointContent, Checkpoints } from '../state/checkpoints.ts';
import { embedded } from './embedded.ts';
import { start } from './run.ts';

interface Written extends Pick<CheckpointContent, 'isStop' | 'isCompleted'> {
  readonly n: number;
  /** The sections by operator, cell and scope, as hexadecimal. */
  readonly sections: ReadonlyMap<string, string>;
}

/** Keeps what every checkpoint was written with; `hold` is waited for before a write. */
function recorded(hold: (n: number) => Promise<void> | void = () => {}): Checkpoints & { readonly written: Written[] } {
  const written: Written[] = [];
  return {
    written,
    latest: async () => undefined,
    async write(n, { isStop, isCompleted }, captures) {
      await hold(n);
      const sections = new Map<string, string>();
      const section = ({ operator, cell, scope }: Section, bytes: Uint8Array) =>
        void sections.set(`${operator} ${cell} ${JSON.stringify(scope)}`, Buffer.from(bytes).toString('hex'));
      for (const capture of captures) await capture.write({ section });
      written.push({ n, isStop, isCompleted, sections });
    },
    committed: async () => {},
    close: async () => {},
  };
}

/** Numbers without an end, one for each time that `go` is asked. */
function* numbers(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

test('what an operator has left that closed early is in every later checkpoint', async () => {
  const store = recorded();
  const closed = Promise.withResolvers<void>();
  const two = pipeline('two');
  two
    .from(values([1, 2, 3]), { name: 'few' })
    .keyBy((n) => n)
    .scan(
      'sums',
      () => 0,
      (sum, n) => sum + n,
    )
    .to(each((n) => n === 3 && closed.resolve()));
  two
    .from(values(numbers), { name: 'many' })
    .rateLimit({ records: 1, per: '1ms' })
    .to(each(() => {}));
  await using running = await start(two, { runtime: embedded({ checkpoints: store, checkpointEvery: '1h' }) });
  await closed.promise;
  for (let i = 0; i < 3; i++) await running.checkpoint();
  await running.stop();
  const sums = store.written.map(({ sections }) => [...sections].filter(([at]) => at.startsWith('sums ')));
  expect(sums).toHaveLength(4);
  expect(sums[0]!.length).toBeGreaterThan(0);
  for (const later of sums) expect(later).toEqual(sums[0]);
});

test('only the checkpoint that was taken at the end says so, not one that the end overtook', async () => {
  const gate = Promise.withResolvers<void>();
  const store = recorded((n) => (n === 1 ? gate.promise : undefined));
  const running = await start(
    pipeline('few')
      .from(values([1, 2, 3]))
      .to(each(() => {})),
    {
      runtime: embedded({ checkpoints: store, checkpointEvery: '1h' }),
    },
  );
  const first = running.checkpoint();
  gate.resolve();
  await first;
  await running.done;
  expect(store.written.map(({ n, isCompleted }) => [n, isCompleted])).toEqual([
    [1, false],
    [2, true],
  ]);
});
