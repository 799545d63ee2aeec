import { HeadraceError } from './error.ts';

/** What a stream can be keyed by. Numbers must be finite; -0 is the key 0. */
export type Key = string | number | bigint | boolean | readonly KeyPart[];
export type KeyPart = string | number | bigint | boolean;
/** A share of all keys; state and timers move between owners by it. */
export type KeyGroup = number;

/**
 * The value as a key, with -0 as 0, or an error that says what is wrong with it.
 *
 * @example
 * ```ts
 * console.log(checkKey(['eu', -0])); // [ 'eu', 0 ]
 * try {
 *   checkKey(Number.NaN);
 * } catch (error) {
 *   console.log(String(error)); // HeadraceError: NaN cannot be a key. A key is a string, a finite number, a bigint, a boolean, or an array of these.
 * }
 * ```
 */
export function checkKey(value: unknown, where?: string): Key {
  if (!Array.isArray(value)) {
    if (!isPart(value)) throw invalid(`${describe(value)} cannot be a key`, where);
    return value === 0 ? 0 : value;
  }
  const parts: readonly unknown[] = value;
  let hasZero = false;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (!isPart(part)) throw invalid(`Part ${i + 1} of a key is ${describe(part)}`, where);
    if (part === 0) hasZero = true;
  }
  const key = parts as readonly KeyPart[];
  return hasZero ? key.map((part) => (part === 0 ? 0 : part)) : key;
}

function isPart(value: unknown): value is KeyPart {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return false;
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function invalid(what: string, where: string | undefined): HeadraceError {
  const todo = 'A key is a string, a finite number, a bigint, a boolean, or an array of these.';
  return new HeadraceError({ code: 'HR_KEY_INVALID', action: 'deadLetter', what, where, todo });
}
