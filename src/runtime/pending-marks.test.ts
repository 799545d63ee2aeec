import { expect, test } from 'vitest';
import { Chunk } from '../core/chunk.ts';
import type { KeyGroup } from '../core/keys.ts';
import type { FlowHost } from './flow-host.ts';
import { NO_ORIGIN } from './junctions.ts';
import { pendingBytes, pendingFrom } from './pending.ts';

const saying = (watermark: number): Chunk => new Chunk<never>([], NO_ORIGIN, {}, { watermark });
const records = (...values: number[]): Chunk => new Chunk(values, NO_ORIGIN);
const copyOf = (group: number): Pick<FlowHost, 'unkeyedScope'> => ({ unkeyedScope: () => ({ kind: 'group', group: group as KeyGroup }) });
const told = (chunks: readonly Chunk[]): readonly unknown[] =>
  chunks.flatMap(({ values, control }) => [...values, ...(control ? [control] : [])]);

test('watermarks between records that wait come back where they were', () => {
  const pieces = pendingBytes([records(1), saying(100), records(2, 3)], undefined, copyOf(0));
  expect(told(pendingFrom(pieces, undefined, undefined))).toEqual([1, { watermark: 100 }, 2, 3]);
});

test('of copies that become one the least counts, once all have said one', () => {
  const first = pendingBytes([records(1), saying(100), records(2), saying(300), records(3)], undefined, copyOf(0));
  const second = pendingBytes([records(7), records(8), saying(200), records(9)], undefined, copyOf(64));
  const said = told(pendingFrom([...first, ...second], undefined, undefined)).filter((each) => typeof each === 'object');
  expect(said).toEqual([{ watermark: 200 }]);
});

test('a copy at which nothing waits speaks for its groups too: records of it may still be further up', () => {
  const first = pendingBytes([records(1), saying(100), records(2)], undefined, copyOf(0));
  const second = pendingBytes([], undefined, copyOf(64));
  expect(second.map(({ cell, scope }) => [cell, scope])).toEqual([['pending-marks', { kind: 'group', group: 64 }]]);
  expect(told(pendingFrom([...first, ...second], undefined, undefined))).toEqual([1, 2]);
});
