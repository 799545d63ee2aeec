import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, count, type Pipeline, pipeline, run, values } from '../../src/index.ts';
import { calendar, type CalendarUnit } from '../../src/windows/calendar.ts';

// Days, weeks and months against the calendar of the engine, asked for one instant at a time: an instant belongs to a
// window exactly if both show the same day, week or month there.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const asked = { numRuns: isFull ? 150 : 25, ...(given === undefined ? {} : { seed: Number(given) }) };

/** Clocks put forward at midnight, by half an hour, a day left out, a day twice as long, and zones east and west of all others. */
const moments: readonly (readonly [zone: string, about: string])[] = [
  ['Europe/Zurich', '2026-03-29T01:00Z'],
  ['Europe/Zurich', '2026-10-25T01:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['America/St_Johns', '2010-03-14T03:31Z'],
  ['America/Havana', '2026-11-01T05:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
  ['Pacific/Kiritimati', '1994-12-31T10:00Z'],
  ['UTC', '1970-01-01T00:00Z'],
  ['UTC', '2000-02-29T00:00Z'],
];

const instants = fc.record({
  moment: fc.constantFrom(...moments),
  unit: fc.constantFrom<CalendarUnit>('day', 'week', 'month'),
  /** Minutes from the moment, and milliseconds, so that borders are met. */
  at: fc.array(fc.tuple(fc.integer({ min: -3000, max: 3000 }), fc.constantFrom(-1, 0, 0, 1)), { minLength: 1, maxLength: 12 }),
});

test('an instant is in the window of its local day, week or month, and windows have no gaps', async () => {
  await fc.assert(
    fc.asyncProperty(instants, async ({ moment: [zone, about], unit, at }) => {
      const times = at.map(([minutes, ms]) => Date.parse(about) + minutes * 60_000 + ms);
      const panes = await panesOf(times, unit, zone);
      const named = Map.groupBy(times, (time) => nameOf(time, unit, zone));
      expect(panes.map(({ n }) => n)).toEqual(
        [...named].sort(([, a], [, b]) => Math.min(...a) - Math.min(...b)).map(([, inside]) => inside.length),
      );
      for (const { window } of panes) {
        const name = nameOf(window.start, unit, zone);
        expect(nameOf(window.end - 1, unit, zone)).toBe(name);
        expect(nameOf(window.start - 1, unit, zone)).not.toBe(name);
        expect(nameOf(window.end, unit, zone)).not.toBe(name);
        const inside = times.filter((time) => time >= window.start && time < window.end);
        expect(new Set(inside.map((time) => nameOf(time, unit, zone)))).toEqual(new Set([name]));
      }
    }),
    asked,
  );
});

async function panesOf(
  times: readonly number[],
  unit: CalendarUnit,
  zone: string,
): Promise<readonly { window: { start: number; end: number }; n: number }[]> {
  const panes = collect<{ window: { start: number; end: number }; n: number }>();
  const plan = pipeline('calendar')
    .from(values([...times]))
    .eventTime((time) => time, { disorder: '400d' })
    .window('window', calendar(unit, { zone }))
    .aggregate({ n: count() })
    .to(panes);
  await run(plan as Pipeline, { signals: false });
  return [...panes.values];
}

/** The local date, the Monday of its week, or the month. */
function nameOf(time: number, unit: CalendarUnit, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const [year, month, day] = [parts['year']!, parts['month']!, parts['day']!];
  if (unit === 'month') return `${year}-${month}`;
  if (unit === 'day') return `${year}-${month}-${day}`;
  const noon = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), 12));
  noon.setUTCDate(noon.getUTCDate() - ((noon.getUTCDay() + 6) % 7));
  return noon.toISOString().slice(0, 10);
}
