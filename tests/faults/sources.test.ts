import { expect, test } from 'vitest';
import { type HeadraceError, pipeline } from '../../src/index.ts';
import { counting, guardRejections, keeping, retriable, runToEnd, upTo } from './rig.ts';

guardRejections();

const broken = (): never => {
  throw new Error('the disk is gone');
};

test.each([
  ['throws', broken],
  ['rejects', async () => broken()],
])('a source that %s when it is opened ends the run with its cause, and closes the sinks', async (_how, onOpen) => {
  const sink = keeping<number>();
  const source = counting({ records: 10, onOpen });
  const { code, error } = await runToEnd(pipeline('broken').from(source).to(sink));
  expect(code).toBe('HR_SOURCE_FAILED');
  expect((error as HeadraceError).message).toContain('the disk is gone');
  expect(sink.closed).toBe(1);
  expect(sink.closedWith).toBe(error);
});

test.each([
  ['throws', (n: number) => (n === 3 ? broken() : undefined)],
  ['rejects', (n: number) => (n === 3 ? Promise.reject(new Error('the disk is gone')) : undefined)],
])('a source that %s at its third read ends the run; what it gave before is delivered', async (_how, onRead) => {
  const sink = keeping<number>();
  const source = counting({ records: 100, atMost: 10, onRead });
  const { code, error } = await runToEnd(
    pipeline('broken')
      .from(source)
      .map((n) => n)
      .to(sink),
  );
  expect(code).toBe('HR_SOURCE_FAILED');
  expect((error as HeadraceError).cause).toEqual(new Error('the disk is gone'));
  expect(sink.values).toEqual(upTo(20));
  expect(source.closed).toBe(1);
});

test('a read that fails with action retry is repeated and loses nothing', async () => {
  const sink = keeping<number>();
  const source = counting({
    records: 50,
    atMost: 10,
    onRead: (n) => {
      if (n === 2 || n === 3) throw retriable('busy');
    },
  });
  const { report } = await runToEnd(pipeline('busy').from(source).to(sink));
  expect(sink.values).toEqual(upTo(50));
  expect(report?.in).toBe(50);
});

test('a source that is always busy is given up after a bounded number of attempts', async () => {
  const source = counting({
    records: 50,
    onRead: () => {
      throw retriable('busy');
    },
  });
  const { code } = await runToEnd(pipeline('busy').from(source).to(keeping()));
  expect(code).toBe('HR_TEST_BUSY');
  expect(source.reads).toBeGreaterThan(1);
  expect(source.reads).toBeLessThanOrEqual(10);
  expect(source.closed).toBe(1);
});

test.each([
  ['throws', broken],
  ['rejects', async () => broken()],
])('a source that %s when it is closed fails the run after everything was delivered', async (_how, onClose) => {
  const sink = keeping<number>();
  const { code } = await runToEnd(
    pipeline('stuck')
      .from(counting({ records: 30, onClose }))
      .to(sink),
  );
  expect(code).toBe('HR_SOURCE_FAILED');
  expect(sink.values).toEqual(upTo(30));
});

test('a source without partitions ends at once', async () => {
  const sink = keeping<number>();
  const { report } = await runToEnd(
    pipeline('empty')
      .from({ ...counting({ records: 9 }), partitions: () => [] })
      .to(sink),
  );
  expect(report).toMatchObject({ in: 0, out: 0, ended: 'end' });
  expect(sink.closed).toBe(1);
});

test.each([
  ['throws', broken],
  ['rejects', async () => broken()],
])('partitions() that %s ends the run', async (_how, partitions) => {
  const sink = keeping<number>();
  const { error } = await runToEnd(
    pipeline('lost')
      .from({ ...counting({ records: 9 }), partitions })
      .to(sink),
  );
  expect(String(error)).toContain('the disk is gone');
  expect(sink.closed).toBe(1);
});

test('when one of two sources breaks, the other is closed too', async () => {
  const good = { ...counting({ records: 1_000_000, atMost: 1 }), id: 'good' };
  const bad = counting({ records: 9, atMost: 1, onRead: (n) => (n === 5 ? broken() : undefined) });
  const both = pipeline('both');
  const { code } = await runToEnd(
    both
      .from(good)
      .merge(both.from(bad))
      .to(keeping({ onWrite: () => Promise.resolve() })),
  );
  expect(code).toBe('HR_SOURCE_FAILED');
  expect(bad.closed).toBe(1);
});

test('a body that cannot be decoded costs that record only, wherever it stands in its read', async () => {
  const bodies = ['1', 'x', '3', '', '5'].map((text) => new TextEncoder().encode(text));
  const codec = {
    kind: 'number',
    framing: 'none' as const,
    encode: () => new Uint8Array(),
    decode(bytes: Uint8Array): number {
      const text = new TextDecoder().decode(bytes);
      if (!/^\d+$/.test(text)) throw new Error(`not a number: '${text}'`);
      return Number(text);
    },
  };
  const source = {
    kind: 'bodies',
    id: 'bodies',
    codec,
    partitions: () => [0],
    open: () => ({ read: () => ({ bodies: [...bodies], positions: { first: 10 }, resume: 15, end: true }), close() {} }),
  };
  const good = keeping<string>();
  const bad = keeping<unknown>({ id: 'bad' });
  const reading = pipeline('bodies', { onError: 'deadLetter' });
  reading
    .from<number>(source)
    .map((n, record) => `${record.position}: ${n}`)
    .to(good);
  reading.deadLetters().to(bad);
  const { report } = await runToEnd(reading);
  expect(good.values).toEqual(['10: 1', '12: 3', '14: 5']);
  expect(bad.values).toMatchObject([
    { id: 'bodies/0/11', operator: 'bodies', bytes: bodies[1] },
    { id: 'bodies/0/13', operator: 'bodies', bytes: bodies[3] },
  ]);
  expect(report).toMatchObject({ in: 5, deadLetters: 2 });
});
