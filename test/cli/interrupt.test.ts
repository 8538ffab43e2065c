import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { codeUnless } from '../../src/cli/interrupt.ts';
import { EXIT } from '../../src/orchestrator/errors.ts';

const INTERRUPT = new URL('../../src/cli/interrupt.ts', import.meta.url).href;

/** A process that prints `ready`, then works until it is told to stop; what it does then is up to `onAbort`. */
function worker(onAbort: string): ChildProcess {
  const program = `
    import { interruptible, listenForInterrupts } from ${JSON.stringify(INTERRUPT)};
    listenForInterrupts();
    const alive = setInterval(() => {}, 1000);
    ${onAbort}
    console.log('ready');
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const GRACEFUL = `
  interruptible((signal) => new Promise((resolve) => {
    signal.addEventListener('abort', () => { console.log('finishing: ' + signal.reason.message); setTimeout(resolve, FINISH_MS); });
  })).then(() => { console.log('whole'); clearInterval(alive); process.exitCode = 3; });
`;

async function run(
  child: ChildProcess,
  on: Record<string, NodeJS.Signals>,
): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stdout?.on('data', (data) => {
    said += data;
    for (const [word, signal] of Object.entries(on)) if (String(data).includes(word)) child.kill(signal);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said };
}

describe('Ctrl-C', () => {
  it('ends a command that only reads at once', async () => {
    expect((await run(worker(''), { ready: 'SIGINT' })).code).toBe(130);
  });

  it('first asks a command at work to come to a good end', async () => {
    const { code, said } = await run(worker(GRACEFUL.replace('FINISH_MS', '1')), { ready: 'SIGINT' });
    expect(said).toBe('ready\nfinishing: interrupted by SIGINT\nwhole\n');
    expect(code).toBe(3);
  });

  it('ends it at once the second time', async () => {
    const { code, said } = await run(worker(GRACEFUL.replace('FINISH_MS', '60000')), {
      ready: 'SIGINT',
      finishing: 'SIGINT',
    });
    expect(said).toContain('finishing');
    expect(said).not.toContain('whole');
    expect(code).toBe(130);
  });

  it('is what SIGTERM is taken for', async () => {
    expect((await run(worker(GRACEFUL.replace('FINISH_MS', '1')), { ready: 'SIGTERM' })).code).toBe(3);
    expect((await run(worker(''), { ready: 'SIGTERM' })).code).toBe(130);
  });
});

describe('the exit code', () => {
  const aborted = AbortSignal.abort();
  const untouched = new AbortController().signal;

  it.each([
    [untouched, EXIT.done, EXIT.done],
    [untouched, EXIT.halted, EXIT.halted],
    [aborted, EXIT.done, EXIT.interrupted],
    [aborted, EXIT.halted, EXIT.interrupted],
    [aborted, EXIT.notWhole, EXIT.notWhole],
  ])('says that work was interrupted, unless a person is needed (%#)', (signal, code, said) => {
    expect(codeUnless(signal, code)).toBe(said);
  });
});
