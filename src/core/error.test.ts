import { expect, test } from 'vitest';
import { assert, HeadraceError, isHeadraceError } from './error.ts';

const parts = { code: 'HR_TEST', what: 'The file is gone', todo: 'Put it back.' } as const;

test('the message says what, where and what to do', () => {
  expect(new HeadraceError({ ...parts, where: 'file:a.txt' }).message).toBe('The file is gone (file:a.txt). Put it back.');
  expect(new HeadraceError(parts).message).toBe('The file is gone. Put it back.');
});

test('the parts can be read one by one, and an error stops the run unless it says otherwise', () => {
  const error = new HeadraceError({ ...parts, where: 'here' });
  expect(error).toMatchObject({ ...parts, where: 'here', action: 'stop', name: 'HeadraceError' });
  expect(new HeadraceError({ ...parts, action: 'retry' }).action).toBe('retry');
});

test('what the message says already is not said again when the error is printed', () => {
  const error = new HeadraceError({ ...parts, where: 'here', action: 'deadLetter' });
  expect(Object.keys(error)).toEqual(['code', 'action']);
  expect(JSON.stringify(error)).toBe('{"code":"HR_TEST","action":"deadLetter"}');
  expect(String(error)).toBe('HeadraceError: The file is gone (here). Put it back.');
});

test('the cause is kept, and there is none when none was given', () => {
  const cause = new TypeError('x is not a function');
  expect(new HeadraceError({ ...parts, cause }).cause).toBe(cause);
  expect('cause' in new HeadraceError(parts)).toBe(false);
});

test('it is an Error whose stack begins where it was made', () => {
  function hereItHappens(): HeadraceError {
    return new HeadraceError(parts);
  }
  expect(hereItHappens()).toBeInstanceOf(Error);
  expect(hereItHappens().stack?.split('\n')[1]).toContain('hereItHappens');
});

test('an error of another copy of the package is one of ours, others are not', () => {
  const other = Object.assign(new Error('x'), { name: 'HeadraceError', code: 'HR_X', action: 'stop' });
  expect(isHeadraceError(new HeadraceError(parts))).toBe(true);
  expect(isHeadraceError(other)).toBe(true);
  expect([new Error('x'), { name: 'HeadraceError', code: 'HR_X', action: 'stop' }, undefined, null, 'HR_X'].map(isHeadraceError)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('a broken rule of ours is no error of the user', () => {
  assert(true, 'one is one');
  const broken = (): void => assert(false, 'a queue is never negative');
  expect(broken).toThrow(
    'Headrace broke its own rule: a queue is never negative. This is a bug of Headrace; please report it with this stack.',
  );
  try {
    broken();
  } catch (error) {
    expect(isHeadraceError(error)).toBe(false);
    expect((error as Error).name).toBe('AssertionError');
  }
});
