import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';
import { prometheusText } from './prometheus.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

/** A strict reader of the text format 0.0.4: throws at anything the specification does not allow. */
function parse(text: string): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let current: [string, ParsedFamily] | undefined;
  let help: [string, string] | undefined;
  if (text === '') return families;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (helped) {
      if (families.has(helped[1]!)) throw new Error(`second HELP: ${line}`);
      if (/\\(?![\\n])/.test(helped[2]!.replaceAll('\\\\', ''))) throw new Error(`bad escape: ${line}`);
      help = [helped[1]!, helped[2]!.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))];
      continue;
    }
    const typed = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (typed) {
      if (help?.[0] !== typed[1] || families.has(typed[1]!)) throw new Error(`TYPE without its HELP, or twice: ${line}`);
      current = [typed[1]!, { help: help![1], type: typed[2]!, samples: [] }];
      families.set(...current);
      continue;
    }
    const sample = parseSample(line);
    if (current === undefined) throw new Error(`sample before TYPE: ${line}`);
    const suffix = sample.name.startsWith(current[0]) ? sample.name.slice(current[0].length) : 'another family';
    const allowed = current[1].type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!allowed.includes(suffix)) throw new Error(`a sample that is not of ${current[0]}: ${line}`);
    if ((suffix === '_bucket') !== 'le' in sample.labels) throw new Error(`le where it must not be, or not where it must: ${line}`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).map(String).toSorted()]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    current[1].samples.push(sample);
  }
  for (const family of families.values()) if (family.type === 'histogram') checkBuckets(family.samples);
  return families;
}

function parseSample(line: string): Sample {
  const start = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line);
  if (!start) throw new Error(`no sample: ${line}`);
  let at = start[0].length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    for (;;) {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"([,}])/.exec(line.slice(at));
      if (!label || label[1]! in labels) throw new Error(`bad label at ${at}: ${line}`);
      labels[label[1]!] = label[2]!.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
      at += label[0].length;
      if (label[3] === '}') break;
    }
  }
  const value = /^ (NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at));
  if (!value) throw new Error(`bad value: ${line}`);
  return { name: start[1]!, labels, value: Number(value[1]!.replace('Inf', 'Infinity')) };
}

function checkBuckets(samples: readonly Sample[]): void {
  for (const { name, labels, value: count } of samples.filter((sample) => sample.name.endsWith('_count'))) {
    const isMine = (sample: Sample): boolean => JSON.stringify({ ...sample.labels, le: 0 }) === JSON.stringify({ ...labels, le: 0 });
    const buckets = samples.filter((sample) => sample.name === name.replace(/_count$/, '_bucket') && isMine(sample));
    const bounds = buckets.map(({ labels: { le } }) => Number(le!.replace('Inf', 'Infinity')));
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    expect(bounds.at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(buckets.map(({ value }) => value)).toEqual(buckets.map(({ value }) => value).toSorted((a, b) => a - b));
    expect(buckets.at(-1)?.value).toBe(count);
    expect(samples.filter((sample) => sample.name === name.replace(/_count$/, '_sum') && isMine(sample))).toHaveLength(1);
  }
}

test('a page reads as in the documentation of the format', () => {
  const metrics = new Metrics();
  metrics.counter({
    name: 'headrace_records_total',
    help: 'Records read.',
    labels: { operator: 'parse', source: 'C:\\a "b"\n' },
  }).value = 1027;
  metrics.gauge({ name: 'headrace_heap_bytes', help: 'A back\\slash and\na line.' }).value = 1.5e9;
  expect(prometheusText(metrics)).toBe(
    [
      '# HELP headrace_heap_bytes A back\\\\slash and\\na line.',
      '# TYPE headrace_heap_bytes gauge',
      'headrace_heap_bytes 1500000000',
      '# HELP headrace_records_total Records read.',
      '# TYPE headrace_records_total counter',
      'headrace_records_total{operator="parse",source="C:\\\\a \\"b\\"\\n"} 1027',
      '',
    ].join('\n'),
  );
});

test('no metrics are an empty page', () => {
  expect(prometheusText(new Metrics())).toBe('');
});

test.each([
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [1e21, '1e+21'],
  [1e-7, '1e-7'],
  [-0, '0'],
])('%d is written %s', (value, text) => {
  const metrics = new Metrics();
  metrics.gauge({ name: 'g', help: '' }).value = value;
  expect(prometheusText(metrics)).toContain(`\ng ${text}\n`);
});

test('a histogram has rising buckets, ends in +Inf, and its sum and count are exact', () => {
  const metrics = new Metrics();
  const seconds = metrics.histogram({ name: 'headrace_batch_seconds', help: 'Time.', labels: { operator: 'score' } });
  for (const value of [0.0002, 0.002, 0.002, 0.3, 20_000]) seconds.record(value);
  const { samples } = parse(prometheusText(metrics)).get('headrace_batch_seconds')!;
  const at = (le: string): number | undefined => samples.find((sample) => sample.labels['le'] === le)?.value;
  expect([at('0.0001'), at('0.00025'), at('0.0025'), at('0.5'), at('5000'), at('+Inf')]).toEqual([0, 1, 3, 4, 4, 5]);
  expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(20_000.3042, 9);
});

test('bytes and amounts have bounds of their own', () => {
  const metrics = new Metrics();
  metrics.histogram({ name: 'headrace_part_bytes', help: '' }).record(70_000);
  metrics.histogram({ name: 'headrace_batch_records', help: '' }).record(256);
  const page = prometheusText(metrics);
  expect(page).toContain('headrace_part_bytes_bucket{le="65536"} 0\n');
  expect(page).toContain('headrace_part_bytes_bucket{le="262144"} 1\n');
  expect(page).toContain('headrace_batch_records_bucket{le="200"} 0\n');
  expect(page).toContain('headrace_batch_records_bucket{le="500"} 1\n');
});

test('whatever stands in help, labels and values, the page reads back as what it was', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\n', 'n', '{', '}', ',', '=', ' ', '\u2028', '\r'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  });
  const series = fc.record({ a: nasty, b: nasty, value: fc.double() });
  fc.assert(
    fc.property(nasty, fc.array(series, { minLength: 1, maxLength: 5 }), (help, all) => {
      const metrics = new Metrics();
      for (const { a, b, value } of all) {
        metrics.gauge({ name: 'g', help, labels: { a, b } }).value = value;
        metrics.histogram({ name: 'h_seconds', help, labels: { b, a } }).record(value);
        metrics.counter({ name: 'c_total', help, labels: { a } }).value++;
      }
      const page = parse(prometheusText(metrics));
      expect([...page.keys()]).toEqual(['c_total', 'g', 'h_seconds']);
      expect(page.get('g')?.help).toBe(help);
      const last = all.at(-1)!;
      const found = page.get('g')?.samples.find(({ labels }) => (labels['a'] ?? '') === last.a && (labels['b'] ?? '') === last.b);
      expect(found?.value).toBe(last.value === 0 ? 0 : last.value);
    }),
    { numRuns: 300 },
  );
});
