import { Dice } from './dice.ts';
import { STORES } from './stores.ts';

// A record is this line with other digits in it, so that making one costs a tenth of reading one: the time of the demo
// goes into the pipeline. JSON allows spaces before a number, so every field has a fixed place.
const LINE =
  '{"id":"p00000000000","at":0000000000000,"store":"s000","device":"desktop","amount":    0.00,"quantity":   0,"pages":   0,"seconds":    0,"discount":0.00,"returning":false}';
const DEVICES = ['"desktop"', '"phone"  ', '"tablet" ', '"probe"  '].map(bytesOf);
const RETURNING = ['false', 'true '].map(bytesOf);
const TEMPLATE = bytesOf(LINE);
const SIZE = TEMPLATE.length;

const ID = LINE.indexOf('p0');
const AT = LINE.indexOf('"at":') + 5;
const STORE = LINE.indexOf('s000');
const DEVICE = after('device');
const AMOUNT = after('amount');
const QUANTITY = after('quantity');
const PAGES = after('pages');
const SECONDS = after('seconds');
const DISCOUNT = after('discount');
const RETURNS = after('returning');

const START_MS = Date.UTC(2026, 0, 1);
const [ZERO, SPACE, QUOTE, MINUS] = [48, 32, 34, 45];

/** How many of 1,000 records cannot be used: a quarter each cut short, without a field, with a wrong type, out of range. */
const INVALID = 50;
/** How many of 1,000 were sent by the monitoring, to see whether the shop answers. */
const PROBES = 20;

/** The bodies of purchases as they might come from a network: JSON as bytes, 171 of them unless cut short. */
export class PurchaseBytes {
  readonly #dice: Dice;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  /** The bodies of records `first` to `first + count - 1`, side by side in memory of their own. */
  read(first: number, count: number): Uint8Array[] {
    const memory = new Uint8Array(count * SIZE);
    const bodies: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const line = memory.subarray(i * SIZE, (i + 1) * SIZE);
      line.set(TEMPLATE);
      bodies.push(this.#write(line, first + i));
    }
    return bodies;
  }

  #write(line: Uint8Array, record: number): Uint8Array {
    const dice = this.#dice;
    dice.of(record);
    digits(line, ID + 1, 11, record);
    digits(line, AT, 13, START_MS + record * 37);
    // The lower of two throws: the first stores sell far more than the last ones.
    const store = Math.min(dice.below(STORES), dice.below(STORES));
    digits(line, STORE + 1, 3, store);
    line.set(DEVICES[dice.below(1000) < PROBES ? 3 : dice.below(3)]!, DEVICE);
    // The product of two throws has a long tail, as prices have.
    const cents = 100 + Math.floor((dice.below(1000) * dice.below(1000)) / (4 + (store % 7)));
    padded(line, AMOUNT, 5, Math.floor(cents / 100));
    digits(line, AMOUNT + 6, 2, cents % 100);
    padded(line, QUANTITY, 4, 1 + dice.below(12));
    padded(line, PAGES, 4, 1 + dice.below(60));
    padded(line, SECONDS, 5, 5 + dice.below(1800));
    digits(line, DISCOUNT + 2, 2, dice.below(50));
    line.set(RETURNING[dice.below(2)]!, RETURNS);
    return dice.below(1000) < INVALID ? this.#spoil(line) : line;
  }

  #spoil(line: Uint8Array): Uint8Array {
    const field = this.#dice.below(3);
    switch (this.#dice.below(4)) {
      case 0: // Cut short, as by a connection that broke.
        return line.subarray(0, 120 + this.#dice.below(SIZE - 120));
      case 1: // Without a field.
        line.fill(SPACE, ...([span('store'), span('amount'), span('quantity')] as const)[field]!);
        return line;
      case 2: // Of a wrong type: text where a number should be, null where a boolean should.
        if (field === 0) line[AMOUNT] = line[AMOUNT + 7] = QUOTE;
        else if (field === 1) line[QUANTITY] = line[QUANTITY + 3] = QUOTE;
        else line.set(NULL, RETURNS);
        return line;
      default: // Out of range.
        if (field === 0) line[line.lastIndexOf(SPACE, AMOUNT + 4)] = MINUS;
        else if (field === 1) padded(line, QUANTITY, 4, 0);
        else line[DISCOUNT] = ZERO + 1;
        return line;
    }
  }
}

const NULL = bytesOf('null ');

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function after(field: string): number {
  return LINE.indexOf(`"${field}":`) + field.length + 3;
}

/** From a field's name to the comma behind its value. */
function span(field: string): readonly [from: number, to: number] {
  const from = LINE.indexOf(`"${field}":`);
  return [from, LINE.indexOf(',', from) + 1];
}

/** Writes a number with zeros before it. */
function digits(line: Uint8Array, at: number, width: number, value: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const tens = Math.floor(rest / 10);
    line[i] = ZERO + rest - tens * 10;
    rest = tens;
  }
}

/** Writes a number with spaces before it. */
function padded(line: Uint8Array, at: number, width: number, value: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const tens = Math.floor(rest / 10);
    line[i] = rest === 0 && i < at + width - 1 ? SPACE : ZERO + rest - tens * 10;
    rest = tens;
  }
}
