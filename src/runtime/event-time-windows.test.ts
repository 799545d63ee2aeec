import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { every } from '../connectors/values/every.ts';
import { each } from '../connectors/values/each.ts';
import { count } from '../windows/aggregates/count.ts';
import { session, tumbling } from '../windows/time.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { simulate } from '../testing/simulate.ts';
import { start } from './run.ts';
import { piecesOf, scripted } from './scripted-rig.ts';

for (const pieces of [1, 2]) {
  const how = pieces === 1 ? 'in one piece' : 'as stages';

  test(`windows over a source that knows its times close by these, with no disorder, ${how}`, async () => {
    const world = virtualWorld();
    const made = pipeline('known');
    const seen: string[] = [];
    made
      .from(
        scripted(
          world,
          {
            a: [
              [0, [100, 900, 500, 1000, 999, 2500]],
              [1, 'end'],
            ],
          },
          { timed: true },
        ),
      )
      .keyBy(() => 'all')
      .window('panes', tumbling('1s'))
      .aggregate({ n: count() })
      .to(each(({ window, n }) => void seen.push(`${window.start}: ${n}`)));
    const run = await start(made, { runtime: piecesOf(world, pieces) });
    const report = await world.until(run.done);
    // 500 is behind 900 and in the same window; 999 comes when its window is over.
    expect(seen).toEqual(['0: 3', '1000: 1', '2000: 1']);
    expect(report).toMatchObject({ in: 6, late: 1 });
    expect(run.metrics().operators.find(({ kind }) => kind === 'sourceTime')!.time).toMatchObject({ late: 2, partitions: 0 });
  });

  test(`windows by the clock close by the clock, whether anything comes or not, ${how}`, async () => {
    const world = virtualWorld({ start: 1_000_000 });
    const made = pipeline('clocked');
    const seen: string[] = [];
    made
      .from(
        scripted(world, {
          a: [
            [0, [1, 2]],
            [1500, [3]],
          ],
        }),
      )
      .processingTime()
      .keyBy(() => 'all')
      .window('panes', tumbling('1s'))
      .aggregate({ n: count() })
      .to(each(({ window, n }) => void seen.push(`${world.clock.now() - 1_000_000}: ${window.start - 1_000_000} ${n}`)));
    const run = await start(made, { runtime: piecesOf(world, pieces) });
    await world.advance(5000);
    expect(seen).toEqual(['1000: 0 2', '2000: 1000 1']);
    await world.until(run.stop());
  });

  test(`where streams meet that are both silent, their windows close; one that speaks again is back in the minimum, ${how}`, async () => {
    const world = virtualWorld();
    const made = pipeline('two');
    const seen: string[] = [];
    const left = made.from(
      scripted(
        world,
        {
          a: [
            [0, [1000]],
            [40_000, [50_000]],
          ],
        },
        { id: 'left' },
      ),
    );
    const right = made.from(
      scripted(
        world,
        {
          a: [
            [0, [7000]],
            [40_000, [50_000, 70_000]],
          ],
        },
        { id: 'right' },
      ),
    );
    const timed = left
      .eventTime((at) => at, { idleAfter: '10s' })
      .merge(right.eventTime((at) => at, { idleAfter: '5s', name: 'right time' }));
    timed
      .keyBy((at) => at % 2)
      .window('panes', tumbling('10s'))
      .aggregate({ n: count() })
      .to(each(({ window, n }) => void seen.push(`${Math.floor(world.clock.now() / 1000)}: ${window.start} ${n}`)));
    const run = await start(made, { runtime: piecesOf(world, pieces) });
    await world.advance(9999);
    expect(seen).toEqual([]);
    await world.advance(25_001);
    // The right one has walked to 12,000 by then; from 10 s on nobody holds it back.
    expect(seen).toEqual(['10: 0 2']);
    await world.advance(9000);
    expect(seen).toHaveLength(1);
    await world.advance(26_000);
    // The right one walks from 45 s on, the left one leaves the minimum at 50 s.
    expect(seen.slice(1)).toEqual(['50: 50000 2', '55: 70000 1']);
    await world.until(run.stop());
  });

  test(`ticks have their time and need nobody to say it, ${how}`, async () => {
    const world = virtualWorld();
    const made = pipeline('ticks');
    const seen: number[] = [];
    made
      .from(every('250ms'))
      .keyBy(() => 'all')
      .window('panes', tumbling('1s'))
      .aggregate({ n: count() })
      .to(each(({ n }) => void seen.push(n)));
    const run = await start(made, { runtime: piecesOf(world, pieces) });
    await world.advance(3000);
    expect(seen).toEqual([3, 4, 4]);
    await world.until(run.stop());
  });
}

test('a visit closes after 30 s of silence, also across a crash', async () => {
  await using lab = await simulate<{ user: string; at: number }, { user: string; pages: number }>((clicks) =>
    clicks
      .eventTime((click) => click.at, { idleAfter: '10s' })
      .keyBy((click) => click.user)
      .window('visits', session('30s'))
      .aggregate({ pages: count() })
      .map((pane) => ({ user: pane.key, pages: pane.pages })),
  );
  await lab.send({ user: 'ann', at: 0 }, { user: 'ann', at: 20_000 });
  await lab.crash();
  await lab.advance('39s');
  expect(lab.take()).toEqual([]);
  await lab.advance('2s');
  expect(lab.take()).toEqual([{ user: 'ann', pages: 2 }]);
});
