// `headrace plan` as a user meets it prints what docs/cli.md shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';
import { headrace, modules } from './headrace.ts';

const { folder, remove } = modules({
  'till.ts': `import { json, type Pipeline, pipeline, print, text } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
const till: Pipeline = pipeline('till');
const totals = till
  .from(fileSource('cents.txt', text()))
  .map(Number, { name: 'cents' })
  .keyBy((cents) => cents % 10)
  .scan('total', () => 0, (total, cents) => total + cents);
totals.to(fileSink('totals.jsonl', json()));
totals.filter((total) => total > 100).to(print());
export default till;`,
});
afterAll(remove);

test('it draws a pipeline and says what its sinks get', async () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  const shown = /```text\n(pipeline till:[^]*?)```/.exec(page)?.[1];
  expect(await headrace(['plan', 'till.ts'], { cwd: folder })).toEqual({ exit: 0, signal: null, stdout: shown, stderr: '' });
});
