import type { Finding, Module } from './module.ts';

const banned = new Set(['manager', 'helper', 'util', 'processor', 'data', 'job']);
const limit = 320;

/** Words that hide the true noun, in names of files and of exports. */
export function findNames(module: Module): Finding[] {
  const named = [
    ...module.file
      .replace(/\.ts$/, '')
      .split('/')
      .map((name) => ({ name, line: 1 })),
    ...module.exported,
  ];
  return named.flatMap(({ name, line }) => {
    const word = wordsOf(name).find((each) => banned.has(each) || banned.has(each.replace(/s$/, '')));
    return word === undefined ? [] : [{ file: module.file, line, message: `the name '${name}' says '${word}', which hides the true noun` }];
  });
}

/** `parseJobList`, `parse-job-list` and `PARSE_JOB_LIST` are all parse, job, list. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.toLowerCase());
}

export function findPromises(module: Module): Finding[] {
  return module.comments.flatMap((comment) => {
    const mark = /\b(TODO|FIXME)\b/.exec(comment.value);
    if (!mark) return [];
    return [
      { file: module.file, line: module.line(comment.start + 2 + mark.index), message: `leaves a ${mark[0]}: do it, or write an issue` },
    ];
  });
}

/** A ratchet: files of more than 320 lines are listed with their size, and the list only gets shorter. */
export function findSizes(modules: ReadonlyMap<string, Module>, allowed: Readonly<Record<string, number>>): Finding[] {
  const list = 'scripts/tidy-sizes.json';
  const found: Finding[] = [];
  for (const { file, lines } of modules.values()) {
    const most = allowed[file];
    if (most === undefined && lines > limit)
      found.push({ file, line: 1, message: `has ${lines} lines, more than ${limit}: find the second thing it says` });
    if (most !== undefined && lines > most)
      found.push({ file, line: 1, message: `has ${lines} lines and may only shrink from ${most} (${list})` });
    if (most !== undefined && lines < most && lines > limit)
      found.push({ file: list, line: 1, message: `${file} has shrunk: write ${lines} instead of ${most}` });
  }
  for (const file of Object.keys(allowed)) {
    const lines = modules.get(file)?.lines;
    if (lines === undefined || lines <= limit)
      found.push({ file: list, line: 1, message: `${file} is no longer above ${limit} lines: remove it` });
  }
  return found;
}
