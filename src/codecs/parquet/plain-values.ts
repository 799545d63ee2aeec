import { broken, type Spot } from './errors.ts';
import { dictionaryOf } from './flat-page.ts';
import type { Values } from './values.ts';

/** Values one by one, for lists and structures. They have no place to be refused at, so a bad one is an error of the file. */
export function plainValues(values: Values, spot: Spot): unknown[] {
  const { values: made, bad } = dictionaryOf(values, { mayBeNull: true, oneOf: undefined });
  if (bad?.some((why) => why !== 0))
    throw broken(spot, 'a list or a structure has a text that is not UTF-8, or a decimal of more than 64 bytes');
  if (made.is === 'strings') return [...made.entries];
  return made.is === 'booleans' ? Array.from(made.values, (value) => value === 1) : Array.from<unknown>(made.values);
}
