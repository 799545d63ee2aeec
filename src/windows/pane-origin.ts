import type { Headers, KeyTable, Origin } from '../core/chunk.ts';
import type { Key } from '../core/keys.ts';

/** What tells the panes of one chunk from all others, one entry a pane. */
export interface PaneRows {
  /** Absent where the stream has no keys. */
  readonly keys: KeyTable | undefined;
  readonly keyIds: ArrayLike<number>;
  /** Where the window begins: milliseconds, or the ordinal of a record of the key. */
  readonly starts: ArrayLike<number>;
  /** Where it ends, of windows for which that does not follow from the start. */
  readonly ends?: ArrayLike<number> | undefined;
  /** Which pane of its window this is. */
  readonly indexes: ArrayLike<number>;
  readonly times: ArrayLike<number>;
}

/**
 * The identity of panes: `<operator>/<key>/<start of the window>/<pane index>`, equal after every replay. The key is
 * written so that two keys never read alike: text in quotes, a bigint with an n, `-` where there is none.
 */
export class PaneOrigin implements Origin {
  readonly source: string;
  readonly partition = '';
  readonly #rows: PaneRows;

  constructor(operator: string, rows: PaneRows) {
    this.source = operator;
    this.#rows = rows;
  }

  idAt(row: number): string {
    return `${this.source}/${this.positionAt(row)}`;
  }
  positionAt(row: number): string {
    const { keys, keyIds, starts, ends, indexes } = this.#rows;
    const window = ends === undefined ? starts[row] : `${starts[row]}..${ends[row]}`;
    return `${keys === undefined ? '-' : keyText(keys.keyAt(keyIds[row]!))}/${window}/${indexes[row]}`;
  }
  timeAt(row: number): number {
    return this.#rows.times[row]!;
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}

/** A key written so that two never read alike. */
export function keyText(key: Key): string {
  if (typeof key === 'string') return JSON.stringify(key);
  if (typeof key === 'bigint') return `${key}n`;
  if (typeof key === 'object') return `[${key.map(keyText).join(',')}]`;
  return String(key);
}
