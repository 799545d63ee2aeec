import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { Answer, RefusedRecord, Source } from '../core/source.ts';

/** How a source answers the records it could read. */
export type Form = 'values' | 'bodies' | 'columns';

export interface LinesOptions {
  readonly form: Form;
  /** Lines beginning with ! are refused by the source; `?` in a body is refused by the codec, where there are bodies. */
  readonly lines: readonly string[];
  readonly codec?: Codec<Line> | undefined;
  /** Says of a refused line that its bytes are cut, or gives none. */
  readonly gives?: 'all' | 'some' | 'none';
  /** No read brings more lines, bad ones included. */
  readonly atMost?: number;
}

export interface Line {
  readonly line: string;
}

/** A line as JSON would be: a body with a question mark is none. */
export const lineCodec: Codec<Line> = {
  kind: 'line',
  framing: 'lines',
  encode: ({ line }) => new TextEncoder().encode(line),
  decode(bytes) {
    const line = new TextDecoder().decode(bytes);
    if (line.includes('?')) throw unreadable(`what is ${line}`);
    return { line: line.replace('!', '') };
  },
};

/** A source of lines that names the bad ones, reading on behind each. */
export function linesSource({ form, lines, codec, gives = 'all', atMost = 1024 }: LinesOptions): Source<Line> {
  return {
    kind: 'lines',
    id: 'lines',
    replay: true,
    ...(codec === undefined ? {} : { codec }),
    partitions: () => [0],
    open(_partition, resume) {
      let next = Number(resume ?? 0);
      return {
        read(limit) {
          const good: string[] = [];
          const at: number[] = [];
          const refused: RefusedRecord[] = [];
          const end = Math.min(lines.length, next + Math.min(limit, atMost));
          for (; next < end; next++) {
            const line = lines[next]!;
            if (line.startsWith('!')) refused.push(refusal(line, next, good.length, gives));
            else {
              good.push(line);
              at.push(next);
            }
          }
          return { ...given(form, good), positions: at, refused, resume: next, end: next === lines.length } as Answer<Line>;
        },
        close() {},
      };
    },
  };
}

function refusal(line: string, position: number, before: number, gives: 'all' | 'some' | 'none'): RefusedRecord {
  const error = unreadable(`${line} is no line`);
  const bytes = new TextEncoder().encode(line);
  if (gives === 'none') return { before, position, error };
  return gives === 'some' ? { before, position, error, bytes: bytes.subarray(0, 1), isCut: true } : { before, position, error, bytes };
}

function unreadable(what: string): HeadraceError {
  return new HeadraceError({ code: 'HR_DECODE_FAILED', action: 'deadLetter', what, todo: 'Mend it.' });
}

function given(form: Form, good: readonly string[]): Partial<Answer<Line>> {
  if (form === 'values') return { values: good.map((line) => ({ line })) };
  if (form === 'bodies') return { bodies: good.map((line) => new TextEncoder().encode(line)) };
  return { columns: { length: good.length, names: ['line'], columns: [{ kind: 'plain', values: good }] } };
}
