import { expect, test } from 'vitest';
import { fail } from '../core/failure.ts';
import type { Stream } from '../pipeline/stream.ts';
import { simulate } from '../testing/simulate.ts';
import type { JoinLatestOptions } from './join-table.ts';

interface Item {
  readonly key: string;
  readonly row?: string;
  readonly ask?: string;
}

const latest =
  (options: JoinLatestOptions<'inner' | 'left'> = {}) =>
  (all: Stream<Item>): Stream<string> => {
    const keyed = all.keyBy((item) => item.key);
    const [asks, rows] = [keyed.filter((item) => item.ask !== undefined), keyed.filter((item) => item.row !== undefined)];
    return asks.joinLatest('latest', rows, (one, row) => (one.ask === 'bad' ? fail('bad') : `${one.key} ${one.ask}: ${row?.row}`), options);
  };

test('each record comes with the newest row of its key there is, also after a crash, and without one it is left out', async () => {
  await using lab = await simulate(latest(), { onError: 'deadLetter' });
  await lab.send({ key: 'a', ask: 'early' });
  await lab.send({ key: 'a', row: '1' });
  await lab.send({ key: 'a', ask: 'x' }, { key: 'b', ask: 'x' });
  await lab.crash();
  await lab.send({ key: 'a', ask: 'y' }, { key: 'a', ask: 'bad' });
  await lab.send({ key: 'a', row: '2' });
  await lab.restart();
  await lab.send({ key: 'a', ask: 'z' });
  expect(lab.take()).toEqual(['a x: 1', 'a y: 1', 'a z: 2']);
  expect(lab.deadLetters()).toMatchObject([{ operator: 'latest', value: { left: { key: 'a', ask: 'bad' } } }]);
});

test('a left join gives none where there is none, and a row that is neither asked for nor replaced is forgotten in time', async () => {
  await using lab = await simulate(latest({ kind: 'left', keep: { for: '1m' } }));
  await lab.send({ key: 'a', ask: 'x' });
  await lab.send({ key: 'a', row: '1' });
  await lab.advance('59s');
  await lab.send({ key: 'a', ask: 'y' });
  await lab.advance('59s');
  await lab.send({ key: 'a', ask: 'z' });
  await lab.advance('61s');
  await lab.send({ key: 'a', ask: 'gone' });
  expect(lab.take()).toEqual(['a x: undefined', 'a y: 1', 'a z: 1', 'a gone: undefined']);
});
