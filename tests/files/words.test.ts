// What a user reads who has the path, the column or the file wrong, and what is read although a spreadsheet wrote it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileSink, type FileSourceOptions, fileSource } from '../../src/connectors/files/index.ts';
import { type Codec, collect, csv, isHeadraceError, json, pipeline, run, tsv, values } from '../../src/index.ts';
import { main, modules } from '../cli/headrace.ts';
import { outside } from './outside.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-words-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows, or what the run says in place of them; paths without the folder of this test. */
async function read(path: string, codec: Codec<unknown>, options?: FileSourceOptions): Promise<unknown> {
  const rows = collect();
  try {
    await run(
      pipeline('reading')
        .from(fileSource(join(folder, path), codec, options))
        .to(rows),
    );
    return rows.values;
  } catch (error) {
    if (!isHeadraceError(error)) throw error;
    // A refused record is told by the source, which keeps the reason.
    const reason = isHeadraceError(error.cause) ? error.cause : error;
    return `${reason.code} ${reason.message}`.replaceAll(`${folder}/`, '');
  }
}

const columns = { id: 'integer', name: 'string' } as const;
const people = csv({ columns });
const semicolons = csv({ separator: ';', columns });

test.each<[what: string, content: string | Uint8Array, codec: Codec<unknown>]>([
  ['a byte order mark', '\ufeffid,name\n1,ann\n2,bob\n', people],
  ['a byte order mark in front of a quoted header', '\ufeff"id","name"\n1,"ann"\n2,"bob"\n', people],
  ["Excel's semicolons", '\ufeffid;name\r\n1;ann\r\n2;bob\r\n', semicolons],
  ['tabs', 'id\tname\n1\tann\n2\tbob\n', tsv({ columns })],
  ['Windows line ends, an empty line, and none at the end', 'id,name\r\n1,ann\r\n\r\n2,bob', people],
  ['other columns between them, in another order', 'more,name,id\nx,ann,1\n"a, b",bob,2\n', people],
  ['gzip under a name that does not tell', gzipSync('id,name\n1,ann\n2,bob\n'), people],
])('%s: read as it is meant', async (_what, content, codec) => {
  writeFileSync(join(folder, 'people.csv'), content);
  expect(await read('people.csv', codec)).toEqual([
    { id: 1, name: 'ann' },
    { id: 2, name: 'bob' },
  ]);
});

const missing = (name: string, names: string, todo: string): string =>
  `HR_CSV_COLUMN_MISSING there is no column '${name}' among ${names} (file:people.csv, line 1). Name it as the file does, by from: '…', or ${todo}.`;
const separator = (character: string): string => `say separator: "${character}", which seems to stand between the names`;
const noHeader = 'say header: false if the file has no line of names';

test.each<[what: string, content: string, codec: Codec<unknown>, says: string]>([
  [
    'a typo in a column',
    'id,name\n1,ann\n',
    csv({ columns: { id: 'integer', nmae: 'string' } }),
    missing('nmae', '"id", "name"', noHeader),
  ],
  ['no header', '1,ann\n2,bob\n', people, missing('id', '"1", "ann"', noHeader)],
  ['semicolons', 'id;name\r\n1;ann\r\n', people, missing('id', '"id;name"', separator(';'))],
  ['tabs', 'id\tname\n1\tann\n', people, missing('id', '"id\\tname"', separator('\\t'))],
  ['commas', 'id,name\n1,ann\n', semicolons, missing('id', '"id,name"', separator(','))],
  [
    'line ends of CR alone',
    'id,name\r1,ann\r',
    people,
    missing('name', '"id", "name\\r1", "ann"', 'write the file again with LF or CRLF at the end of a line, where it has CR alone'),
  ],
  [
    'a name twice',
    'id,name,name\n1,ann,bob\n',
    people,
    `HR_CSV_HEADER_INVALID the header has the column 'name' twice (file:people.csv, line 1). Correct the header, or read by place: header: false, and columns with from: "3".`,
  ],
  [
    'a comma as decimal point',
    'id;name\n"1,5";ann\n',
    semicolons,
    `HR_DECODE_INVALID column 'id': "1,5" is not a whole number (file:people.csv, line 2, byte 8). Correct the file, or the kind of the column.`,
  ],
  [
    'an empty place',
    'id,name\n1,ann\n,bob\n',
    people,
    `HR_DECODE_INVALID column 'id': "" is not a whole number (file:people.csv, line 3, byte 14). Allow it to be empty by 'integer?', or correct the file.`,
  ],
  [
    'a comma that nobody has quoted',
    'id,name\n1,ann, the first\n',
    people,
    `HR_CSV_RAGGED a row of 3 places stands among rows of 2 (file:people.csv, line 2, byte 8). Quote what has a separator in it, or leave out what is too much by ragged: 'cut'.`,
  ],
  [
    'JSON lines as CSV',
    '{"id":1,"name":"ann"}\n',
    people,
    'HR_CSV_QUOTE place 2 goes on behind its closing quote (7 bytes behind the opening one) (file:people.csv, line 1, byte 0). Write a quote inside of a quoted place twice, or read with quote: false where quotes mean nothing.',
  ],
  [
    'CSV as JSON lines',
    'id,name\n1,ann\n',
    json({ columns }),
    "HR_DECODE_FAILED line 1, byte 0: not JSON: there is 'i' where a value should be (file:people.csv). Correct the writer, or read these lines with text().",
  ],
])('%s: the error says what to do', async (_what, content, codec, says) => {
  writeFileSync(join(folder, 'people.csv'), content);
  expect(await read('people.csv', codec)).toBe(says);
});

test('an Excel file of Windows is told as not being UTF-8, with the line and the column', async () => {
  writeFileSync(join(folder, 'people.csv'), Buffer.from('id;name\r\n1;J\xfcrg\r\n', 'latin1'));
  expect(await read('people.csv', semicolons)).toMatch(
    /^HR_DECODE_FAILED column 'name' is not UTF-8: "J.rg" \(file:people\.csv, line 2, byte 9\)\. Convert the input to UTF-8/,
  );
});

test('paths that lead nowhere', async () => {
  mkdirSync(join(folder, 'empty'));
  const lost = 'Check the path, which counts from the folder the program was started in';
  expect(await read('poeple.csv', people)).toBe(`HR_FILE_MISSING there is no such file or folder (file:poeple.csv). ${lost}.`);
  expect(await read('people.csv/x', people)).toBe(`HR_FILE_MISSING a part of the path is no folder (file:people.csv/x). ${lost}.`);
  for (const path of ['nowhere/*.csv', 'empty', 'empty/*.csv'])
    expect(await read(path, people)).toBe(
      `HR_FILES_NONE no file was found where it looked for '${path}' (file:${path}). ${lost}, or say allowNone: true where that is fine. Names that begin with a dot are passed over.`,
    );
  for (const [path, code] of [
    ['empty', 'HR_FILE_IS_FOLDER'],
    ['nowhere/out.csv', 'HR_FILE_MISSING'],
  ] as const) {
    const writing = pipeline('writing').from(values([{ id: 1, name: 'ann' }]));
    await expect(run(writing.to(fileSink(join(folder, path), people)))).rejects.toMatchObject({
      code,
      where: `file:${join(folder, path)}`,
    });
  }
});

test('a file and a folder that may not be read', async () => {
  const shut = join(folder, 'shut');
  mkdirSync(shut);
  writeFileSync(join(shut, 'people.csv'), 'id,name\n1,ann\n');
  await read('people.csv', people); // Whatever is loaded late is there.
  chmodSync(folder, 0o755);
  chmodSync(shut, 0);
  // Nothing is shut to root, so this process is somebody else for a while.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    const todo = 'Give the user of this process the right to it.';
    expect(await read('shut/people.csv', people)).toBe(
      `HR_FILE_DENIED the file or folder may not be opened (file:shut/people.csv). ${todo}`,
    );
    for (const path of ['shut', 'shut/*.csv'])
      expect(await read(path, people)).toBe(`HR_FILE_DENIED the file or folder may not be opened (file:${path}). ${todo}`);
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(shut, 0o700);
  }
});

test('what cat pipes into headrace run is read, also packed', async () => {
  const made = modules({
    'piped.ts': `import { csv, pipeline, print } from 'headrace';
import { stdin } from 'headrace/connectors/files';
export default pipeline('piped').from(stdin(csv({ columns: { id: 'integer', name: 'string' } }))).to(print((row) => row.id + ' ' + row.name));`,
    'people.csv': '\ufeffid,name\r\n1,"ann, the\r\nfirst"\r\n2,bob\r\n',
  });
  const piped = await outside([main, 'run', 'piped.ts', '--quiet'], {
    cwd: made.folder,
    before: '(cat people.csv | gzip; printf "3,cy\\n" | gzip)',
  });
  made.remove();
  expect(piped).toMatchObject({ exit: 0, stderr: '', stdout: '1 ann, the\r\nfirst\n2 bob\n3 cy\n' });
});
