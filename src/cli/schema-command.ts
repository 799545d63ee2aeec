import { basename } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { guessCsv } from '../codecs/csv/guess.ts';
import { explain } from '../connectors/disk-errors.ts';
import { HeadraceError } from '../core/error.ts';
import type { World } from '../core/world.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { helpFor } from './help.ts';
import { schemaText } from './schema-text.ts';
import { parsed, usageError, wantsStack } from './usage.ts';

/** How much of a file is looked at. */
const SAMPLE_BYTES = 1_048_576;

const OPTIONS = {
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

/** `headrace schema`: prints the csv() that reads a file, from its beginning. */
export async function schemaCommand(argv: readonly string[], world: World): Promise<number> {
  const { values, positionals } = parsed('schema', argv, OPTIONS);
  if (values.help === true) {
    process.stdout.write(helpFor('schema'));
    return ExitCode.ok;
  }
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw usageError('schema', `schema wants one file, and here are ${positionals.length}`, 'Write: headrace schema orders.csv');
  try {
    const { sample, bytes } = await sampleOf(path, world);
    if (sample.length >= 4 && PACKED.some((magic) => magic.every((byte, i) => sample[i] === byte)))
      throw unknown(path, 'the file is compressed', 'Unpack it first, for instance by `zcat orders.csv.gz | head -n 1000 > sample.csv`.');
    const guess = guessCsv(sample, sample.length === bytes);
    if (guess === undefined)
      throw unknown(path, 'there is no row to look at', 'Give a file of CSV with at least one row of less than a megabyte.');
    process.stdout.write(schemaText(guess, { name: basename(path), looked: sample.length, bytes }));
    return ExitCode.ok;
  } catch (error) {
    process.stderr.write(failureText(failureOf(error), wantsStack(argv, process.env)));
    return ExitCode.failed;
  }
}

/** gzip and zstd. */
const PACKED = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
];

function unknown(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_SCHEMA_UNKNOWN', where, what, todo });
}

async function sampleOf(path: string, { files }: World): Promise<{ readonly sample: Uint8Array; readonly bytes: number }> {
  try {
    const file = await files.open(path, 'read');
    try {
      const bytes = await file.size();
      const sample = new Uint8Array(Math.min(SAMPLE_BYTES, bytes));
      return { sample: sample.subarray(0, await file.read(sample, 0)), bytes };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(error, path);
  }
}
