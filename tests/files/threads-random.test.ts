import { expect, test } from 'vitest';
import { csvCodec } from '../../src/codecs/csv/csv-codec.ts';
import { inOnePass, inUnits } from '../../src/connectors/files/threads-rig.ts';
import { Chance, csvCase } from '../property/csv-files.ts';

// HEADRACE_CSV_CASES=100000 asks for so many; HEADRACE_SEED begins with another seed.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const cases = Number(process.env['HEADRACE_CSV_CASES'] ?? (isFull ? 3000 : 150));
const firstSeed = Number(process.env['HEADRACE_SEED'] ?? 1);

test(
  'random files of CSV, good and bad, are told in units of any size as in one pass, and gone on with in either way',
  async () => {
    let wholeUnits = 0;
    for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
      const { settings, bytes, reading } = csvCase(seed);
      const chance = new Chance(seed + 7);
      const blocks = csvCodec({ kind: 'csv', separator: ',', settings, isPlain: chance.is(0.7) }).blocks!;
      const recordBytes = reading.recordBytes ?? 1_000_000;
      const each = inOnePass(blocks, bytes, { recordBytes, limit: 1 });
      for (let round = 0; round < 3; round++) {
        const unitBytes = 1 + chance.below(chance.one([10, 100, bytes.length + 1]));
        const idle = chance.one([0.1, 0.7, 1]);
        const limit = chance.one([1, 2, 7, 1000]);
        const marks = [...each.marks].filter(([count]) => count > 0);
        const [count, mark] = round === 0 || marks.length === 0 ? [0, undefined] : chance.one(marks);
        const from = mark === undefined ? undefined : { byte: Number.parseInt(mark, 10), state: mark.slice(mark.indexOf(' ') + 1) };
        const told = await inUnits(blocks, bytes, {
          recordBytes,
          unitBytes,
          limit,
          from,
          threads: 1 + chance.below(3),
          takes: () => chance.is(idle),
        });
        const name = `HEADRACE_SEED=${seed}, round ${round}, units of ${unitBytes}, limit ${limit}, from record ${count}`;
        expect(told.records, name).toEqual(each.records.slice(count));
        for (const [behind, its] of told.marks) if (behind > 0) expect(its, name).toBe(each.marks.get(count + behind));
        if (told.readHere < bytes.length) wholeUnits++;
      }
    }
    expect(wholeUnits).toBeGreaterThan(cases / 10);
  },
  60_000 + cases * 40,
);
