import type { KeptRecord } from './kept-record.ts';
import type { Marked } from '../base/stored-dues.ts';
import type { Moment } from '../core/agenda.ts';

/** Records by time, and among those of one time as they came. They leave at the front. */
export class Shelf implements Marked {
  queued: Moment | undefined = undefined;
  /** About what they take in memory. */
  bytes = 0;
  #records: KeptRecord[];
  /** Of `records`, how many have left. */
  #from = 0;

  constructor(records: KeptRecord[] = []) {
    this.#records = records;
    for (const record of records) this.bytes += record.bytes;
  }

  get length(): number {
    return this.#records.length - this.#from;
  }

  at(index: number): KeptRecord | undefined {
    return this.#records[this.#from + index];
  }

  /** Most come nearly in order, so the place is looked for from the end. */
  add(record: KeptRecord): void {
    this.bytes += record.bytes;
    const records = this.#records;
    let place = records.length;
    while (place > this.#from && isBefore(record, records[place - 1]!)) place--;
    if (place === records.length) records.push(record);
    else records.splice(place, 0, record);
  }

  shift(): KeptRecord {
    const record = this.#records[this.#from++]!;
    this.bytes -= record.bytes;
    if (this.#from > FEW && this.#from * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#from);
      this.#from = 0;
    }
    return record;
  }

  /** How many are older than `ms`. */
  before(ms: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle)!.timeMs < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  all(): readonly KeptRecord[] {
    return this.#records.slice(this.#from);
  }
}

function isBefore(a: KeptRecord, b: KeptRecord): boolean {
  return a.timeMs === b.timeMs ? a.order < b.order : a.timeMs < b.timeMs;
}

const FEW = 32;
