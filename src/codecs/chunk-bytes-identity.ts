import type { Chunk, Headers } from '../core/chunk.ts';
import { partitionOf, readAtOf, rowOf, sourceOf, timeOf } from '../core/record-of.ts';
import { readNumbers, writeNumbers } from './chunk-bytes-numbers.ts';
import { type Place, WireOrigin } from './chunk-bytes-origin.ts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

// In order: places; positions; lines; ids; paths of flatMap; event times; headers; when they were read.

// Positions are whole numbers that count up within their place, other whole numbers, or texts.
const RUNS = 0;
const STEPS = 1;
const TEXTS = 2;
/** Beside one of these: lines stand behind the positions, each less the place it has in the chunk. */
const LINES = 4;

// An id is source/partition/position, or something behind that or behind source/position (panes), or anything.
const PLAIN = 0;
const PLAIN_AND = 1;
const SHORT = 2;
const ANY = 3;

export function writeIdentity(writer: ValueWriter, chunk: Chunk): void {
  const count = chunk.values.length;
  const places = new Places(chunk);
  places.write(writer);
  writeIds(writer, writePositions(writer, chunk, places));
  const paths = count === 0 ? [] : (chunk.paths ?? []);
  writer.varint(paths.length);
  for (const path of paths) for (let i = 0; i < count; i++) writer.signed(path[i]!);
  writeNumbers(writer, count, (i) => timeOf(chunk, i));
  writeHeaders(writer, chunk);
  writeNumbers(writer, count, (i) => readAtOf(chunk, i) ?? Number.NaN);
}

export interface Identity {
  readonly origin: WireOrigin;
  readonly paths: readonly Int32Array[] | undefined;
  readonly times: Float64Array | undefined;
}

export function readIdentity(reader: ValueReader, count: number): Identity {
  const places: Place[] = [];
  for (let left = reader.count(2); left > 0; left--) places.push({ source: reader.text(), partition: reader.text() });
  if (places.length === 0) throw reader.damaged('records come from nowhere');
  const placeOf = places.length === 1 ? undefined : readChoices(reader, count, places.length);
  const layout = reader.byte();
  const positions = readPositions(reader, count, places, { layout: layout & ~LINES, placeOf });
  const lines = (layout & LINES) === 0 ? undefined : readNumbers(reader, count)?.map((line, i) => line + i);
  const ids = readIds(reader, count, places, placeOf, positions);
  const paths: Int32Array[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    // Else a chunk without records could ask for any number of them.
    if (count === 0) throw reader.damaged('there are paths and no records');
    paths.push(readPath(reader, count));
  }
  const times = readNumbers(reader, count);
  const headers = readHeaders(reader, count);
  const readAt = readNumbers(reader, count);
  const origin = new WireOrigin({ places, placeOf, positions, lines, ids, times, headers, readAt });
  return { origin, paths: paths.length === 0 ? undefined : paths, times };
}

/** The sources and partitions of a chunk's records, each once, in the order in which they come. */
class Places {
  readonly list: Place[] = [];
  /** Absent when there is one for all. */
  readonly of: Int32Array | undefined;

  constructor(chunk: Chunk) {
    const { origin } = chunk;
    const count = chunk.values.length;
    if ((origin.sourceAt === undefined && origin.partitionAt === undefined) || count === 0) {
      this.list.push({ source: origin.source, partition: origin.partition });
      return;
    }
    const known = new Map<string, Map<string, number>>();
    const of = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const source = sourceOf(chunk, i);
      const partition = partitionOf(chunk, i);
      const before = i === 0 ? undefined : this.list[of[i - 1]!]!;
      if (before?.source === source && before.partition === partition) {
        of[i] = of[i - 1]!;
        continue;
      }
      let partitions = known.get(source);
      if (partitions === undefined) known.set(source, (partitions = new Map()));
      let place = partitions.get(partition);
      if (place === undefined) partitions.set(partition, (place = this.list.push({ source, partition }) - 1));
      of[i] = place;
    }
    this.of = this.list.length > 1 ? of : undefined;
  }

  at(index: number): number {
    return this.of === undefined ? 0 : this.of[index]!;
  }

  write(writer: ValueWriter): void {
    writer.varint(this.list.length);
    for (const { source, partition } of this.list) {
      writer.text(source);
      writer.text(partition);
    }
    if (this.of !== undefined) for (const place of this.of) writer.varint(place);
  }
}

interface OddId {
  readonly form: number;
  readonly rest: string;
}

/** Answers the ids that are not plain, if any. */
function writePositions(writer: ValueWriter, chunk: Chunk, places: Places): readonly (OddId | undefined)[] | undefined {
  const count = chunk.values.length;
  const numbers = new Float64Array(count);
  let texts: string[] | undefined;
  let odd: (OddId | undefined)[] | undefined;
  for (let i = 0; i < count; i++) {
    const row = rowOf(chunk, i);
    const number = chunk.origin.numberAt?.(row) ?? Number.NaN;
    if (number >= 0 && number <= MOST) {
      numbers[i] = number;
      if (texts !== undefined) texts[i] = String(number);
      continue;
    }
    const position = chunk.origin.positionAt(row);
    numbers[i] = wholeOf(position);
    if (texts === undefined && Number.isNaN(numbers[i])) texts = Array.from(numbers.subarray(0, i), String);
    if (texts !== undefined) texts[i] = position;
    const form = oddOf(chunk.origin.idAt(row), places.list[places.at(i)]!, position);
    if (form === undefined) continue;
    odd ??= new Array<OddId | undefined>(count).fill(undefined);
    odd[i] = form;
  }
  const hasLines = areLines(chunk);
  const mark = hasLines ? LINES : 0;
  if (texts === undefined) writeWholes(writer, numbers, places, mark);
  else {
    writer.byte(TEXTS | mark);
    for (const text of texts) writer.text(text);
  }
  if (hasLines) writeNumbers(writer, count, (i) => chunk.origin.lineAt!(rowOf(chunk, i)) - i);
  return odd;
}

/** Only who decodes a line wants to say where it stands. Where chunks have been mixed some rows may have none. */
function areLines(chunk: Chunk): boolean {
  const { values, origin } = chunk;
  if (!(values[0] instanceof Uint8Array) || origin.lineAt === undefined) return false;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(origin.lineAt(rowOf(chunk, i)))) return true;
  return false;
}

function writeWholes(writer: ValueWriter, numbers: Float64Array, places: Places, mark: number): void {
  const firsts = new Float64Array(places.list.length).fill(Number.NaN);
  const lasts = new Float64Array(places.list.length);
  let isRun = true;
  for (let i = 0; i < numbers.length; i++) {
    const place = places.at(i);
    const number = numbers[i]!;
    if (Number.isNaN(firsts[place])) firsts[place] = number;
    else if (number !== lasts[place]! + 1) isRun = false;
    lasts[place] = number;
  }
  writer.byte((isRun ? RUNS : STEPS) | mark);
  if (isRun) {
    for (const first of firsts) writer.varint(Number.isNaN(first) ? 0 : first);
    return;
  }
  lasts.fill(0);
  for (let i = 0; i < numbers.length; i++) {
    const place = places.at(i);
    writer.signed(numbers[i]! - lasts[place]!);
    lasts[place] = numbers[i]!;
  }
}

function readPositions(
  reader: ValueReader,
  count: number,
  places: readonly Place[],
  { layout, placeOf }: { readonly layout: number; readonly placeOf: Int32Array | undefined },
): Float64Array | string[] {
  if (layout === TEXTS) {
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(reader.text());
    return texts;
  }
  if (layout !== RUNS && layout !== STEPS) throw reader.damaged('there is no such layout of positions');
  const lasts = new Float64Array(places.length);
  if (layout === RUNS) for (let place = 0; place < lasts.length; place++) lasts[place] = reader.varint() - 1;
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const place = placeOf === undefined ? 0 : placeOf[i]!;
    const number = lasts[place]! + (layout === RUNS ? 1 : reader.signed());
    if (number < 0 || number > MOST) throw reader.damaged('a position is out of bounds');
    numbers[i] = lasts[place] = number;
  }
  return numbers;
}

function writeIds(writer: ValueWriter, odd: readonly (OddId | undefined)[] | undefined): void {
  writer.byte(odd === undefined ? 0 : 1);
  for (const id of odd ?? []) {
    writer.byte(id?.form ?? PLAIN);
    if (id !== undefined) writer.text(id.rest);
  }
}

function readIds(
  reader: ValueReader,
  count: number,
  places: readonly Place[],
  placeOf: Int32Array | undefined,
  positions: Float64Array | readonly string[],
): (string | undefined)[] | undefined {
  const has = reader.byte();
  if (has > 1) throw reader.damaged('there is no such layout of ids');
  if (has === 0) return undefined;
  const ids: (string | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const { source, partition } = places[placeOf === undefined ? 0 : placeOf[i]!]!;
    const form = reader.byte();
    if (form > ANY) throw reader.damaged('there is no such form of an id');
    if (form === PLAIN) ids.push(undefined);
    else if (form === ANY) ids.push(reader.text());
    else ids.push(`${source}/${form === SHORT ? '' : `${partition}/`}${positions[i]}${reader.text()}`);
  }
  return ids;
}

function oddOf(id: string, { source, partition }: Place, position: string): OddId | undefined {
  const plain = `${source}/${partition}/${position}`;
  if (id === plain) return undefined;
  if (id.startsWith(plain)) return { form: PLAIN_AND, rest: id.slice(plain.length) };
  const short = `${source}/${position}`;
  if (id.startsWith(short)) return { form: SHORT, rest: id.slice(short.length) };
  return { form: ANY, rest: id };
}

function readPath(reader: ValueReader, count: number): Int32Array {
  const path = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const ordinal = reader.signed();
    path[i] = ordinal;
    if (path[i] !== ordinal) throw reader.damaged('an ordinal has more than 32 bits');
  }
  return path;
}

function writeHeaders(writer: ValueWriter, chunk: Chunk): void {
  const count = chunk.values.length;
  // Records of one read mostly have none, and children share their parent's.
  const known = new Map<Headers, number>();
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const headers = chunk.origin.headersAt(rowOf(chunk, i));
    if (headers === undefined) continue;
    let number = known.get(headers);
    if (number === undefined) known.set(headers, (number = known.size + 1));
    numbers[i] = number;
  }
  writer.varint(known.size);
  if (known.size === 0) return;
  for (const headers of known.keys()) writer.value(headers);
  for (const number of numbers) writer.varint(number);
}

function readHeaders(reader: ValueReader, count: number): (Headers | undefined)[] | undefined {
  const distinct: (Headers | undefined)[] = [undefined];
  for (let left = reader.count(); left > 0; left--) {
    const headers = reader.value();
    if (typeof headers !== 'object' || headers === null) throw reader.damaged('headers are no object');
    distinct.push(headers as Headers);
  }
  if (distinct.length === 1) return undefined;
  const choices = readChoices(reader, count, distinct.length);
  return Array.from(choices, (choice) => distinct[choice]);
}

function readChoices(reader: ValueReader, count: number, among: number): Int32Array {
  const choices = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const choice = reader.varint();
    if (choice >= among) throw reader.damaged('a number stands for nothing');
    choices[i] = choice;
  }
  return choices;
}

/** Positions up to here differ by what `signed` can write. */
const MOST = 2 ** 51;

/** The whole number of a text that is written as such a number is, else NaN. */
function wholeOf(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15 || (length > 1 && text.charCodeAt(0) === 48)) return Number.NaN;
  let number = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
