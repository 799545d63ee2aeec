// What a model may learn from: each payment with what the bank knew of its account **at that moment**. The newest row there is
// would give the answer away, since an account is frozen after a fraud; a model that has learned that is worth nothing.
import { collect, pipeline, run, values } from 'headrace';
import { bank } from './bank.ts';

interface Example {
  readonly account: string;
  readonly features: { readonly amount: number; readonly payments: number; readonly isFrozen: number; readonly hoursKnown: number };
  readonly isFraud: boolean;
}

const { rows, labels } = bank(9);
const training = pipeline('training');
const accounts = training
  .from(values(rows), { name: 'accounts' })
  .eventTime((row) => row.at)
  .keyBy((row) => row.account);
const payments = training
  .from(values(labels), { name: 'payments' })
  .eventTime((payment) => payment.at)
  .keyBy((payment) => payment.account);

const examples = collect<Example>();
payments
  .joinAsOf('as-of', accounts, ({ account, at, amount, isFraud }, row) => ({
    account,
    features: { amount, payments: row.payments, isFrozen: Number(row.isFrozen), hoursKnown: Math.floor((at - row.at) / 3_600_000) },
    isFraud,
  }))
  .to(examples);
await run(training);

const frauds = examples.values.filter((example) => example.isFraud);
for (const { account, features, isFraud } of [...examples.values.slice(0, 3), frauds[0]!]) console.log(account, features, isFraud);
const ahead = examples.values.filter(({ features }) => features.hoursKnown < 0);
console.log(`${examples.values.length} examples, ${ahead.length} with a row of the future`);

const frozenThen = frauds.filter(({ features }) => features.isFrozen === 1);
const newest = new Map(rows.map((row) => [row.account, row]));
const frozenNow = frauds.filter(({ account }) => newest.get(account)!.isFrozen);
console.log(`frozen as it was known then: ${frozenThen.length} of ${frauds.length} frauds; by the newest rows: ${frozenNow.length}`);
