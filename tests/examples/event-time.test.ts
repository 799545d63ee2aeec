// What the examples of windows and joins print is worked out again from the same records, by plain loops.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bank } from '../../examples/as-of-features/bank.ts';
import { readings } from '../../examples/iot-averages/readings.ts';
import { trades } from '../../examples/stock-alerts/trades.ts';
import { posts } from '../../examples/trending-hashtags/posts.ts';
import { accessLog } from '../../examples/web-sessions/access-log.ts';
import { root } from '../../scripts/command.ts';

const page = readFileSync(join(root, 'examples/README.md'), 'utf8');
const MINUTE = 60_000;

function linesOf(example: string): string[] {
  const [, text] = new RegExp(`^## ${example}\\n[^\`]*\`\`\`text\\n([^\`]*)\`\`\``, 'm').exec(page.replaceAll(/`topK`/g, 'topK'))!;
  return text!.trimEnd().split('\n');
}
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

test('iot-averages: each minute ends with the average of all its readings but the one of long ago', () => {
  const taken = readings(7).filter(({ degrees }) => degrees > -40);
  const last = linesOf('iot-averages')
    .filter((line) => /^\d\d:/.test(line))
    .map((line) => line.replace(/:( .*)? (\d+\.\d+ \(\d+\))$/, ' $2'));
  const minutes = Map.groupBy(taken, ({ sensor, at }) => `${clock(at)} ${sensor}`);
  const expected = [...minutes].map(([of, all]) => `${of} ${meanOf(all.map(({ degrees }) => degrees)).toFixed(2)} (${all.length})`);
  expect(last).toEqual(expected.sort());
});

test('stock-alerts: prices by volume, and crossings of two averages', () => {
  const all = [...trades(11)];
  const within = (symbol: string, end: number, minutes: number) =>
    all.filter((trade) => trade.symbol === symbol && trade.at >= end - minutes * MINUTE && trade.at < end);
  const start = Math.min(...all.map(({ at }) => at));
  const prices: string[] = [];
  const crossings: string[] = [];
  for (const symbol of ['ABC', 'XYZ']) {
    for (let end = start - (start % (15 * MINUTE)) + 15 * MINUTE; within(symbol, end, 30).length > 0; end += 15 * MINUTE) {
      const paid = within(symbol, end, 30).reduce((sum, { price, shares }) => sum + price * shares, 0);
      const shares = within(symbol, end, 30).reduce((sum, trade) => sum + trade.shares, 0);
      prices.push(`${clock(end)} ${symbol} ${(paid / shares).toFixed(3)}`);
    }
    let wasAbove = false;
    const first = start - (start % MINUTE) + MINUTE;
    for (let minute = 0, end = first; within(symbol, end, 5).length > 0; end += MINUTE, minute++) {
      const [fast, slow] = [5, 20].map((minutes) => meanOf(within(symbol, end, minutes).map(({ price }) => price)));
      const isAbove = fast! > slow!;
      if (minute >= 20 && isAbove !== wasAbove)
        crossings.push(`${clock(end)} ${symbol} crosses ${isAbove ? 'above' : 'below'} its average`);
      wasAbove = isAbove;
    }
  }
  expect(crossings.length).toBeGreaterThan(1);
  expect(linesOf('stock-alerts').sort()).toEqual([...prices, ...crossings].sort());
});

test('trending-hashtags: the counts are exact', () => {
  const used = [...posts(5)].flatMap(({ at, text }) => (text.match(/#\w+/g) ?? []).map((tag) => ({ at, tag })));
  const [start, end] = [Math.min(...used.map(({ at }) => at)), Math.max(...used.map(({ at }) => at))];
  const expected: string[] = [];
  for (let to = start - (start % (15 * MINUTE)) + 15 * MINUTE; to - 30 * MINUTE <= end; to += 15 * MINUTE) {
    const inside = used.filter(({ at }) => at >= to - 30 * MINUTE && at < to);
    const counts = [...Map.groupBy(inside, ({ tag }) => tag)].map(([tag, all]) => ({ tag, n: all.length })).sort((a, b) => b.n - a.n);
    const top = counts.slice(0, 3).map(({ tag, n }) => `${tag} ${n}`);
    expected.push(`${clock(to)} ${top.join(', ')} of ${inside.length}`);
  }
  expect(linesOf('trending-hashtags')).toEqual(expected);
});

test('web-sessions: a visit ends when half an hour has passed without a page', () => {
  const hits = accessLog(3)
    .flatMap((line) => {
      const [visitor, time, , path] = line.split(' ');
      return path === undefined ? [] : [{ visitor: visitor!, at: Date.parse(time!.slice(1, -1)), path }];
    })
    .sort((one, other) => one.at - other.at);
  const visits: (typeof hits)[] = [];
  for (const own of Map.groupBy(hits, ({ visitor }) => visitor).values())
    for (const [i, hit] of own.entries()) {
      if (i === 0 || hit.at - own[i - 1]!.at >= 30 * MINUTE) visits.push([]);
      visits.at(-1)!.push(hit);
    }
  const expected = visits.map((own) => {
    const [first, last] = [own[0]!, own.at(-1)!];
    return `${clock(first.at)} ${first.visitor.padEnd(9)} ${own.length} in ${Math.round((last.at - first.at) / MINUTE)} min: from ${first.path} to ${last.path}`;
  });
  expect(linesOf('web-sessions').slice(0, -1).sort()).toEqual(expected.sort());
});

test('as-of-features: the newest row of a fraud says frozen, the row of its time does not', () => {
  const { rows, labels } = bank(9);
  const frauds = labels.filter(({ isFraud }) => isFraud);
  const rowOf = (account: string, until: number) => rows.findLast((row) => row.account === account && row.at <= until)!;
  const then = frauds.filter(({ account, at }) => rowOf(account, at).isFrozen).length;
  const now = frauds.filter(({ account }) => rowOf(account, Number.POSITIVE_INFINITY).isFrozen).length;
  expect(linesOf('as-of-features').slice(-2)).toEqual([
    `${labels.length} examples, 0 with a row of the future`,
    `frozen as it was known then: ${then} of ${frauds.length} frauds; by the newest rows: ${now}`,
  ]);
  expect([then, now]).toEqual([0, frauds.length]);
  const shown = linesOf('as-of-features')
    .slice(0, 4)
    .map((line) => /^(\S+) .*amount: (\d+), payments: (\d+)/.exec(line)!.slice(1));
  expect(shown).toEqual(
    [...labels.slice(0, 3), frauds[0]!].map(({ account, at, amount }) => [account, `${amount}`, `${rowOf(account, at).payments}`]),
  );
});
