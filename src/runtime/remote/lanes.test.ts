import { expect, test } from 'vitest';
import { loopTurn } from '../../base/scheduler.ts';
import { Lanes } from './lanes.ts';

function rig() {
  const lanes = new Lanes();
  const begun: string[] = [];
  const open = new Map<string, PromiseWithResolvers<void>>();
  const add = (name: string, input: string | undefined, waits = false): void =>
    lanes.add(input, () => {
      begun.push(name);
      if (!waits) return undefined;
      const wait = Promise.withResolvers<void>();
      open.set(name, wait);
      return wait.promise;
    });
  const settle = async (name: string): Promise<void> => {
    open.get(name)!.resolve();
    await loopTurn();
  };
  return { lanes, begun, add, settle };
}

test('calls of one input wait for each other, and inputs do not', async () => {
  const { begun, add, settle } = rig();
  add('a1', 'a', true);
  add('a2', 'a');
  add('b1', 'b');
  expect(begun).toEqual(['a1', 'b1']);
  await settle('a1');
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});

test('a fence waits for all before it and holds back all behind it', async () => {
  const { begun, add, settle } = rig();
  add('a1', 'a', true);
  add('a2', 'a', true);
  add('fence', undefined, true);
  add('b1', 'b');
  add('second fence', undefined);
  add('a3', 'a');
  expect(begun).toEqual(['a1']);
  await settle('a1');
  expect(begun).toEqual(['a1', 'a2']);
  await settle('a2');
  expect(begun).toEqual(['a1', 'a2', 'fence']);
  await settle('fence');
  expect(begun).toEqual(['a1', 'a2', 'fence', 'b1', 'second fence', 'a3']);
});

test('nothing is begun while the line is full', async () => {
  const { lanes, begun, add, settle } = rig();
  const full = Promise.withResolvers<void>();
  add('a1', 'a', true);
  lanes.pause(full.promise);
  add('a2', 'a');
  add('b1', 'b');
  add('fence', undefined);
  await settle('a1');
  expect(begun).toEqual(['a1']);
  full.resolve();
  await loopTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'fence']);
});
