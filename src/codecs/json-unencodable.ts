import { HeadraceError } from '../core/error.ts';

/** Says why JSON.stringify refused a value, and where inside the value. Called only once it has. */
export function explainUnencodable(value: unknown, cause?: unknown): HeadraceError {
  const found = search(value);
  return new HeadraceError({
    code: 'HR_VALUE_UNENCODABLE',
    action: 'deadLetter',
    where: `json${found?.path ?? ''}`,
    what: found?.what ?? 'the value has no JSON',
    todo: 'Turn it into plain JSON values in a map before the sink, for instance a bigint into a string.',
    cause,
  });
}

interface Finding {
  readonly path: string;
  readonly what: string;
}

function search(value: unknown, path = '', above: readonly unknown[] = []): Finding | undefined {
  if (typeof value === 'bigint') return { path, what: `${value}n is a bigint` };
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
    // Inside an object JSON leaves these out, and writes null for them in an array.
    return path === '' ? { path, what: `a value of type ${typeof value} has no JSON` } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.includes(value)) return { path, what: 'the value contains itself' };
  if (above.length > 1000) return { path: '', what: 'the value is nested deeper than 1000 levels' };
  for (const [key, inner] of Object.entries(value)) {
    const found = search(inner, `${path}/${key}`, [...above, value]);
    if (found !== undefined) return found;
  }
  return undefined;
}
