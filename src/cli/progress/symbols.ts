/** How each outcome and status looks: always a symbol and its word, so that nothing depends on colour. */
import type { Colors } from 'picocolors/types.js';
import type { Outcome, RunStatus } from '../../orchestrator/runs/view.ts';

type Paint = (colors: Colors) => (text: string) => string;

interface Look {
  symbol: string;
  paint: Paint;
}

const OUTCOME_LOOKS: Record<Outcome, Look> = {
  pending: { symbol: '○', paint: (colors) => colors.dim },
  patching: { symbol: '◐', paint: (colors) => colors.cyan },
  patched: { symbol: '✓', paint: (colors) => colors.green },
  skipped: { symbol: '–', paint: (colors) => colors.dim },
  gone: { symbol: '∅', paint: (colors) => colors.dim },
  'rolled-back': { symbol: '↩', paint: (colors) => colors.yellow },
  replaced: { symbol: '⇄', paint: (colors) => colors.yellow },
  quarantined: { symbol: '!', paint: (colors) => colors.red },
  failed: { symbol: '✗', paint: (colors) => colors.red },
};

const STATUS_LOOKS: Record<RunStatus, Look> = {
  running: { symbol: '▶', paint: (colors) => colors.cyan },
  paused: { symbol: '‖', paint: (colors) => colors.yellow },
  succeeded: { symbol: '✓', paint: (colors) => colors.green },
  halted: { symbol: '■', paint: (colors) => colors.red },
  aborted: { symbol: '■', paint: (colors) => colors.yellow },
  failed: { symbol: '✗', paint: (colors) => colors.red },
};

const TURNING = ['◐', '◓', '◑', '◒'];

/** The symbol of an outcome; that of an instance in hand turns a quarter each 250 ms of `now`. */
export function outcomeSymbol(outcome: Outcome, now: number): string {
  if (outcome !== 'patching') return OUTCOME_LOOKS[outcome].symbol;
  return TURNING[Math.floor(now / 250) % TURNING.length] ?? '◐';
}

/** Colours text by an outcome. */
export function paintOutcome(outcome: Outcome, text: string, colors: Colors): string {
  return OUTCOME_LOOKS[outcome].paint(colors)(text);
}

/** A run's status as symbol and word, coloured. */
export function statusLabel(status: RunStatus, colors: Colors): string {
  const look = STATUS_LOOKS[status];
  return look.paint(colors)(`${look.symbol} ${status}`);
}
