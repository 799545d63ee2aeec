import type { Position, Resume } from '../../core/source.ts';
import type { SqliteCursor } from './options.ts';

/** Text and bigint carry a letter, so that the kind of a cursor survives JSON. */
export function resumeOf(cursor: SqliteCursor | undefined): Resume {
  if (cursor === undefined) return null;
  if (typeof cursor === 'number') return cursor;
  return typeof cursor === 'bigint' ? `i${cursor}` : `t${cursor}`;
}

/** The cursor a resume stands for; undefined at the beginning. */
export function cursorOf(resume: Resume | undefined): SqliteCursor | undefined {
  if (typeof resume !== 'string') return resume ?? undefined;
  return resume.startsWith('i') ? BigInt(resume.slice(1)) : resume.slice(1);
}

export function positionOf(cursor: SqliteCursor): Position {
  return typeof cursor === 'bigint' ? String(cursor) : cursor;
}

export function isCursor(value: unknown): value is SqliteCursor {
  return typeof value === 'string' || typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value));
}

/** In the order of SQLite: numbers before text, text by its bytes in UTF-8. */
export function isBehind(before: SqliteCursor, after: SqliteCursor): boolean {
  if (typeof before === 'string' && typeof after === 'string') return isTextBehind(before, after);
  if (typeof before === 'string' || typeof after === 'string') return typeof after === 'string';
  return after > before;
}

function isTextBehind(before: string, after: string): boolean {
  // UTF-16 and UTF-8 order the same texts alike until a surrogate comes into play.
  for (let i = 0; i < before.length && i < after.length; i++) {
    if (before.charCodeAt(i) !== after.charCodeAt(i)) return Buffer.compare(Buffer.from(before), Buffer.from(after)) < 0;
  }
  return before.length < after.length;
}
