// Two answers from one stream of trades, for each symbol by itself: the volume-weighted average price of the last half hour,
// every quarter of an hour; and an alert when the average of the last five minutes crosses that of the last twenty.
import { collect, mean, pipeline, print, run, sliding, sum, values } from 'headrace';
import { trades } from './trades.ts';

const market = pipeline('market');
const bySymbol = market
  .from(values(trades(11)))
  .eventTime((trade) => trade.at, { disorder: '5s' })
  .keyBy((trade) => trade.symbol);

bySymbol
  .window('vwap', sliding('30m', '15m'))
  .aggregate({ shares: sum((trade) => trade.shares), paid: sum((trade) => trade.shares * trade.price) })
  .map(({ key, window, shares, paid }) => `${clock(window.end)} ${key} ${(paid / shares).toFixed(3)}`)
  .to(print());

// Both averages are emitted at the end of the same minutes, so a pair of them is within no time of each other.
const fast = bySymbol.window('fast', sliding('5m', '1m')).aggregate({ price: mean((trade) => trade.price) });
const slow = bySymbol.window('slow', sliding('20m', '1m')).aggregate({ price: mean((trade) => trade.price) });
const alerts = collect<string>();
fast
  .join('averages', slow, (short, long) => ({ at: short.window.end, isAbove: short.price > long.price }), { within: 0 })
  .scan(
    'side',
    () => ({ at: 0, isAbove: false, seen: 0, hasCrossed: false }),
    (before, { at, isAbove }) => ({ at, isAbove, seen: before.seen + 1, hasCrossed: before.seen >= 20 && isAbove !== before.isAbove }),
  )
  .filter((side) => side.hasCrossed)
  .map(({ at, isAbove }, { key }) => `${clock(at)} ${key} crosses ${isAbove ? 'above' : 'below'} its average`)
  .to(alerts);

await run(market);
for (const alert of alerts.values) console.log(alert);

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
