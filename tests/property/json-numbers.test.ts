// Numbers of JSON lines against Number(), bit for bit, in every way people write them. HEADRACE_CASES=1000000 asks for more.
import { expect, test } from 'vitest';
import { json } from '../../src/codecs/json.ts';
import { Chance } from './csv-files.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const cases = Number(process.env['HEADRACE_CASES'] ?? (isFull ? 300_000 : 20_000));
const first = Number(process.env['HEADRACE_SEED'] ?? 1);

const bits = new DataView(new ArrayBuffer(8));

/** Any double there is, the usual ones more often. */
function anyDouble(chance: Chance): number {
  if (chance.is(0.3)) return (chance.next() - 0.5) * 10 ** (chance.below(40) - 20);
  bits.setUint32(0, chance.below(2 ** 32));
  bits.setUint32(4, chance.below(2 ** 32));
  // Half of them not beyond what the fast code reads itself.
  if (chance.is(0.5)) bits.setUint16(0, (bits.getUint16(0) & 0x800f) | ((1023 - 200 + chance.below(400)) << 4));
  const value = bits.getFloat64(0);
  return Number.isFinite(value) ? value : 0.1;
}

function written(chance: Chance): string {
  const value = anyDouble(chance);
  switch (chance.below(6)) {
    case 0:
      return value.toExponential(chance.below(20)).replace('e+', chance.one(['e', 'E+', 'e+0', 'E']));
    case 1:
      return value.toPrecision(1 + chance.below(21));
    case 2:
      return middle(chance);
    case 3:
      return `${chance.is(0.5) ? '-' : ''}${chance.below(10 ** chance.below(10))}${fraction(chance)}e${chance.below(60) - 30}`;
    default:
      return String(value);
  }
}

function fraction(chance: Chance): string {
  return chance.is(0.5)
    ? ''
    : `.${String(chance.below(1e9))
        .repeat(2)
        .slice(0, 1 + chance.below(18))}`;
}

/** In the middle between two doubles, or next to it, where the last digit decides; with a point and an exponent, or without. */
function middle(chance: Chance): string {
  const shift = BigInt(1 + chance.below(10));
  const whole = 2n ** 52n + BigInt(chance.below(2 ** 32)) * BigInt(chance.below(2 ** 20));
  const digits = String((whole << shift) + (1n << (shift - 1n)) + BigInt(chance.below(3) - 1));
  const places = chance.below(digits.length - 1);
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}e${places}`;
}

test(`${cases} numbers are read as Number() reads them, to the last bit`, { timeout: 600_000 }, () => {
  const chance = new Chance(first);
  for (let left = cases; left > 0; left -= 4000) {
    const texts = Array.from({ length: Math.min(4000, left) }, () => written(chance));
    const reader = json({ columns: { n: 'number' } }).blocks!.open({ where: 'file:x', recordBytes: 1000, from: undefined });
    reader.feed(Buffer.from(texts.map((text) => `{"n":${text},"more":[]}\n`).join('')));
    reader.end();
    let at = 0;
    for (let answer = reader.next(4096); answer !== undefined; answer = reader.next(4096)) {
      const { values } = answer.columns!.columns[0] as { readonly values: Float64Array };
      for (let i = 0; i < answer.columns!.length; i++, at++)
        if (!Object.is(values[i], Number(texts[at]))) expect(`${texts[at]} is ${values[i]}`).toBe(`HEADRACE_SEED=${first}`);
    }
    expect(at).toBe(texts.length);
  }
});
