import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loopTurn } from '../../base/scheduler.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { bytes } from '../../codecs/bytes.ts';
import { text } from '../../codecs/text.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fours, parts, tellAll } from './source-rig.ts';
import { stdin } from './stdin.ts';

/** A pipe that brings these bytes a few at a time. */
function pipe(content: string | Uint8Array, step = 7): Readable {
  const all = Buffer.from(content);
  const count = Math.ceil(all.length / step);
  return Readable.from(Array.from({ length: count }, (_, i) => all.subarray(i * step, (i + 1) * step)));
}

const lines = Array.from({ length: 20 }, (_, i) => `${i} ${'x'.repeat((i * 7) % 40)}`);

for (const [name, content] of [
  ['text', lines.join('\n')],
  ['packed text', gzipSync(lines.join('\n'))],
] as const) {
  for (const step of [1, 7, 1000]) {
    testSource<string>({
      test,
      name: `stdin of ${name}, ${step} bytes at a time`,
      make: () => ({ source: stdin(text(), { from: pipe(content, step) }), values: lines, world: virtualWorld() }),
      quiet: () => ({ source: stdin(text(), { from: new PassThrough() }), values: [], world: virtualWorld() }),
      broken() {
        const from = new PassThrough();
        from.write(lines.slice(0, 3).join('\n'));
        from.write('\nhalf');
        void loopTurn()
          .then(loopTurn)
          .then(() => from.destroy(new Error('the pipe broke')));
        return { source: stdin(text(), { from }), values: lines.slice(0, 3), world: virtualWorld() };
      },
    });
  }
}

test('it says that it cannot be read again, and the positions of another pipe are others', async () => {
  const source = stdin(text(), { from: pipe('a\nb\n') });
  expect(source.replay).toBe(false);
  const first = await tellAll(source, { world: virtualWorld(), limit: 1 });
  expect(first.positions).toEqual([0, 2]);
  const second = await tellAll(stdin(text(), { from: pipe('c\nd\n') }), { world: virtualWorld(), limit: 1, resume: first.resumes[0] });
  expect([second.said, second.positions]).toEqual([
    ['c', 'd'],
    ['1:0', '1:2'],
  ]);
  const third = await tellAll(stdin(text(), { from: pipe('e\n') }), { world: virtualWorld(), resume: second.resumes[1] });
  expect(third.positions).toEqual(['2:0']);
});

test('a pipe is asked for more only when what came was taken', async () => {
  let made = 0;
  const from = new Readable({
    highWaterMark: 1 << 16,
    read() {
      made++;
      this.push(Buffer.alloc(1 << 16, 'line\n'));
    },
  });
  const { signal } = new AbortController();
  const reader = await stdin(text(), { from }).open(0, undefined, { world: virtualWorld(), signal });
  await reader.read(10, signal);
  for (let i = 0; i < 50; i++) await loopTurn();
  expect(made).toBeLessThan(4);
  await reader.close();
  expect(from.destroyed).toBe(true);
});

test('a short line that could begin something else does not wait for more', async () => {
  const from = new PassThrough();
  const { signal } = new AbortController();
  const reader = await stdin(text(), { from }).open(0, undefined, { world: virtualWorld(), signal });
  from.write('a\n');
  expect((await reader.read(10, signal)).bodies).toHaveLength(1);
  from.write('(\n');
  expect((await reader.read(10, signal)).bodies).toHaveLength(1);
  await reader.close();
});

test('blocks come through a pipe, pages do not, and neither does what has no lines', async () => {
  const told = await tellAll(stdin(parts('columns'), { from: pipe('a;"b;";!;c', 1) }), { world: virtualWorld() });
  expect(told.said).toEqual([
    '{"n":0,"word":"a"}',
    '{"n":1,"word":"\\"b;\\""}',
    'HR_DECODE_INVALID stdin, part 2, byte 7',
    '{"n":3,"word":"c"}',
  ]);
  expect(() => stdin(fours)).toThrow(/a pipe only from the front/);
  expect(() => stdin(bytes())).toThrow(/does not say where a record ends/);
});
