/**
 * Lets the engine see that the members of such rows may be anything; `row` is an object literal with `any` for each of
 * them. The engine keeps for all objects with these members what it has seen in them, and a program has others than rows:
 * `csv({ columns: { price: 'number' } })` holds one with a string in it. A number then passes for one more object there
 * until it happens to be a small whole one, upon which the engine throws the fast code of the loop away, learns nothing,
 * and compiles the same again, for ever: a row costs ten times as much.
 */
export function widen(row: string): void {
  const make = new Function('any', `return ${row};`) as (any: unknown) => unknown;
  make(0);
  make('');
}
