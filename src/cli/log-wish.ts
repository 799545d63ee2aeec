import type { ParseArgsConfig } from 'node:util';
import type { Headers } from '../core/chunk.ts';
import type { ReadFrom } from '../log/partition-reader.ts';
import { nearest } from './nearest.ts';
import { parsed, usageError } from './usage.ts';

export interface CatWish {
  readonly action: 'cat';
  readonly dir: string;
  readonly topic: string;
  /** All without it. */
  readonly partition: number | undefined;
  readonly from: ReadFrom;
  readonly limit: number;
  readonly follow: boolean;
  readonly json: boolean;
  readonly keys: boolean;
}

export interface AppendWish {
  readonly action: 'append';
  readonly dir: string;
  readonly topic: string;
  readonly key: string | undefined;
  readonly headers: Headers | undefined;
  readonly partitions: number | undefined;
}

export type LogWish =
  | { readonly action: 'ls'; readonly dir: string; readonly json: boolean }
  | CatWish
  | AppendWish
  | { readonly action: 'fsck'; readonly dir: string; readonly topic: string | undefined; readonly json: boolean }
  | { readonly action: 'repair'; readonly dir: string; readonly topic: string | undefined; readonly yes: boolean };

const OPTIONS = {
  partition: { type: 'string' },
  from: { type: 'string' },
  limit: { type: 'string' },
  follow: { type: 'boolean', short: 'f' },
  keys: { type: 'boolean' },
  key: { type: 'string' },
  header: { type: 'string', multiple: true },
  partitions: { type: 'string' },
  json: { type: 'boolean' },
  yes: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

type Option = keyof typeof OPTIONS;

interface Action {
  /** Which options it has; `stack` and `help` go with all. */
  readonly options: readonly Option[];
  readonly topic: 'never' | 'may' | 'must';
  readonly example: string;
}

const ACTIONS = {
  ls: { options: ['json'], topic: 'never', example: 'headrace log ls ./state' },
  cat: {
    options: ['partition', 'from', 'limit', 'follow', 'keys', 'json'],
    topic: 'must',
    example: 'headrace log cat ./state orders --limit 10',
  },
  append: { options: ['key', 'header', 'partitions'], topic: 'must', example: 'headrace log append ./state orders < orders.jsonl' },
  fsck: { options: ['json'], topic: 'may', example: 'headrace log fsck ./state' },
  repair: { options: ['yes'], topic: 'may', example: 'headrace log repair ./state orders --yes' },
} as const satisfies Record<string, Action>;

/** What `headrace log …` asks for. */
export function logWish(argv: readonly string[]): LogWish | 'help' {
  const { values, positionals } = parsed('log', argv, OPTIONS);
  if (values.help === true) return 'help';
  const [word, dir, topic, ...more] = positionals;
  const action = actionOf(word);
  const { options, topic: wants, example }: Action = ACTIONS[action];
  for (const option of Object.keys(values) as Option[]) {
    if (option !== 'stack' && !options.includes(option)) throw usageError('log', `--${option} means nothing to ${action}`, undefined);
  }
  if (dir === undefined || dir === '') throw usageError('log', `${action} wants the folder`, `Write: ${example}`);
  if (topic === undefined && wants === 'must') throw usageError('log', `${action} wants the topic`, `Write: ${example}`);
  const surplus = wants === 'never' ? topic : more[0];
  if (surplus !== undefined) throw usageError('log', `${action} does not know what to do with '${surplus}'`, `Write: ${example}`);
  if (topic !== undefined) checkName(topic);
  const json = values.json === true;
  switch (action) {
    case 'ls':
      return { action, dir, json };
    case 'fsck':
      return { action, dir, topic, json };
    case 'repair':
      return { action, dir, topic, yes: values.yes === true };
    case 'append':
      return {
        action,
        dir,
        topic: topic!,
        key: values.key,
        headers: headersOf(values.header),
        partitions: values.partitions === undefined ? undefined : wholeOption('log', '--partitions', values.partitions),
      };
    case 'cat': {
      const { partition, from = 'start', limit, follow = false, keys = false } = values;
      const number = partition === undefined ? undefined : wholeOption('log', '--partition', partition, 0);
      if (json && keys) throw usageError('log', '--json and --keys do not go together', 'With --json the keys are there anyway.');
      return {
        action,
        dir,
        topic: topic!,
        partition: number,
        from: from === 'start' || from === 'end' ? from : wholeOption('log', '--from', from, 0),
        limit: limit === undefined ? Number.POSITIVE_INFINITY : wholeOption('log', '--limit', limit),
        follow,
        json,
        keys,
      };
    }
  }
}

function actionOf(word: string | undefined): keyof typeof ACTIONS {
  if (word !== undefined && Object.hasOwn(ACTIONS, word)) return word as keyof typeof ACTIONS;
  const known = Object.keys(ACTIONS);
  if (word === undefined) throw usageError('log', 'log wants to know what to do', `It knows ${known.join(', ')}: ${ACTIONS.ls.example}`);
  const close = nearest(word, known);
  throw usageError('log', `log cannot '${word}'`, close === undefined ? `It knows ${known.join(', ')}.` : `Did you mean '${close}'?`);
}

function checkName(topic: string): void {
  if (topic === '') throw usageError('log', 'the name of the topic is empty', '`headrace log ls` with the folder lists them.');
  if (Buffer.byteLength(topic) > 200) throw usageError('log', 'the name of the topic has more than 200 bytes', undefined);
}

/** What was typed is repeated: an empty word and a misspelt one look alike otherwise. */
export function wholeOption(command: string, option: string, text: string, least = 1): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw usageError(command, `${option} wants a whole number of at least ${least}, and '${text}' is none`, `Write: ${option} 10`);
}

function headersOf(texts: readonly string[] | undefined): Headers | undefined {
  if (texts === undefined) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
      const what = equals === 0 ? "--header has no name before its '='" : "--header has no '='";
      throw usageError('log', what, 'Write: --header name=value');
    }),
  );
}
