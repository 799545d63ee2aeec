import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { prometheus } from './prometheus.ts';
import type { TimeMetrics } from './report.ts';
import { start } from './run.ts';
import type { Run } from './runtime.ts';
import { piecesOf, type Script, scripted } from './scripted-rig.ts';

test('a checkpoint keeps how far time has walked; after it, silence begins anew and time goes on from there', async () => {
  const world = virtualWorld();
  const source = scripted(world, {
    a: [
      [0, [1000]],
      [70_000, [12_000]],
    ],
    b: [[0, [500]]],
  });
  const begin = (): Promise<Run> => {
    const kept = pipeline('kept');
    kept
      .from(source)
      .eventTime((at) => at, { name: 'time', idleAfter: '10s' })
      .to(each(() => {}));
    return start(kept, { runtime: piecesOf(world, 1, { dir: '/state' }) });
  };
  const timeOf = (run: Run): TimeMetrics => run.metrics().operators.find(({ id }) => id === 'time')!.time!;
  const first = await begin();
  await world.advance(30_000);
  expect(timeOf(first)).toMatchObject({ watermark: 21_000, idle: 2 });
  await world.until(first.stop());
  await world.advance(20_000);
  const second = await begin();
  await world.advance(9900);
  expect(timeOf(second)).toMatchObject({ watermark: 21_000, idle: 0 });
  await world.advance(5100);
  expect(timeOf(second)).toMatchObject({ watermark: 26_000, idle: 2 });
  await world.advance(7000);
  // What came meanwhile is behind where time had walked to.
  expect(timeOf(second)).toMatchObject({ late: 1 });
  await world.until(second.stop());
});

test('a partition that is there at the next start only joins where time stood', async () => {
  const world = virtualWorld();
  const run = async (scripts: Readonly<Record<string, Script>>): Promise<TimeMetrics> => {
    const grown = pipeline('grown');
    grown
      .from(scripted(world, scripts))
      .eventTime((at) => at, { name: 'time' })
      .to(each(() => {}));
    const running = await start(grown, { runtime: piecesOf(world, 1, { dir: '/state' }) });
    await world.advance(1000);
    const { time } = running.metrics().operators.find(({ id }) => id === 'time')!;
    await world.until(running.stop());
    return time!;
  };
  expect(await run({ a: [[0, [50]]] })).toMatchObject({ watermark: 50, partitions: 1 });
  expect(await run({ a: [[0, [50, 90]]], b: [[0, [40, 60]]] })).toMatchObject({ watermark: 60, partitions: 2, late: 1 });
});

test('metrics and Prometheus say how far time has come, who is idle, what was late and who waits for others', async () => {
  const world = virtualWorld({ start: 100_000 });
  const told = pipeline('told');
  const source = scripted(world, {
    a: [
      [0, [90_000, 99_000]],
      [1750, [80_000]],
    ],
    b: [[0, [50_000]]],
    c: [],
  });
  const timed = told.from(source).eventTime((at) => at, { name: 'time', idleAfter: '1s', alignWithin: '10s' });
  timed.to(each(() => {}));
  const run = await start(told, { runtime: piecesOf(world, 1, { chunk: 1 }) });
  await world.advance(1);
  const before = run.metrics().operators;
  expect(before[0]).toMatchObject({ partitionsAhead: 0 });
  await world.advance(1999);
  const after = run.metrics();
  expect(after.operators[1]!.time).toEqual({ watermark: 99_700, lagMs: 2300, partitions: 3, idle: 2, late: 1 });
  const lines = prometheus(after).split('\n');
  const labels = 'kind="eventTime",operator="time",pipeline="told"';
  for (const line of [
    `headrace_records_late_total{${labels}} 1`,
    `headrace_watermark_seconds{${labels}} 99.7`,
    `headrace_watermark_lag_seconds{${labels}} 2.3`,
    `headrace_partitions{${labels}} 3`,
    `headrace_partitions_idle{${labels}} 2`,
    'headrace_partitions_ahead{kind="scripted",operator="scripted",pipeline="told"} 0',
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => line.startsWith('headrace_watermark') && line.includes('kind="each"'))).toEqual([]);
  await world.until(run.stop());
});
