import type { Codec } from '../../core/codec.ts';
import type { BlockOpening, PartReader } from '../../core/format.ts';
import { type Bytes, byteCount, wholeNumber } from '../../core/units.ts';
import { besideThis } from '../beside.ts';
import { columnSpecs, type ColumnWishes, type RowOf } from '../column-kinds.ts';
import { encodeUtf8 } from '../utf8.ts';
import { type Cell, readCell, WrongCell } from './cells.ts';
import { LineWalker } from './line-walker.ts';
import { wantedTree } from './member-paths.ts';
import { type Projection, ProjectionReader } from './projection.ts';
import { brokenLine, longLine, noObject, wrongCell } from './refusals.ts';
import { rowWriter } from './row-writer.ts';

export interface JsonColumnsOptions<C extends ColumnWishes> {
  /**
   * The members that are read, and what each of them is; all others are passed over. A name, or `from` where there is one,
   * is a path: `user.city` is the member city of the member user, and `\\.` is a dot in a name.
   */
  readonly columns: C;
  /** How deep arrays and objects may be nested in a line; 256 by default. */
  readonly depth?: number;
  /** How large one body may be that stands alone, as in a topic; '16MiB' by default. A file source has its `recordBytes`. */
  readonly bytes?: Bytes;
  /** How many different strings of a column are numbered, and how many bytes they may have: 65,536 and '4MiB' by default. */
  readonly dictionary?: { readonly entries?: number; readonly bytes?: Bytes };
}

const OPEN_BRACE = 123;

/** JSON lines of which some members are wanted. */
export function projectedJson<C extends ColumnWishes>(options: JsonColumnsOptions<C>): Codec<RowOf<C>> {
  const wish = projectionOf(options);
  const { specs } = wish;
  const most = byteCount(options.bytes ?? '16MiB', 'option bytes');
  const write = rowWriter(specs, wish.root);
  const open = (opening: BlockOpening): PartReader<RowOf<C>> => new ProjectionReader<RowOf<C>>(wish, opening);
  let walker: LineWalker | undefined;
  return {
    kind: 'json',
    framing: 'lines',
    encode: (row) => encodeUtf8(write(row)),
    decode(body) {
      if (body.length > most) throw longLine('json', 'a body', most);
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      walker ??= new LineWalker(wish.root, specs.length, wish.depth);
      if (!walker.walk(bytes, 0, bytes.length)) throw brokenLine('json', `byte ${walker.faultAt}`, walker.fault);
      if (bytes[walker.rootAt] !== OPEN_BRACE) throw noObject('json', 'a body');
      const row: Record<string, Cell> = {};
      for (const [column, spec] of specs.entries()) {
        const cell = readCell(spec, bytes, walker.starts[column]!, walker.ends[column]!);
        if (cell instanceof WrongCell) throw wrongCell('json', `byte ${Math.max(0, walker.starts[column]!)}`, spec, cell);
        // A column may be called as it likes; a plain assignment to __proto__ would make no member.
        if (spec.name === '__proto__') Object.defineProperty(row, spec.name, { value: cell, enumerable: true });
        else row[spec.name] = cell;
      }
      // Every column was read as what the wishes say.
      return row as unknown as RowOf<C>;
    },
    blocks: {
      copies: true,
      open,
      split: {
        module: besideThis(import.meta.url, 'json-part'),
        settings: options,
        quote: -1, // A line end inside of a string is no JSON.
        open,
        lineOf: Number,
        atLine: (_, line) => String(line),
      },
    },
  };
}

/** What a reader needs to know of the options. */
export function projectionOf(options: JsonColumnsOptions<ColumnWishes>): Projection {
  const specs = columnSpecs(options.columns, 'json');
  return {
    specs,
    root: wantedTree(specs, 'json'),
    depth: wholeNumber(options.depth ?? 256, 'option depth'),
    dictionary: {
      entries: wholeNumber(options.dictionary?.entries ?? 65_536, 'option dictionary.entries'),
      bytes: Math.min(byteCount(options.dictionary?.bytes ?? '4MiB', 'option dictionary.bytes'), 0x7fff_ffff),
    },
  };
}
