import type { ColumnSpec } from '../../src/codecs/column-kinds.ts';
import { memberPath } from '../../src/codecs/json/member-paths.ts';

/** What a line must become, said by JSON.parse and a few obvious lines: a row, a refusal, or nothing for an empty line. */
export type Expected =
  | { readonly at: number; readonly row: readonly unknown[] }
  | { readonly at: number; readonly refused: 'HR_DECODE_FAILED' | 'HR_DECODE_INVALID' | 'HR_RECORD_TOO_LARGE' };

export interface OracleLimits {
  readonly depth: number;
  readonly recordBytes: number;
}

export function expectedRows(bytes: Uint8Array, specs: readonly ColumnSpec[], limits: OracleLimits): Expected[] {
  const expected: Expected[] = [];
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (let at = hasMark ? 3 : 0; at < bytes.length; ) {
    const lf = bytes.indexOf(10, at);
    const end = lf === -1 ? bytes.length : lf;
    const line = bytes.subarray(at, end > at && bytes[end - 1] === 13 ? end - 1 : end);
    if (line.length > limits.recordBytes) expected.push({ at, refused: 'HR_RECORD_TOO_LARGE' });
    else if (line.length > 0) expected.push(lineOf(line, at, specs, limits.depth));
    at = end + 1;
  }
  return expected;
}

function lineOf(line: Uint8Array, at: number, specs: readonly ColumnSpec[], depth: number): Expected {
  let value: unknown;
  let exact: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    value = JSON.parse(text);
    exact = JSON.parse(text, (_key, inner: unknown, context?: { readonly source?: string }) =>
      typeof inner === 'number' ? { digits: context!.source! } : inner,
    );
  } catch {
    return { at, refused: 'HR_DECODE_FAILED' };
  }
  if (depthOf(new TextDecoder().decode(line)) > depth) return { at, refused: 'HR_DECODE_FAILED' };
  if (!isObject(value)) return { at, refused: 'HR_DECODE_INVALID' };
  const row: unknown[] = [];
  for (const spec of specs) {
    const cell = cellOf(spec, pick(value, spec), pick(exact, spec));
    if (cell === undefined) return { at, refused: 'HR_DECODE_INVALID' };
    row.push(cell);
  }
  return { at, row };
}

/** Of a right text: brackets outside of strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const bracket of text.replace(/"(?:[^"\\]|\\.)*"/gs, '').match(/[[\]{}]/g) ?? []) {
    depth += bracket === '{' || bracket === '[' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(value: unknown, spec: ColumnSpec): unknown {
  let inner: unknown = value;
  for (const name of memberPath(spec.from)) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

/** Undefined where the value is not what the column says. */
function cellOf(spec: ColumnSpec, value: unknown, exact: unknown): unknown {
  if (value === null || value === undefined) return spec.mayBeNull ? null : undefined;
  switch (spec.kind) {
    case 'string':
      return typeof value === 'string' && (spec.oneOf?.includes(value) ?? true) ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'integer':
      return Number.isSafeInteger(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'bigint': {
      const text = typeof value === 'string' ? value : typeof value === 'number' ? (exact as { readonly digits: string }).digits : '';
      if (!/^-?[0-9]{1,20}$/.test(text) || text.length > 20) return undefined;
      const big = BigInt(text);
      return big >= -(2n ** 63n) && big < 2n ** 63n ? big : undefined;
    }
    case 'time':
      return timeOf(spec, value);
  }
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?)?$/;

function timeOf({ unit }: ColumnSpec, value: unknown): number | undefined {
  if (unit !== 'iso') {
    if (typeof value !== 'number') return undefined;
    const whole = { s: value * 1000, ms: value, us: value / 1000, ns: value / 1e6 }[unit];
    const millis = unit === 's' && !Number.isInteger(value) ? Math.round(value * 1e6) / 1e3 : whole;
    return Number.isFinite(millis) ? millis : undefined;
  }
  const parts = typeof value === 'string' ? ISO.exec(value) : null;
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return undefined;
  const [offsetHour, offsetMinute] = [Number(parts[10] ?? 0), Number(parts[11] ?? 0)];
  if (offsetHour > 23 || offsetMinute > 59) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * 60_000 * (parts[9] === '-' ? -1 : 1);
  const fraction = parts[7] === undefined ? 0 : (Number(parts[7]) * 1000) / 10 ** parts[7].length;
  return date.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1000 - offset + fraction;
}
