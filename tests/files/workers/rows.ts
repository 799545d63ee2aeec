import { fileSource } from '../../../src/connectors/files/index.ts';
import { type Codec, csv, type DeadLetter, each, fail, json, type Pipeline, pipeline, run, type Stream } from '../../../src/index.ts';

// Reads files by three codecs, does something on two threads and prints what came of it, and what comes of it without
// threads. A thread imports this too, by an address that says which of the plans it is to make.

const columns = { id: 'integer', big: 'bigint?', price: 'number?', ok: 'boolean?', at: 'time', land: 'string?', name: 'string' } as const;
const codecs: Readonly<Record<string, Codec<unknown>>> = {
  csv: csv({ columns, dictionary: { entries: 40 } }),
  columns: json({ columns }),
  lines: json(),
};

function change(stream: Stream<unknown>): Stream<unknown> {
  const idOf = (value: unknown): number => (value as { readonly id: number }).id;
  return stream
    .filter((value) => idOf(value) % 7 !== 0)
    .map((value, record) => (idOf(value) === 50 ? fail('fifty') : { ...(value as object), by: record.position }));
}

interface Told {
  readonly rows: string[];
  readonly letters: string[];
}

function plan(codec: string, where: string, { rows, letters }: Told): Pipeline {
  const made = pipeline('rows', { onError: 'deadLetter' });
  const read = made.from(fileSource(`${process.env['HEADRACE_FOLDER']}/${codec}`, codecs[codec]!));
  (where === 'threads' ? read.onWorkers('change', 2, change) : change(read)).to(each((value) => void rows.push(text(value))));
  made.deadLetters().to(
    each(({ id, error, origin, bytes }: DeadLetter) => {
      letters.push(text({ id, error, origin, bytes: bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1') }));
    }),
  );
  return made;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
}

const asked = new URL(import.meta.url).searchParams;
const mine: Pipeline = plan(asked.get('codec') ?? 'lines', 'threads', { rows: [], letters: [] });
export default mine;

if (import.meta.main) {
  const all: Record<string, Told> = {};
  for (const codec of process.env['HEADRACE_CODECS']!.split(','))
    for (const where of ['threads', 'here']) {
      const told: Told = (all[`${codec} ${where}`] = { rows: [], letters: [] });
      await run(plan(codec, where, told), { module: `${import.meta.url}?codec=${codec}` });
      told.letters.sort();
    }
  console.log(JSON.stringify(all));
}
