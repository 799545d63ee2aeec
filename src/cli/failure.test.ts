import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { HeadraceError } from '../core/error.ts';
import { failureOf, failureText } from './failure.ts';

const told = (error: unknown): string => failureText(failureOf(error), false);

function withFrames(error: Error, ...frames: string[]): Error {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

test("code, message, and the first frame that is the user's", () => {
  const ours = pathToFileURL(`${import.meta.dirname}/../runtime/flow.ts`).href;
  const error = withFrames(
    new HeadraceError({ code: 'HR_OPERATOR_FAILED', what: 'map refused a record', where: 'values/map', todo: 'Mend the function.' }),
    `Flow.refused (${ours}:12:3)`,
    'shop_map (eval at make (/elsewhere/headrace/src/runtime/generated-loop.ts:28:16), <anonymous>:7:9)',
    'JSON.parse (<anonymous>)',
    'parse (/elsewhere/node_modules/fast/parse.js:1:1)',
    `priceOf (${pathToFileURL(`${process.cwd()}/my shop/orders.ts`).href}:4:23)`,
    'process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
  );
  expect(told(error)).toBe(
    'HR_OPERATOR_FAILED: map refused a record (values/map). Mend the function.\n    at priceOf (my shop/orders.ts:4:23)\n',
  );
});

test('frames without a name, and async ones, are found too', () => {
  expect(failureOf(withFrames(new Error('x'), '/home/ann/shop.ts:2:1')).frame).toBe('/home/ann/shop.ts:2:1');
  expect(failureOf(withFrames(new Error('x'), 'async /home/ann/shop.ts:3:1')).frame).toBe('/home/ann/shop.ts:3:1');
  expect(failureOf(withFrames(new Error('x'), 'async read (/home/ann/shop.ts:3:1)')).frame).toBe('async read (/home/ann/shop.ts:3:1)');
});

test('causes follow in short, except what the message says already', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9092'), { code: 'ECONNREFUSED' });
  const middle = new Error('no broker answered', { cause: refused });
  const error = new HeadraceError({
    code: 'HR_SOURCE_FAILED',
    what: 'the source failed: no broker answered',
    todo: 'Mend it.',
    cause: middle,
  });
  error.stack = ''; // No frames of this test.
  middle.stack = '';
  refused.stack = '';
  expect(told(error)).toBe(
    'HR_SOURCE_FAILED: the source failed: no broker answered. Mend it.\n  because ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9092\n',
  );
});

test('a ring of causes comes to an end', () => {
  const ring = new Error('a');
  ring.cause = ring;
  expect(failureOf(ring).because).toEqual([]);
});

test.each([
  ['text', 'Error: text\n'],
  [undefined, 'Error: undefined\n'],
  [{ a: 1 }, 'Error: { a: 1 }\n'],
])('thrown things that are no errors are shown: %j', (thrown, text) => {
  expect(told(thrown)).toBe(text);
});

test('a record cannot reach the terminal through a message', () => {
  expect(told('not a number: \u001b]0;owned\u0007\u001b[2J')).toBe('Error: not a number: \u{fffd}]0;owned\u{fffd}\u{fffd}[2J\n');
});

test('with --stack everything is there, under the same code', () => {
  const error = new HeadraceError({ code: 'HR_OPERATOR_FAILED', what: 'x', todo: 'Mend it.', cause: new TypeError('inner') });
  const text = failureText(failureOf(error), true);
  expect(text).toMatch(/^HR_OPERATOR_FAILED: x\. Mend it\.\n\s+at .*failure\.test\.ts/);
  expect(text).toContain('TypeError: inner');
});
