// Reads bad inputs one after the other, `name path` each, and says a line of JSON about each.
import { each, isHeadraceError, pipeline, run } from '../../src/index.ts';
import { badInputs } from './bad-inputs.ts';

export interface Told {
  readonly name: string;
  readonly rows: number;
  /** Code and position of each. */
  readonly letters: readonly string[];
  readonly error?: string;
  /** Of this process, for this input. */
  readonly cpuSeconds: number;
}

const words = process.argv.slice(2);
for (let i = 0; i < words.length; i += 2) {
  const [name, path] = words.slice(i) as [string, string];
  const letters: string[] = [];
  let rows = 0;
  const reading = pipeline('reading', { onError: 'deadLetter' });
  reading.from(badInputs[name]!.source(path)).to(each(() => void rows++));
  reading.deadLetters().to(each(({ error, origin }) => void letters.push(`${error.code} ${origin.position}`)));
  const began = process.cpuUsage();
  const error = await run(reading).then(
    () => undefined,
    (thrown: unknown) => (isHeadraceError(thrown) ? `${thrown.code} ${thrown.message}` : `a stray ${String(thrown)}`),
  );
  const { user, system } = process.cpuUsage(began);
  const told: Told = { name, rows, letters, cpuSeconds: (user + system) / 1e6, ...(error === undefined ? {} : { error }) };
  console.log(JSON.stringify(told));
}
