// A program with more state than its heap may hold: what a handler, a join and windows keep of each key. Says at the end
// what came out. Where state lies, and how many keys there are, stands on its command line.
import { cell, each, pipeline, run, type Source, tumbling } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';

interface Note {
  readonly id: number;
  readonly key: string;
  readonly text: string;
}

const [dir, where, count] = process.argv.slice(2);
const KEYS = Number(count);
const RECORDS = KEYS * 2;
/** In a string of its own each, of one byte a character. */
const TEXT = 2000;

/** Each key comes twice, with all others in between. */
const notes: Source<Note> = {
  kind: 'notes',
  id: 'notes',
  replay: true,
  partitions: () => [0],
  open(_partition, resume) {
    let next = (resume as number | undefined) ?? 0;
    return {
      async read() {
        const first = next;
        next = Math.min(RECORDS, first + 64);
        const values = Array.from({ length: next - first }, (_, i): Note => {
          const id = first + i;
          return { id, key: `key ${id % KEYS}`, text: Buffer.alloc(TEXT, `${id} `).toString('latin1') };
        });
        return { values, positions: { first }, resume: next, end: next === RECORDS };
      },
      close() {},
    };
  },
};

const out = { handled: 0, paired: 0, listed: 0, wrong: 0 };
const plan = pipeline('many');
const all = plan
  .from(notes)
  .eventTime(({ id }) => id)
  .keyBy(({ key }) => key);
all
  .process('handled', {
    cells: { last: cell((): Note | undefined => undefined) },
    onRecord(note, { cells, timers, time }) {
      const before = cells.last.get();
      cells.last.set(note);
      timers.set('over', time + 3 * RECORDS);
      return before === undefined ? [] : [{ now: note.id, before: before.id, isSame: before.text.startsWith(`${before.id} `) }];
    },
    onTimer: () => [],
  })
  .to(
    each(({ now, before, isSame }) => {
      if (now === before + KEYS && isSame) out.handled++;
      else out.wrong++;
    }),
  );
const [first, second] = [all.filter(({ id }) => id < KEYS), all.filter(({ id }) => id >= KEYS)];
first
  .join('paired', second, (one, other) => other.id - one.id, { within: `${KEYS}ms`, keep: { records: 1e7, bytes: '10GiB' } })
  .to(
    each((distance) => {
      if (distance === KEYS) out.paired++;
      else out.wrong++;
    }),
  );
all
  .window('listed', tumbling(RECORDS))
  .toArray()
  .to(
    each((list) => {
      if (list.length === 2 && list.every(({ id, text }) => text.startsWith(`${id} `))) out.listed++;
      else out.wrong++;
    }),
  );
const state = where === 'disk' ? ({ kind: 'disk', overlay: '8MiB', cache: '2MiB' } as const) : 'memory';
await run(plan, { runtime: embedded({ dir: dir!, state }) });
console.log(JSON.stringify(out));
