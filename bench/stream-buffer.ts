import { PassThrough, Readable } from 'node:stream';
import { StreamBuffer } from 'headrace/buffers';
import type { Contest, Outcome, Question } from './kit/question.ts';
import { pool, type Row } from './rows.ts';

const ITEMS = 1024;
const BATCH = 256;

/** So few rows that they stay in the cache of the processor: it is the buffer that is measured. */
const rowOf = (i: number): Row => pool[i & 1023]!;

class Total {
  records = 0;
  ids = 0;

  add(row: Row): void {
    this.records++;
    this.ids += row.id;
  }

  get outcome(): Outcome {
    return { answer: { records: this.records, ids: this.ids } };
  }
}

function expected(records: number): Outcome['answer'] {
  const total = new Total();
  for (let i = 0; i < records; i++) total.add(rowOf(i));
  return total.outcome.answer;
}

const batches: Contest = {
  title: 'a writer and a reader that both wait when they must',
  ours: {
    name: 'StreamBuffer, batches(256)',
    records: 5_000_000,
    async run(records) {
      const buffer = new StreamBuffer<Row>({ items: ITEMS });
      const total = new Total();
      const writing = (async () => {
        for (let i = 0; i < records; i++) {
          const full = buffer.write(rowOf(i));
          if (full !== undefined) await full;
        }
        buffer.close();
      })();
      for await (const batch of buffer.batches(BATCH)) for (let i = 0; i < batch.length; i++) total.add(batch[i]!);
      await writing;
      return total.outcome;
    },
  },
  peers: [
    {
      name: 'Node Readable, for await',
      records: 300_000,
      atLeast: 20,
      reached: 8,
      run: (records) => byReadable(records, ITEMS),
    },
    {
      name: 'Node Readable, for await, highWaterMark 16 (its default)',
      records: 300_000,
      run: (records) => byReadable(records, 16),
    },
    {
      name: 'Node PassThrough, write and for await',
      records: 300_000,
      async run(records) {
        const total = new Total();
        const through = new PassThrough({ objectMode: true, highWaterMark: ITEMS });
        const writing = (async () => {
          for (let i = 0; i < records; i++)
            if (!through.write(rowOf(i))) await new Promise<void>((drained) => through.once('drain', drained));
          through.end();
        })();
        for await (const row of through) total.add(row as Row);
        await writing;
        return total.outcome;
      },
    },
    {
      name: 'StreamBuffer, one at a time',
      records: 400_000,
      async run(records) {
        const buffer = new StreamBuffer<Row>({ items: ITEMS });
        const total = new Total();
        const writing = (async () => {
          for (let i = 0; i < records; i++) {
            const full = buffer.write(rowOf(i));
            if (full !== undefined) await full;
          }
          buffer.close();
        })();
        for await (const row of buffer) total.add(row);
        await writing;
        return total.outcome;
      },
    },
  ],
  expected,
};

async function byReadable(records: number, highWaterMark: number): Promise<Outcome> {
  const total = new Total();
  let next = 0;
  const rows = new Readable({
    objectMode: true,
    highWaterMark,
    read() {
      while (next < records) if (!this.push(rowOf(next++))) return;
      this.push(null);
    },
  });
  for await (const row of rows) total.add(row as Row);
  return total.outcome;
}

const tries: Contest = {
  title: 'calls that never wait, sixteen in and sixteen out',
  ours: {
    name: 'StreamBuffer, tryWrite and tryRead',
    records: 5_000_000,
    run(records) {
      const buffer = new StreamBuffer<Row>({ items: ITEMS });
      const total = new Total();
      for (let i = 0; i < records; ) {
        for (const end = Math.min(records, i + 16); i < end; i++) buffer.tryWrite(rowOf(i));
        for (let row = buffer.tryRead(); row !== undefined; row = buffer.tryRead()) total.add(row);
      }
      return total.outcome;
    },
  },
  peers: [
    {
      name: 'Node Readable, push and read',
      records: 2_000_000,
      atLeast: 3,
      run(records) {
        const rows = new Readable({ objectMode: true, highWaterMark: ITEMS, read() {} });
        const total = new Total();
        for (let i = 0; i < records; ) {
          for (const end = Math.min(records, i + 16); i < end; i++) rows.push(rowOf(i));
          for (let row = rows.read() as Row | null; row !== null; row = rows.read() as Row | null) total.add(row);
        }
        rows.destroy();
        return total.outcome;
      },
    },
  ],
  expected,
};

export const streamBuffer: Question = {
  name: 'stream-buffer',
  asks: 'what does an item cost on its way through a buffer?',
  unit: 'record',
  contests: [batches, tries],
};
