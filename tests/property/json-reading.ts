import { expect } from 'vitest';
import { entryAt } from '../../src/core/columns.ts';
import type { BlockMark, BlockReader } from '../../src/core/format.ts';
import type { Dice } from './json-lines.ts';

/** A record or a refusal. */
export interface Told {
  readonly at: number;
  readonly row?: readonly unknown[];
  readonly refused?: string;
  readonly said?: string;
  readonly bytes?: string;
}

export interface Reading {
  readonly make: (from: BlockMark | undefined) => BlockReader<unknown>;
  readonly bytes: Uint8Array;
  readonly dice: Dice;
  readonly restarts: boolean;
}

/** Everything a reader tells, and its last mark; cut anywhere, in answers of any size, sometimes begun anew at a mark. */
export function readAll({ make, bytes, dice, restarts }: Reading): { told: Told[]; mark: BlockMark | undefined } {
  const told: Told[] = [];
  let mark: BlockMark | undefined;
  let reader = make(undefined);
  const piece = dice.of([1, 3, 17, 100, 1000]);
  let at = 0;
  for (let isOver = false; !isOver; ) {
    const to = Math.min(bytes.length, at + 1 + dice.below(piece));
    const block = new Uint8Array(bytes.subarray(at, to));
    isOver = at >= bytes.length;
    if (isOver) reader.end();
    else reader.feed(block);
    at = to;
    for (;;) {
      const answer = reader.next(1 + dice.below(6));
      if (answer === undefined) {
        // As one does who feeds two blocks again and again.
        block.fill(0x5d);
        break;
      }
      mark = answer.mark;
      const length = answer.columns?.length ?? answer.values!.length;
      const refused = [...(answer.refused ?? [])];
      if (length + refused.length === 0) throw new Error('an answer without anything');
      for (let row = 0; row <= length; row++) {
        while (refused[0]?.before === row) {
          const { position, error, bytes: found } = refused.shift()!;
          if (error.action !== 'deadLetter') expect(error.action).toBe('deadLetter');
          told.push({ at: Number(position), refused: error.code, said: error.message, bytes: Buffer.from(found ?? []).toString('latin1') });
        }
        if (row === length) continue;
        const values = answer.columns?.columns.map((column) => entryAt(column, row)) ?? [answer.values![row]];
        told.push({ at: answer.at[row]!, row: values });
      }
      if (refused.length > 0) expect(refused).toEqual([]);
      if (restarts && dice.below(6) === 0) {
        reader = make(mark);
        at = mark.byte;
        isOver = false;
        break;
      }
    }
  }
  return { told, mark };
}
