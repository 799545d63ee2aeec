import { type Column, entryAt } from '../../core/columns.ts';
import { HeadraceError } from '../../core/error.ts';
import type { RefusedRecord } from '../../core/source.ts';
import { encodeUtf8 } from '../utf8.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { Taken } from './flat-page.ts';
import { BAD } from './values.ts';

const MOST_BYTES = 64 * 1024;

export interface BadRows {
  readonly where: string;
  readonly plans: readonly ColumnPlan[];
  readonly taken: readonly Taken[];
  readonly count: number;
  /** The row in the file of each. */
  readonly rowAt: (at: number) => number;
}

/** Rows with a place that is not what was declared, and the rest of them; undefined where all are as they should be. */
export function partBad({
  where,
  plans,
  taken,
  count,
  rowAt,
}: BadRows): { readonly kept: Int32Array; readonly refused: RefusedRecord[] } | undefined {
  const bads = taken.flatMap(({ bad }, column) => (bad === undefined ? [] : [{ bad, column }]));
  if (bads.length === 0) return undefined;
  const kept = new Int32Array(count);
  const refused: RefusedRecord[] = [];
  let keeps = 0;
  for (let at = 0; at < count; at++) {
    const found = bads.find(({ bad }) => bad[at] !== 0);
    if (found === undefined) kept[keeps++] = at;
    else {
      const { column } = taken[found.column]!;
      const error = refusal(`${where}, row ${rowAt(at)}`, plans[found.column]!, found.bad[at]!, valueAt(column, at));
      refused.push({ before: keeps, position: rowAt(at), error, bytes: rowBytes(plans, taken, at), isCut: true });
    }
  }
  return { kept: kept.subarray(0, keeps), refused };
}

function refusal(place: string, { name }: ColumnPlan, bad: number, value: unknown): HeadraceError {
  const [what, todo] = reason(bad, value);
  return new HeadraceError({
    code: 'HR_DECODE_FAILED',
    action: 'deadLetter',
    where: `${place}, column ${JSON.stringify(name)}`,
    what,
    todo,
  });
}

function reason(bad: number, value: unknown): readonly [what: string, todo: string] {
  if (bad === BAD.empty)
    return ['there is no value', "Declare the column with a question mark behind its kind (as in 'integer?') if it may be empty."];
  if (bad === BAD.unsafe) return [`about ${String(value)} is beyond what a number holds exactly`, "Declare the column as 'bigint'."];
  if (bad === BAD.notOneOf)
    return [`${JSON.stringify(String(value).slice(0, 100))} is not one of the strings declared`, 'Add it to oneOf, or correct the writer.'];
  if (bad === BAD.notUtf8)
    return ['a text is not UTF-8', 'Correct the writer; bytes that are no text can be read without declaring columns.'];
  return ['a decimal is longer than 64 bytes', 'Correct the writer.'];
}

function valueAt(column: Column, at: number): unknown {
  return entryAt(column, at);
}

/** A row has no bytes of its own in the file: it is told as JSON, which nobody can read as Parquet again. */
function rowBytes(plans: readonly ColumnPlan[], taken: readonly Taken[], at: number): Uint8Array {
  const row = Object.fromEntries(plans.map(({ name }, i) => [name, valueAt(taken[i]!.column, at)]));
  const text = JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return encodeUtf8(text).subarray(0, MOST_BYTES);
}
