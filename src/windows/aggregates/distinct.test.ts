import { expect, test } from 'vitest';
import { atomHash } from './atom-hash.ts';
import { distinct } from './distinct.ts';
import { HyperLogLog } from './hyper-log-log.ts';
import type { Atom } from './order.ts';

function sketchOf(values: Iterable<Atom>, precision: number): HyperLogLog {
  const sketch = new HyperLogLog(precision);
  for (const value of values) sketch.add(atomHash(value));
  return sketch;
}

function* numbered(count: number, of: (i: number) => Atom, from = 0): Generator<Atom> {
  for (let i = from; i < from + count; i++) yield of(i);
}

test('few values are counted exactly, many within the error, and twice the same counts once', () => {
  const kinds: readonly ((i: number) => Atom)[] = [
    (i) => i,
    (i) => `user-${i}`,
    (i) => i * 0.001,
    (i) => BigInt(i) << 64n,
    (i) => `${i}/${'x'.repeat(i % 40)}`,
    (i) => -i * 2 ** 40,
  ];
  for (const [precision, error] of [
    [8, 0.065],
    [12, 0.01625],
  ] as const) {
    for (const [k, of] of kinds.entries()) {
      const few = 2 ** precision / 16;
      expect(sketchOf(numbered(few, of), precision).estimate()).toBe(few);
      for (const count of [few + 1, few * 4, few * 40]) {
        const sketch = sketchOf(numbered(count, of), precision);
        const before = sketch.estimate();
        expect(Math.abs(before / count - 1), `${precision} ${k} ${count}`).toBeLessThan(3.5 * error);
        for (const value of numbered(count, of)) sketch.add(atomHash(value));
        expect(sketch.estimate()).toBe(before);
      }
    }
  }
});

test('over many sketches the answers lie around the truth, without a bias and as far as the error says', () => {
  for (const count of [300, 1000, 5000]) {
    const off = Array.from(
      { length: 40 },
      (_, run) =>
        sketchOf(
          numbered(count, (i) => `${run}:${i}`),
          10,
        ).estimate() /
          count -
        1,
    );
    const bias = off.reduce((sum, one) => sum + one, 0) / off.length;
    const spread = Math.sqrt(off.reduce((sum, one) => sum + one * one, 0) / off.length);
    // 0.0325 is the standard error of 1,024 registers; that of the mean of 40 is 0.005.
    expect(Math.abs(bias), `${count}`).toBeLessThan(0.018);
    expect(spread, `${count}`).toBeLessThan(0.045);
  }
});

test('a million values within three standard errors', () => {
  const sketch = sketchOf(
    numbered(1_000_000, (i) => i),
    12,
  );
  expect(Math.abs(sketch.estimate() / 1e6 - 1)).toBeLessThan(3 * 0.01625);
});

test('the bytes do not depend on order or division, across the step from hashes to registers', () => {
  for (const count of [0, 1, 200, 256, 257, 300, 5000]) {
    const whole = sketchOf(
      numbered(count, (i) => i),
      12,
    );
    for (const at of [0, 1, 100, count >> 1, count]) {
      const first = Math.min(at, count);
      const merged = sketchOf([...numbered(count - first, (i) => i, first)].reverse(), 12);
      merged.merge(
        sketchOf(
          numbered(first, (i) => i),
          12,
        ),
      );
      expect(merged.toBytes()).toEqual(whole.toBytes());
    }
    expect(HyperLogLog.of(whole.toBytes(), 12)!.toBytes()).toEqual(whole.toBytes());
  }
});

test('the hash of a value and the bytes of a sketch stay what they are, or older checkpoints would count twice', () => {
  expect(['', 'a', 'ab', 'abc', '\u{1f600}', 0, 1, -1.5, 1n, -1n, true, false].map(atomHash)).toMatchInlineSnapshot(`
    [
      6337851135901460,
      4109699029493259,
      2393381699348105,
      4490774834320821,
      3925462156270849,
      2497516905778290,
      6457381647285965,
      941647037418479,
      34254187308979,
      5858115868168108,
      7854228737045599,
      1160689980148367,
    ]
  `);
  expect(hex(sketchOf(['a', 1, 1n], 12).toBytes())).toMatchInlineSnapshot(`"010c0000b3a7aa6c27bf4216cc92bd7f332d43cdfe4353f4f03643"`);
});

test('types are told apart, and -0 is 0', () => {
  const aggregate = distinct();
  const state = aggregate.create();
  for (const value of [1, '1', 1n, true, 0, -0, '0', false, '', '__proto__']) aggregate.add(state, aggregate.of(value));
  expect(aggregate.extract(state)).toBe(9);
  for (const bad of [Number.NaN, undefined, null, {}, ['a']])
    expect(() => aggregate.of(bad as never)).toThrow(expect.objectContaining({ code: 'HR_VALUE_INVALID', action: 'deadLetter' }));
});

test('a later form is refused by name, another precision and broken bytes are another kind', () => {
  const bytes = sketchOf(
    numbered(1000, (i) => i),
    12,
  ).toBytes();
  expect(() => HyperLogLog.of(Uint8Array.from([2, ...bytes.subarray(1)]), 12)).toThrow(
    expect.objectContaining({ code: 'HR_STATE_UNREADABLE', what: expect.stringContaining('form 2') as string }),
  );
  expect(HyperLogLog.of(bytes, 11)).toBeUndefined();
  expect(HyperLogLog.of(bytes.subarray(0, 100), 12)).toBeUndefined();
  expect(() => distinct(undefined, { error: 0 })).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
  expect(distinct(undefined, { error: 0.01 }).kind).toBe('distinct 14');
});

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
