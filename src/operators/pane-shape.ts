import { HeadraceError } from '../core/error.ts';
import type { Pane } from './count-window.ts';

/** The last is no property like others: a pane cannot have one. */
const RESERVED: readonly string[] = ['key', 'window', 'pane', '__proto__'];

/** Makes the pane of a window out of what its aggregates answer, in the order of their names. */
export function paneShape<K, R>(names: readonly string[], generate = true): (results: readonly unknown[], pane: Pane<K>) => Pane<K> & R {
  return ((generate ? generated(names) : undefined) ?? plain(names)) as (results: readonly unknown[], pane: Pane<K>) => Pane<K> & R;
}

/** Refuses an aggregate that has the name of something a pane has of its own. */
export function checkFieldNames(names: readonly string[], where: string): void {
  for (const field of names) if (RESERVED.includes(field)) throw reserved(field, where);
}

type Shape = (results: readonly unknown[], pane: Pane<unknown>) => object;

/** As a literal, which the engine makes three times as fast as it adds one property after the other. */
function generated(names: readonly string[]): Shape | undefined {
  const fields = names.map((name, i) => `, ${JSON.stringify(name)}: results[${i}]`).join('');
  try {
    return new Function('results', 'pane', `return { key: pane.key, window: pane.window, pane: pane.pane${fields} };`) as Shape;
  } catch {
    return undefined; // Some hosts forbid making code from text.
  }
}

function plain(names: readonly string[]): Shape {
  return (results, { key, window, pane }) => {
    const out: Record<string, unknown> = { key, window, pane };
    for (let i = 0; i < names.length; i++) out[names[i]!] = results[i];
    return out;
  };
}

function reserved(field: string, where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `a pane has a '${field}' of its own`,
    where,
    todo: 'Give the aggregate another name.',
  });
}
