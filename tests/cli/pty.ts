import { spawn, spawnSync } from 'node:child_process';
import { compileCache, main } from './headrace.ts';

/** Whether this machine can play a terminal: Node has none of its own, Python does. */
export const hasPty: boolean = spawnSync('python3', ['-c', 'import pty, fcntl, termios'], { stdio: 'ignore' }).status === 0;

/** Something that happens to the program once its output holds a text. */
export interface Act {
  readonly when: string;
  readonly type?: string;
  readonly resize?: readonly [columns: number, rows: number];
}

export interface Screenplay {
  readonly cwd: string;
  readonly columns: number;
  readonly rows: number;
  readonly acts?: readonly Act[];
  readonly env?: Record<string, string>;
}

/** Opens a terminal, runs a program in it, acts, and passes on what it wrote and its exit code as a last line. */
const player = `
import fcntl, json, os, pty, select, signal, struct, sys, termios, time
play = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.chdir(play['cwd'])
    os.execve(play['argv'][0], play['argv'], play['env'])
def size(columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(play['columns'], play['rows'])
seen, since, acts, end = b'', 0, list(play['acts']), time.monotonic() + 15
while True:
    if time.monotonic() > end:
        os.kill(pid, signal.SIGKILL)
    ready, _, _ = select.select([fd], [], [], 1)
    if ready:
        try:
            bytes = os.read(fd, 65536)
        except OSError:
            break
        if not bytes:
            break
        seen += bytes
    while acts and acts[0]['when'].encode() in seen[since:]:
        act = acts.pop(0)
        since = len(seen)
        if act.get('type'): os.write(fd, act['type'].encode())
        if act.get('resize'): size(*act['resize'])
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(seen + b'\\nEXIT ' + str(os.waitstatus_to_exitcode(status)).encode())
`;

/** Runs the command line in a pseudo terminal; answers every byte that came out of it. */
export async function onTerminal(
  args: readonly string[],
  { cwd, columns, rows, acts = [], env = {} }: Screenplay,
): Promise<{ readonly output: string; readonly exit: number }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !['NO_COLOR', 'FORCE_COLOR', 'CI', 'TEAMCITY_VERSION', 'TMUX', 'HEADRACE_STACK', 'NODE_OPTIONS'].includes(name),
  );
  const play = {
    argv: [process.execPath, '--conditions=headrace-source', main, ...args],
    env: { ...Object.fromEntries(inherited), TERM: 'xterm-256color', NODE_COMPILE_CACHE: compileCache, ...env },
    cwd,
    columns,
    rows,
    acts,
  };
  const child = spawn('python3', ['-c', player, JSON.stringify(play)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  await new Promise((resolve) => {
    child.on('close', resolve);
  });
  const [, output = '', exit = '-1'] = /^([^]*)\nEXIT (-?\d+)$/.exec(all) ?? [];
  return { output, exit: Number(exit) };
}
