import type { CsvGuess, GuessedColumn } from '../codecs/csv/guess.ts';

/** What was looked at. */
interface Looked {
  readonly name: string;
  readonly looked: number;
  readonly bytes: number;
}

/** A program of TypeScript that exports the csv() for a file, with what it was guessed from. */
export function schemaText(guess: CsvGuess, { name, looked, bytes }: Looked): string {
  const { separator, trims, decimal, thousands, hasHeader, columns, nulls, rows, ragged } = guess;
  const isTabs = separator === '\t';
  const maker = isTabs ? 'tsv' : 'csv';
  const settings = [
    ...(hasHeader ? [] : ['  header: false,']),
    ...(isTabs || separator === ',' ? [] : [`  separator: ${text(separator)},`]),
    ...(decimal === '.' ? [] : [`  decimal: ${text(decimal)},`]),
    ...(thousands === undefined ? [] : [`  thousands: ${text(thousands)},`]),
    ...(trims ? ['  trim: true,'] : []),
    ...(nulls.length === 1 ? [] : [`  nulls: [${nulls.map(text).join(', ')}],`]),
  ];
  const seen = `${count(rows, 'row')}, ${looked === bytes ? 'all of it' : `the first ${count(looked, 'byte')} of ${bytes.toLocaleString('en-US')}`}`;
  return [
    `// ${oneLine(name)}: ${seen}. Separated by ${WORDS[separator] ?? separator}, ${hasHeader ? 'names in the first line' : 'no line of names'}.`,
    ...(ragged === 0 ? [] : [`// ${count(ragged, 'row')} of another length: refused, unless you say ragged: 'pad' or 'cut'.`]),
    `import { ${maker} } from 'headrace';`,
    '',
    `export const ${variable(name)} = ${maker}({`,
    ...settings,
    '  columns: {',
    ...columns.map((column) => `    ${key(column.name)}: ${text(kind(column))},`),
    '  },',
    '});',
    '',
  ].join('\n');
}

const WORDS: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

function kind({ kind: name, mayBeNull }: GuessedColumn): string {
  return mayBeNull ? `${name}?` : name;
}

function count(n: number, word: string): string {
  return `${n.toLocaleString('en-US')} ${word}${n === 1 ? '' : 's'}`;
}

/** In single quotes, with nothing in it that could end them, or the line. */
function text(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

function oneLine(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}

const RESERVED =
  /^(?:csv|tsv|default|export|import|new|class|function|in|do|if|for|var|let|const|case|enum|with|this|null|true|false|void|try|switch|while|return|delete|typeof|await|yield|static|package|public|private|protected|interface|implements|super|throw|catch|finally|else|break|continue|debugger|extends|instanceof|eval|arguments)$/;

/** A name for it: order-items.csv is orderItems. */
function variable(name: string): string {
  const stem = name.replace(/^\.+/, '').replace(/\..*$/s, '');
  const words = stem.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) && !RESERVED.test(joined) ? joined : 'rows';
}
