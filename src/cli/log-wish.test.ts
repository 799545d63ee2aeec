import { expect, test } from 'vitest';
import { dlqWish } from './dlq-wish.ts';
import { logWish } from './log-wish.ts';

test('log: an action, a folder, mostly a topic, and the options it has', () => {
  expect(logWish(['ls', 'state', '--json'])).toEqual({ action: 'ls', dir: 'state', json: true });
  expect(logWish(['cat', 'state', 'orders', '--from', '7', '--partition', '0', '-f'])).toEqual({
    action: 'cat',
    dir: 'state',
    topic: 'orders',
    partition: 0,
    from: 7,
    limit: Number.POSITIVE_INFINITY,
    follow: true,
    json: false,
    keys: false,
  });
  expect(logWish(['append', 'state', 'orders', '--header', 'a=b=c', '--header', 'd=', '--key', ''])).toMatchObject({
    headers: { a: 'b=c', d: '' },
    key: '',
  });
  expect(logWish(['repair', 'state', '--yes'])).toEqual({ action: 'repair', dir: 'state', topic: undefined, yes: true });
  expect(logWish(['cat', '--help'])).toBe('help');
});

test.each([
  ['', 'log wants to know what to do. It knows ls, cat, append, fsck, repair'],
  ['cta state', "log cannot 'cta'. Did you mean 'cat'?"],
  ['ls', 'ls wants the folder. Write: headrace log ls ./state'],
  ['cat state', 'cat wants the topic. Write: headrace log cat'],
  ['ls state orders', "ls does not know what to do with 'orders'"],
  ['fsck state orders more', "fsck does not know what to do with 'more'"],
  ['fsck state --yes', '--yes means nothing to fsck'],
  ['cat state orders --from soon', "--from wants a whole number of at least 0, and 'soon' is none"],
  ['cat state orders --from=-1', "and '-1' is none"],
  ['cat state orders --limit 0', '--limit wants a whole number of at least 1'],
  ['cat state orders --partition 1.5', '--partition wants a whole number'],
  ['cat state orders --partition=', "and '' is none"],
  ['cat state orders --json --keys', '--json and --keys do not go together'],
  ['append state orders --header x', "--header has no '='. Write: --header name=value"],
  ['append state orders --header =x', "--header has no name before its '='"],
  [`cat state ${'x'.repeat(201)}`, 'more than 200 bytes'],
])('log %s is refused with what to do', (line, message) => {
  expect(() => logWish(line === '' ? [] : line.split(' '))).toThrow(
    expect.objectContaining({ code: 'HR_USAGE', message: expect.stringContaining(message) as string }),
  );
});

test('dlq: a redrive takes the file and options of run', () => {
  expect(dlqWish(['ls', 'state'])).toEqual({ action: 'ls', dir: 'state', json: false });
  expect(dlqWish(['show', 'state', 'shop'])).toMatchObject({ pipeline: 'shop', limit: 100, from: 0, operator: undefined });
  expect(dlqWish(['redrive', 'shop.ts', '--dir', 'state', '--set', 'a=b', '--deadline', '2s', '--memory', '1MiB'])).toMatchObject({
    action: 'redrive',
    dir: 'state',
    run: { file: 'shop.ts', dir: 'state', settings: { a: 'b' }, deadlineMs: 2000, memoryBytes: 1 << 20, again: false, from: undefined },
  });
});

test.each([
  ['', 'dlq wants to know what to do. It knows ls, show, redrive'],
  ['rdrive', "dlq cannot 'rdrive'. Did you mean 'redrive'?"],
  ['show state', 'show wants the pipeline'],
  ['show', 'show wants the folder'],
  ['ls state shop', "ls does not know what to do with 'shop'"],
  ['ls --dir state', '--dir means nothing to ls. The folder stands behind it: headrace dlq ls ./state'],
  ['redrive', 'dlq redrive wants the file that exports the pipeline'],
  ['redrive shop.ts', 'redrive wants the folder of the run'],
  ['redrive shop.ts --dir state --limit 1', '--limit means nothing to redrive'],
  ['redrive shop.ts --dir state --set x', "--set has no '='"],
  ['show state shop --limit x', "--limit wants a whole number of at least 1, and 'x' is none"],
])('dlq %s is refused with what to do', (line, message) => {
  expect(() => dlqWish(line === '' ? [] : line.split(' '))).toThrow(
    expect.objectContaining({ code: 'HR_USAGE', message: expect.stringContaining(message) as string }),
  );
});
