import { expect, test } from 'vitest';
import * as files from '../connectors/files/index.ts';
import * as arrays from '../connectors/arrays/index.ts';
import * as buffers from '../buffers/index.ts';
import * as datasets from '../connectors/datasets/index.ts';
import * as parquet from '../connectors/parquet/index.ts';
import * as sqlite from '../connectors/sqlite/index.ts';
import * as streams from '../connectors/streams/index.ts';
import * as headrace from '../index.ts';
import * as models from '../models/index.ts';
import * as embedded from '../runtime/embedded.ts';
import * as testing from '../testing/index.ts';
import { ENTRIES, entryOf } from './entry-names.ts';

const modules: Readonly<Record<string, object>> = {
  'headrace/buffers': buffers,
  'headrace/connectors/arrays': arrays,
  'headrace/connectors/datasets': datasets,
  'headrace/connectors/files': files,
  'headrace/connectors/parquet': parquet,
  'headrace/connectors/sqlite': sqlite,
  'headrace/connectors/streams': streams,
  'headrace/models': models,
  'headrace/testing': testing,
};

test('the table names what each entry exports and the root does not', () => {
  for (const [entry, module] of Object.entries(modules)) {
    const own = Object.keys(module).filter((name) => !(name in headrace));
    expect(ENTRIES[entry], entry).toEqual(own.sort());
  }
  expect(embedded).toHaveProperty('embedded');
});

test('a name that no entry has is in none', () => {
  expect(entryOf('fileSink')).toBe('headrace/connectors/files');
  expect(entryOf('Click')).toBeUndefined();
});
