import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { every, pipeline } from '../../src/index.ts';
import { begin, counting, guardRejections, keeping, later, retriable } from './rig.ts';

guardRejections();

const HOUR = 3_600_000;

/** What a pipeline of all that waits gives, and when, on a clock that is set now and then or never. */
async function history(jumps: readonly number[]): Promise<readonly string[]> {
  const world = virtualWorld({ start: 1_000 * HOUR });
  const events: string[] = [];
  const note =
    (what: string) =>
    (value: unknown): void =>
      void events.push(`${world.clock.monotonic().toFixed(3)} ${what} ${JSON.stringify(value)}`);
  const timed = pipeline('timed');
  const ticks = timed.from(every('70ms')).map((tick) => tick.index);
  ticks
    .batch(1000, { within: '300ms' })
    .tap(note('batch'))
    .to(keeping({ id: 'batches' }));
  ticks
    .rateLimit({ records: 10, per: '1s', burst: 1 })
    .tap(note('limited'))
    .to(keeping({ id: 'limited' }));
  ticks
    .mapAsync((n, _record, _signal) => (n % 5 === 0 ? later(world, HOUR, n) : n), { concurrency: 3, timeout: '150ms', onError: 'skip' })
    .tap(note('answered'))
    .to(keeping({ id: 'answered' }));
  const { running, end } = await begin(timed, { world });
  for (const jump of jumps) {
    world.clock.jump(jump);
    await world.advance(500);
  }
  running.stop().catch(() => {});
  const { report } = await end();
  note('report')([report?.in, report?.out, report?.skipped]);
  return events;
}

test('setting the clock back and forth changes no batch, no rate limit, no timeout and no tick', async () => {
  const undisturbed = await history([0, 0, 0, 0, 0, 0]);
  expect(undisturbed.length).toBeGreaterThan(50);
  expect(await history([HOUR, -3 * HOUR, 24 * HOUR, -1, 59_000, -20 * HOUR])).toEqual(undisturbed);
});

test('setting the clock during a retry of a source neither hurries nor hangs it', async () => {
  const world = virtualWorld();
  const sink = keeping<number>();
  const source = counting({
    records: 5,
    onRead: (read) => {
      world.clock.jump(read % 2 === 0 ? 10 * HOUR : -20 * HOUR);
      if (read < 4) throw retriable('busy');
    },
  });
  const { end } = await begin(pipeline('retry').from(source).to(sink), { world });
  await end();
  expect(sink.values).toEqual([0, 1, 2, 3, 4]);
  expect(world.clock.monotonic()).toBeLessThan(60_000);
});

test('this comparison can fail: another time between ticks is another history', async () => {
  const [one, other] = await Promise.all([history([0, 0]), history([0, 0, 0])]);
  expect(one).not.toEqual(other);
});
