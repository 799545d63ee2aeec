import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { csv } from '../../codecs/csv.ts';
import { json } from '../../codecs/json.ts';
import type { Codec } from '../../core/codec.ts';
import type { DeadLetter } from '../../core/letter.ts';
import { pipeline } from '../../pipeline/pipeline.ts';
import { embeddedAs } from '../../runtime/embedded.ts';
import { run } from '../../runtime/run.ts';
import { collect } from '../values/collect.ts';
import { each } from '../values/each.ts';
import { fileSource } from './file-source.ts';
import { put } from './files-rig.ts';

async function lettersOf(content: string, codec: Codec<unknown>): Promise<readonly DeadLetter[]> {
  const world = virtualWorld();
  await put(world, content, '/in.txt');
  const made = pipeline('p', { onError: 'deadLetter' });
  const letters = collect<DeadLetter>();
  made.from(fileSource('/in.txt', codec)).to(each(() => {}));
  made.deadLetters().to(letters);
  await run(made, { runtime: embeddedAs({ world }, () => undefined), signals: false });
  return letters.values;
}

test('a letter of a line that is no JSON says file, line and byte', async () => {
  const [letter, ...others] = await lettersOf('{"a":1}\n\n{"a":2}\n{oops\n{"a":3}\n', json());
  expect(others).toEqual([]);
  expect(letter?.error).toMatchObject({ code: 'HR_DECODE_FAILED', where: 'file:/in.txt, line 4, position 17' });
  expect(new TextDecoder().decode(letter?.bytes)).toBe('{oops');
});

test('a letter of CSV says the column too', async () => {
  const [letter] = await lettersOf('id,name\n1,"two\nlines"\nx1,ann\n', csv({ columns: { id: 'integer', name: 'string' } }));
  expect(letter?.error.where).toMatch(/^file:\/in\.txt, line 4, byte 22/);
  expect(letter?.error.what).toContain("column 'id'");
});
