import { afterEach, expect, test, vi } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { Stream } from '../pipeline/stream.ts';
import { count } from '../windows/aggregates/count.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { slidingCount, tumblingCount } from '../windows/count.ts';
import { session, sliding, tumbling } from '../windows/time.ts';
import { type EmbeddedOptions, embedded } from './embedded.ts';
import { run } from './run.ts';

afterEach(() => void vi.unstubAllGlobals());

const fields = { n: count(), total: sum((n: number) => n) };
const windows = [tumbling(10), sliding(20, 10), session(5), tumblingCount(7), slidingCount(10, 3)] as const;

/** Every kind of window behind steps, and what came out. */
async function panes(codegen: NonNullable<EmbeddedOptions['codegen']>): Promise<readonly unknown[]> {
  const plan = pipeline('panes');
  const outs = windows.map(() => collect<unknown>());
  const times: Stream<number> = plan.from(values(Array.from({ length: 3000 }, (_, n) => n))).eventTime((n) => n);
  const keyed = times.filter((n) => n % 5 !== 0).keyBy((n) => n % 3);
  for (const [i, window] of windows.entries()) {
    const name = `w${i}`;
    const made = window.kind === 'count' ? keyed.window(name, window).aggregate(fields) : keyed.window(name, window).aggregate(fields);
    made.to(outs[i]!);
  }
  await run(plan, { runtime: embedded({ codegen }), signals: false });
  return outs.map(({ values: all }) => all);
}

test('where code may not be made of text none is, also for windows, and the answers are the same', async () => {
  const expected = await panes('always');
  const made: string[] = [];
  const spy = new Proxy(Function, {
    construct(target, given: string[]) {
      made.push(given.at(-1)!);
      return Reflect.construct(target, given) as object;
    },
  });
  vi.stubGlobal('Function', spy);
  expect(await panes('never')).toEqual(expected);
  expect(made).toEqual([]);
  await panes('always');
  expect(made.length).toBeGreaterThan(windows.length);
});
