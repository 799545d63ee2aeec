import { HeadraceError } from '../core/error.ts';
import { MAX_DEPTH, typedArrayOf } from './value-tags.ts';

/** Says why a value has no bytes, and where inside of it. Called only once the writer has refused it. */
export function explainUnencodable(value: unknown, cause?: unknown): HeadraceError {
  const found = tried(value);
  return new HeadraceError({
    code: 'HR_VALUE_UNENCODABLE',
    action: 'deadLetter',
    where: `value${found?.path ?? ''}`,
    what: found?.what ?? 'the value threw when it was read, or is too large',
    todo: 'Turn it into plain values first (objects, arrays, Map, Set, Date, bytes, numbers, text), or give a codec of your own.',
    cause,
  });
}

interface Finding {
  readonly path: string;
  readonly what: string;
}

function tried(value: unknown): Finding | undefined {
  try {
    return search(value, '', []);
  } catch {
    return undefined; // A proxy that throws when looked at.
  }
}

function search(value: unknown, path: string, above: readonly unknown[]): Finding | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { path, what: `a ${typeof value} has no bytes` };
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.includes(value)) return { path, what: 'the value contains itself' };
  const inside = membersOf(value, path);
  if (inside === undefined) return { path, what: `${describe(value)} is no plain value` };
  if (inside !== LEAF && above.length >= MAX_DEPTH) return { path, what: `the value is nested deeper than ${MAX_DEPTH} levels` };
  for (const { at, member, what } of inside) {
    const found = what === undefined ? search(member, at, [...above, value]) : { path: at, what };
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Member {
  readonly at: string;
  readonly member?: unknown;
  readonly what?: string;
}

const LEAF: readonly Member[] = [];

/** What is inside of a value, nothing in dates and bytes, and undefined where the value itself is refused. */
function membersOf(value: object, path: string): Iterable<Member> | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) return membersOfArray(value, path);
  if (prototype === Object.prototype || prototype === null) return membersOfObject(value, path);
  if (prototype === Map.prototype && value instanceof Map) return membersOfMap(value, path);
  if (prototype === Set.prototype && value instanceof Set)
    return [...value].map((member: unknown, i) => ({ at: `${path}.values()[${i}]`, member }));
  return (prototype === Date.prototype && value instanceof Date) || (typedArrayOf.has(prototype) && ArrayBuffer.isView(value))
    ? LEAF
    : undefined;
}

function* membersOfArray(value: readonly unknown[], path: string): Generator<Member> {
  for (let i = 0; i < value.length; i++) {
    const at = `${path}[${i}]`;
    if (i in value) yield { at, member: value[i] };
    else yield { at, what: 'an array with a hole has no bytes' };
  }
}

function* membersOfObject(value: object, path: string): Generator<Member> {
  for (const name of Object.keys(value)) {
    const at = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (property !== undefined && 'value' in property) yield { at, member: property.value };
    else yield { at, what: 'a getter or setter has no bytes' };
  }
}

function* membersOfMap(value: ReadonlyMap<unknown, unknown>, path: string): Generator<Member> {
  let i = 0;
  for (const [key, member] of value) {
    yield { at: `${path}.keys()[${i}]`, member: key };
    yield { at: `${path}.values()[${i++}]`, member };
  }
}

function describe(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  const made = prototype?.constructor;
  return typeof made === 'function' && made.name !== '' ? `an instance of ${made.name}` : 'an object with a prototype of its own';
}
