import { broken, type Spot } from './errors.ts';
import { THRIFT, ThriftReader } from './thrift.ts';

/** How a value stands in a page, by the number the format gives it. */
const PHYSICAL = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] as const;
export type Physical = (typeof PHYSICAL)[number];

/** What the value means; 'none' where the file says nothing, 'other' where it says what we do not know. */
export type Logical =
  | { readonly is: 'none' | 'string' | 'list' | 'map' | 'date' | 'uuid' | 'float16' | 'null' | 'other' }
  | { readonly is: 'decimal'; readonly scale: number }
  | { readonly is: 'time' | 'timestamp'; readonly unit: TimeUnit }
  | { readonly is: 'unsigned' };

export type TimeUnit = 'ms' | 'us' | 'ns';

/** A column as it is stored: the end of a path through groups and lists. */
export interface Leaf {
  /** Which of the columns of a row group it is. */
  readonly index: number;
  readonly path: readonly string[];
  readonly physical: Physical;
  /** Bytes of a value of FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number;
  readonly logical: Logical;
  /** How many steps of its path may be missing or repeated. */
  readonly definition: number;
  /** How many of them may be repeated. */
  readonly repetition: number;
}

export interface SchemaNode {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isRepeated: boolean;
  readonly logical: Logical;
  readonly definition: number;
  readonly repetition: number;
  readonly children: readonly SchemaNode[];
  /** Where it has no children. */
  readonly leaf?: Leaf;
}

const MOST_ELEMENTS = 65_536;
const MOST_DEPTH = 32;
const MOST_TYPE_LENGTH = 65_536;

interface Element {
  physical: Physical | undefined;
  typeLength: number;
  repeats: number;
  name: string;
  children: number;
  converted: number;
  scale: number;
  logical: Logical | undefined;
}

/** The schema of a footer, and what else concerns the file as a whole. */
export interface FileHead {
  readonly rows: number;
  /** The columns as a user sees them. */
  readonly columns: readonly SchemaNode[];
  /** How many columns are stored. */
  readonly leaves: number;
  readonly isEncrypted: boolean;
}

export function readHead(footer: Uint8Array, spot: Spot): FileHead {
  const reader = new ThriftReader(footer, spot);
  const elements: Element[] = [];
  let rows = -1;
  let isEncrypted = false;
  reader.struct((id, type) => {
    if (id === 2) {
      const count = reader.list(type, THRIFT.struct);
      if (count > MOST_ELEMENTS) throw reader.fail(`a schema of ${count} elements, more than ${MOST_ELEMENTS}`);
      for (let i = 0; i < count; i++) elements.push(readElement(reader));
    } else if (id === 3) rows = reader.number(type);
    else {
      if (id === 8) isEncrypted = true;
      return false;
    }
    return true;
  });
  if (rows < 0) throw broken(spot, 'its footer has no number of rows');
  return { rows, isEncrypted, ...treeOf(elements, spot) };
}

function readElement(reader: ThriftReader): Element {
  const element: Element = {
    physical: undefined,
    typeLength: 0,
    repeats: 0,
    name: '',
    children: 0,
    converted: -1,
    scale: 0,
    logical: undefined,
  };
  reader.struct((id, type) => {
    if (id === 1) element.physical = PHYSICAL[reader.number(type)];
    else if (id === 2) element.typeLength = reader.number(type);
    else if (id === 3) element.repeats = reader.number(type);
    else if (id === 4) element.name = reader.text(type);
    else if (id === 5) element.children = reader.number(type);
    else if (id === 6) element.converted = reader.number(type);
    else if (id === 7) element.scale = reader.number(type);
    else if (id === 10) element.logical = readLogical(reader);
    else return false;
    return true;
  });
  return element;
}

function readLogical(reader: ThriftReader): Logical {
  let logical: Logical = { is: 'other' };
  reader.struct((id) => {
    if (id === 1 || id === 4 || id === 12) logical = { is: 'string' };
    else if (id === 2) logical = { is: 'map' };
    else if (id === 3) logical = { is: 'list' };
    else if (id === 6) logical = { is: 'date' };
    else if (id === 11) logical = { is: 'null' };
    else if (id === 14) logical = { is: 'uuid' };
    else if (id === 15) logical = { is: 'float16' };
    else {
      if (id === 5) logical = { is: 'decimal', scale: readScale(reader) };
      else if (id === 7) logical = { is: 'time', unit: readUnit(reader) };
      else if (id === 8) logical = { is: 'timestamp', unit: readUnit(reader) };
      else if (id === 10) logical = readInteger(reader);
      else return false;
      return true;
    }
    return false;
  });
  return logical;
}

function readScale(reader: ThriftReader): number {
  let scale = 0;
  reader.struct((id, type) => {
    if (id !== 1) return false;
    scale = reader.number(type);
    return true;
  });
  return scale;
}

function readUnit(reader: ThriftReader): TimeUnit {
  let unit: TimeUnit = 'ms';
  reader.struct((id) => {
    if (id !== 2) return false;
    reader.struct((which) => {
      unit = which === 3 ? 'ns' : which === 2 ? 'us' : 'ms';
      return false;
    });
    return true;
  });
  return unit;
}

function readInteger(reader: ThriftReader): Logical {
  let isSigned = true;
  reader.struct((id, type) => {
    if (id !== 2) return false;
    isSigned = reader.boolean(type);
    return true;
  });
  return { is: isSigned ? 'none' : 'unsigned' };
}

/** What files said before there were logical types. */
function convertedLogical({ converted, scale }: Element): Logical {
  if (converted === 0 || converted === 4 || converted === 19) return { is: 'string' };
  if (converted === 1 || converted === 2) return { is: 'map' };
  if (converted === 3) return { is: 'list' };
  if (converted === 5) return { is: 'decimal', scale };
  if (converted === 6) return { is: 'date' };
  if (converted === 7 || converted === 8) return { is: 'time', unit: converted === 7 ? 'ms' : 'us' };
  if (converted === 9 || converted === 10) return { is: 'timestamp', unit: converted === 9 ? 'ms' : 'us' };
  if (converted >= 11 && converted <= 14) return { is: 'unsigned' };
  return { is: converted < 0 || (converted >= 15 && converted <= 18) ? 'none' : 'other' };
}

function treeOf(elements: readonly Element[], spot: Spot): { readonly columns: readonly SchemaNode[]; readonly leaves: number } {
  let next = 0;
  let leaves = 0;
  function grow(path: readonly string[], definition: number, repetition: number): SchemaNode {
    const element = elements[next++];
    if (element === undefined) throw broken(spot, 'its schema ends in the middle of a group');
    if (path.length > MOST_DEPTH) throw broken(spot, `its schema is nested deeper than ${MOST_DEPTH} levels`);
    const { name, repeats, physical } = element;
    if (repeats < 0 || repeats > 2) throw broken(spot, `there is no repetition ${repeats}`);
    const here = [...path, name];
    const [isOptional, isRepeated] = [repeats === 1, repeats === 2];
    const [d, r] = [definition + (repeats === 0 ? 0 : 1), repetition + (isRepeated ? 1 : 0)];
    const logical = element.logical ?? convertedLogical(element);
    const node = { name, isOptional, isRepeated, logical, definition: d, repetition: r };
    if (element.children === 0 && physical !== undefined) {
      const { typeLength } = element;
      if (physical === 'FIXED_LEN_BYTE_ARRAY' && !(typeLength > 0 && typeLength <= MOST_TYPE_LENGTH))
        throw broken({ ...spot, column: here.join('.') }, `its values have ${typeLength} bytes`);
      return { ...node, children: [], leaf: { index: leaves++, path: here, physical, typeLength, logical, definition: d, repetition: r } };
    }
    return { ...node, children: grown(element.children, here, d, r) };
  }
  function grown(count: number, path: readonly string[], definition: number, repetition: number): SchemaNode[] {
    if (count < 0 || count > elements.length) throw broken(spot, `a group of its schema has ${count} columns`);
    return Array.from({ length: count }, () => grow(path, definition, repetition));
  }
  const root = elements[next++];
  if (root === undefined) throw broken(spot, 'its footer has no schema');
  const columns = grown(root.children, [], 0, 0);
  if (next !== elements.length) throw broken(spot, `its schema names ${next} of ${elements.length} elements`);
  return { columns, leaves };
}

export function leafName(leaf: Leaf): string {
  return leaf.path.join('.');
}
