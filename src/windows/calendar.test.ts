import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CalendarUnit, CalendarSpans, calendar } from './calendar.ts';

const HOUR = 3_600_000;

/** Start and length in hours of the span around an instant. */
function around(unit: CalendarUnit, zone: string, instant: string): readonly [string, number] {
  const spans = new CalendarSpans(calendar(unit, { zone }));
  const start = spans.startOf(Date.parse(instant));
  return [new Date(start).toISOString().slice(0, 16), (spans.endOf(start) - start) / HOUR];
}

test('the day on which clocks go forward has 23 hours, the one on which they go back has 25', () => {
  expect(around('day', 'Europe/Zurich', '2026-03-29T12:00Z')).toEqual(['2026-03-28T23:00', 23]);
  expect(around('day', 'Europe/Zurich', '2026-10-25T12:00Z')).toEqual(['2026-10-24T22:00', 25]);
  expect(around('day', 'Europe/Zurich', '2026-06-01T12:00Z')).toEqual(['2026-05-31T22:00', 24]);
  expect(around('week', 'Europe/Zurich', '2026-03-25T12:00Z')).toEqual(['2026-03-22T23:00', 167]);
  expect(around('month', 'America/New_York', '2026-11-15T00:00Z')).toEqual(['2026-11-01T04:00', 721]);
  // Half an hour, as clocks go on Lord Howe.
  expect(around('day', 'Australia/Lord_Howe', '2026-04-05T00:00Z')).toEqual(['2026-04-04T13:00', 24.5]);
});

test('where midnight does not exist the day begins at the first instant there is, and a date that was left out has none', () => {
  expect(around('day', 'America/Sao_Paulo', '2018-11-04T12:00Z')).toEqual(['2018-11-04T03:00', 23]);
  // Samoa went from the 29th to the 31st.
  expect(around('day', 'Pacific/Apia', '2011-12-30T09:59Z')).toEqual(['2011-12-29T10:00', 24]);
  expect(around('day', 'Pacific/Apia', '2011-12-30T10:00Z')).toEqual(['2011-12-30T10:00', 24]);
});

test('weeks begin on Monday, also before 1970; months have their own length', () => {
  expect(around('week', 'UTC', '2026-11-22T23:59Z')).toEqual(['2026-11-16T00:00', 168]);
  expect(around('week', 'UTC', '1969-12-28T12:00Z')).toEqual(['1969-12-22T00:00', 168]);
  expect(around('month', 'UTC', '2024-02-10T00:00Z')).toEqual(['2024-02-01T00:00', 29 * 24]);
  expect(around('month', 'UTC', '1582-10-20T00:00Z')).toEqual(['1582-10-01T00:00', 31 * 24]);
});

test('spans of a zone stand side by side: each instant is in one, whatever was asked before', () => {
  const zones = fc.constantFrom('Europe/Zurich', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia', 'Africa/Cairo', 'UTC');
  const instants = fc.array(fc.integer({ min: Date.UTC(1950, 0), max: Date.UTC(2040, 0) }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(zones, fc.constantFrom('day', 'week', 'month'), instants, (zone, unit, times) => {
      const spans = new CalendarSpans(calendar(unit, { zone }));
      for (const time of times) {
        const start = spans.startOf(time);
        const end = spans.endOf(start);
        expect(start).toBeLessThanOrEqual(time);
        expect(end).toBeGreaterThan(time);
        expect(new CalendarSpans(calendar(unit, { zone })).startOf(end - 1)).toBe(start);
        expect(spans.startOf(end)).toBe(end);
        expect(spans.endOf(start)).toBe(end);
      }
    }),
    { numRuns: 20 },
  );
});

test('an unknown zone and an unknown unit are refused when they are written down', () => {
  expect(() => calendar('day', { zone: 'Europe/Bern' })).toThrow('no time zone');
  expect(() => calendar('year' as never)).toThrow('no unit');
});
