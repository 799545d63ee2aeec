const head = `import { each, every, fail, type Pipeline, pipeline, print, run, setting, values } from 'headrace';\n`;

/** Modules as users write them, good and bad. */
export const written: Readonly<Record<string, string>> = {
  'hello.ts': `${head}
const hello: Pipeline = pipeline('hello').from(values([3, 1, 4, 1, 5, 9, 2, 6])).map((n) => n * n).filter((n) => n > 10).to(print());
export default hello;`,
  'plain.mjs': `import { pipeline, print, values } from 'headrace';
export default pipeline('plain').from(values(['as JavaScript'])).to(print());`,
  'ticks.ts': `${head}
const ticks: Pipeline = pipeline('ticks').from(every('20ms')).to(print((tick) => 'tick ' + tick.index));
export default ticks;`,
  'settings.ts': `${head}
const greeting = setting('greeting', 'hello');
const token = setting('token');
const shop: Pipeline = pipeline('settings').from(values([greeting, 'a token of ' + token.length])).to(print());
export default shop;`,
  'throws.ts': `${head}
interface Order { readonly price?: { readonly amount: number } }
function priceOf(order: Order): number {
  return order.price!.amount;
}
const orders: Order[] = [{ price: { amount: 3 } }, {}];
const shop: Pipeline = pipeline('throws').from(values(orders)).map(priceOf).to(print());
export default shop;`,
  'never.ts': `${head}
const never: Pipeline = pipeline('never').from(values([1, 2])).mapAsync(() => new Promise<number>(() => {}), { concurrency: 2 }).to(print());
export default never;`,
  'uncaught.ts': `${head}
setTimeout(() => { throw new RangeError('from a timer'); }, 50);
const uncaught: Pipeline = pipeline('uncaught').from(every('20ms')).to(each(() => {}));
export default uncaught;`,
  'timer.ts': `${head}
setInterval(() => {}, 1000);
const timer: Pipeline = pipeline('timer').from(values(['done'])).to(print());
export default timer;`,
  'endless.ts': `${head}
function* many() { for (let i = 0; ; i++) yield i; }
const endless: Pipeline = pipeline('endless').from(values(many)).to(print());
export default endless;`,
  'busy.ts': `${head}
function* many() { for (let i = 0; ; i++) yield i; }
const busy: Pipeline = pipeline('busy', { onError: 'skip' });
busy.from(values(many)).map((n) => (n % 10 === 0 ? fail('tenth') : n), { name: 'parse' }).to(each(() => {}));
busy.from(every('150ms')).map((tick) => 'line ' + tick.index).to(print());
export default busy;`,
  'dots.ts': `${head}
const dots: Pipeline = pipeline('dots').from(every('50ms')).take(40).to(each(({ index }) => {
  process.stdout.write(index % 10 === 9 ? '.\\n' : '.');
  if (index === 24) console.error('a warning');
}));
export default dots;`,
  'runs-itself.ts': `${head}
const itself: Pipeline = pipeline('itself').from(values(['once'])).to(print());
await run(itself);
export default itself;`,
  'guarded.ts': `${head}
const guarded: Pipeline = pipeline('guarded').from(values(['once'])).to(print());
export default guarded;
if (import.meta.main) await run(guarded);`,
  'no-default.ts': `export const shop = 1;`,
  'function.ts': `export default () => 1;`,
  'enum.ts': `enum Colour { Red }\nexport default Colour.Red;`,
  'syntax.ts': `const a = 1;\nconst b = ;`,
  'no-ending.ts': `import './hello';`,
  'no-package.ts': `import '@acme/db';`,
  'type-import.ts': `import { Pipeline, pipeline } from 'headrace';\nexport default pipeline('x');`,
  'throws-at-top.ts': `function load(): never {\n  throw new TypeError('boom');\n}\nload();`,
  'unused.ts': `${head}
const unused = pipeline('unused');
unused.from(values([1])).map((n) => n + 1);
unused.from(values([1])).filter((n) => n > 1);
export default unused;`,
  'text.txt': 'no module',
  'commonjs/package.json': '{ "type": "commonjs" }',
  'commonjs/shop.ts': `import { pipeline } from 'headrace';\nexport default pipeline('x');`,
};
