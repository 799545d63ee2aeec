import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Database } from './client.ts';
import { Proof } from './proof.ts';
import { lookUp } from './table.ts';

function proofOf(create: string): { readonly proof: Proof; tried(...cells: (string | number | null)[]): boolean } {
  const real = new DatabaseSync(':memory:') as Database;
  real.exec(create);
  const table = lookUp(real, 'sqlite', 't', undefined);
  const proof = new Proof(new DatabaseSync(':memory:', { enableForeignKeyConstraints: false }) as Database, table, table.columns);
  const tried = (...cells: (string | number | null)[]): boolean => {
    try {
      proof.try({ removes: false, cells });
      return true;
    } catch {
      return false;
    }
  };
  return { proof, tried };
}

test.each<[string, string, (string | number | null)[], (string | number | null)[]]>([
  ['NOT NULL, also where there is a default', "create table t (a text not null default 'x')", ['y'], [null]],
  ['CHECK', 'create table t (a int check (a > 0))', [1], [0]],
  ['the types of a STRICT table', 'create table t (a int, b text) strict', [1, 'x'], ['x', 'x']],
  ['the type of a rowid', 'create table t (a integer primary key)', [1], ['x']],
  ['NOT NULL of a key without rowid', 'create table t (a text primary key) without rowid', ['x'], [null]],
  ['a check over a generated column', 'create table t (a int, b int generated always as (a * 2) check (b < 10))', [4], [5]],
])('%s is tried', (_rule, create, good, bad) => {
  const { proof, tried } = proofOf(create);
  proof.round(() => expect([tried(...good), tried(...bad), tried(...good)]).toEqual([true, false, true]));
});

test.each([
  ['a key', 'create table t (a int primary key)'],
  ['a unique column', 'create table t (a int unique)'],
  ['a parent', 'create table t (a int references p (x))'],
])('%s is a matter between rows, and left to the commit', (_rule, create) => {
  const { proof, tried } = proofOf(create);
  proof.round(() => expect([tried(1), tried(1)]).toEqual([true, true]));
});

test('a round leaves nothing behind, also one that throws', () => {
  const database = new DatabaseSync(':memory:') as Database;
  const proof = new Proof(database, { name: 't', columns: ['a'], sql: 'create table t (a int)' }, ['a']);
  expect(() =>
    proof.round(() => {
      proof.try({ removes: false, cells: [1] });
      throw new TypeError('it ends');
    }),
  ).toThrow('it ends');
  proof.round(() => proof.try({ removes: false, cells: [1] }));
  expect(database.prepare('select * from t').all()).toEqual([]);
});
