// The condition under which the package is its sources; scripts and tests of the repository run so.
const SOURCE = 'headrace-source';

/** Flags that belong to one process: what it evaluates, its debugger's port, its tests and profiles. */
const OWN = /^(-e|-p|-pe|-i|-c|--eval|--print|--interactive|--check|--input-type|--inspect|--test|--watch|--cpu-prof|--heap-prof|--prof)/;
const TAKES_NEXT = new Set(['-e', '-p', '-pe', '--eval', '--print', '--inspect-port', '--test-name-pattern', '--watch-path']);

/** The flags of this process that a worker process needs too, so that it loads modules alike. */
export function flagsForWorker(execArgv: readonly string[], isSource: boolean): string[] {
  const flags: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const flag = execArgv[i]!;
    if (!OWN.test(flag)) flags.push(flag);
    else if (TAKES_NEXT.has(flag)) i++;
  }
  if (isSource && !namesSource(flags)) flags.push(`--conditions=${SOURCE}`);
  return flags;
}

/** Would a module that imports the package by its name get the sources? */
export function namesSource(execArgv: readonly string[], nodeOptions: string = process.env['NODE_OPTIONS'] ?? ''): boolean {
  return [...execArgv, nodeOptions].some((flag) => flag.includes(SOURCE));
}

/** Flags a thread may name: those of V8 and of the process it shares with its host already. */
const OF_THREADS = /^(-C|--conditions|--import|--require|-r|--no-warnings|--disable-warning|--enable-source-maps)/;

/**
 * The flags that a thread must be given, or undefined where it inherits what it needs: it inherits all of its process,
 * also what it cannot start with.
 */
export function flagsForThread(execArgv: readonly string[], isSource: boolean): string[] | undefined {
  const isBad = execArgv.some((flag) => flag.startsWith('--input-type'));
  if (!isBad && (!isSource || namesSource(execArgv))) return undefined;
  return flagsForWorker(execArgv, isSource).filter((flag) => OF_THREADS.test(flag));
}
