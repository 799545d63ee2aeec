import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import { readError, writeError } from './error-text.ts';
import { decodeMessage, encodeMessage, type Message } from './messages.ts';

const bytes = Uint8Array.of(1, 2, 3);
const section = { operator: 'sum', cell: 'states', scope: { kind: 'group', group: 3 }, codec: 'cells/1' } as const;
const start = { version: 1, module: 'file:///shop.ts', stage: 's1', fingerprint: 'f', settings: { a: [1] }, time: 'own' } as const;
const all: readonly Message[] = [
  { kind: 'start', call: 1, start },
  { kind: 'open', call: 2, monotonicMs: 1.5, nowMs: 1e12, opening: { index: 1, parallelism: 2, groups: [0, 5], sections: [section] } },
  { kind: 'process', call: 2 ** 40, input: 'orders/größe', chunk: bytes },
  { kind: 'watermark', call: 4, input: '', ms: Number.POSITIVE_INFINITY },
  { kind: 'idle', call: 5, input: 'a' },
  { kind: 'end', call: 6, input: 'a' },
  { kind: 'prepareBarrier', call: 7, checkpoint: 2 ** 60 },
  { kind: 'committed', call: 8, checkpoint: -1 },
  { kind: 'aborted', call: 9, checkpoint: 0.5 },
  { kind: 'stop', call: 10 },
  { kind: 'write', call: 11, checkpoint: 1 },
  { kind: 'closing', call: 12 },
  { kind: 'drop', checkpoint: 1 },
  { kind: 'taken', bytes: 128 },
  { kind: 'restored', read: 1, bytes },
  { kind: 'advance', monotonicMs: 0.1, nowMs: 0 },
  { kind: 'abort', error: 'x' },
  { kind: 'ping' },
  { kind: 'ready', call: 1, version: 1 },
  { kind: 'done', call: 127 },
  { kind: 'failed', call: 0, error: '' },
  { kind: 'emit', output: 'dead letters', chunk: new Uint8Array(0) },
  { kind: 'barrier', call: 7, checkpoint: 3 },
  { kind: 'section', call: 11, section, bytes },
  { kind: 'read', read: 3, index: 0 },
  { kind: 'wants', atMs: Number.NEGATIVE_INFINITY },
  { kind: 'pong' },
];

test.each(all)('$kind arrives as it was said', (message) => {
  expect(decodeMessage(Uint8Array.from(Buffer.concat(encodeMessage(message))))).toEqual(message);
});

test('each kind has a code of its own', () => {
  expect(new Set(all.map((message) => encodeMessage(message)[0]![0])).size).toBe(all.length);
});

test('bytes that nobody sent are refused with a name, whatever they are', () => {
  const whole = all.map((message) => Buffer.concat(encodeMessage(message)));
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(fc.constantFrom(...whole), fc.nat(), fc.nat(255)).map(([message, at, byte]) => {
      const damaged = Uint8Array.from(message);
      damaged[at % damaged.length] = byte;
      return damaged;
    }),
    fc.tuple(fc.constantFrom(...whole), fc.nat()).map(([message, at]) => message.subarray(0, at % message.length)),
  );
  const property = fc.property(anyBytes, (damaged) => {
    try {
      decodeMessage(damaged);
    } catch (error) {
      if (!isHeadraceError(error) || error.code !== 'HR_FRAME_DAMAGED') throw error;
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

test('an error of ours crosses with its code, action, place, stack and causes', () => {
  const cause = new TypeError('x is not a function', { cause: 'a text' });
  const error = new HeadraceError({
    code: 'HR_KEY_INVALID',
    what: 'w',
    where: 'here',
    todo: 'Do.',
    action: 'deadLetter',
    member: 3,
    cause,
  });
  const copy = readError(writeError(error)) as HeadraceError;
  expect(copy).toBeInstanceOf(HeadraceError);
  for (const field of ['code', 'action', 'what', 'where', 'todo', 'member', 'message', 'stack'] as const)
    expect(copy[field]).toBe(error[field]);
  expect(copy.cause).toMatchObject({ name: 'TypeError', message: 'x is not a function', stack: cause.stack });
  expect((copy.cause as Error).cause).toMatchObject({ message: "a value that is no error was thrown: 'a text'" });
});

test('whatever is thrown crosses: errors of Node, rings of causes, values that do not want to be shown', () => {
  expect(readError(writeError(Object.assign(new Error('no file'), { code: 'ENOENT' })))).toMatchObject({
    code: 'ENOENT',
    message: 'no file',
  });
  const ring: { cause?: unknown } & Error = new Error('round');
  ring.cause = ring;
  expect(readError(writeError(ring)).message).toBe('round');
  const shy = {
    [inspect.custom]() {
      throw new Error('no');
    },
  };
  for (const thrown of [undefined, null, 7n, Symbol('s'), shy, { a: 1 }]) expect(readError(writeError(thrown))).toBeInstanceOf(Error);
});
