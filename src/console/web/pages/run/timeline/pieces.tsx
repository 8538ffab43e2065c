/** What was done to one instance, piece by piece. */
import { useMemo } from 'preact/hooks';
import { type Lane, type Piece, type Step, spanOf } from './chart.ts';
import { boxOf, type Span } from './span.ts';
import { STEP_WORDS } from './words.ts';

export interface LanePiecesProps {
  lane: Lane;
  top: number;
  height: number;
  view: Span;
  width: number;
  scale: number;
  /** Matters only while a piece goes on. */
  now: number;
  /** The piece that is pointed at; -1: the lane alone; null: neither. */
  at: number | null;
}

/** Drawn again only when one of these changes: there are many, and they are asked for often. */
export function LanePieces({ lane, top, height, view, width, scale, now, at }: LanePiecesProps) {
  const { from, to } = view;
  return useMemo(() => {
    const shared = { top, height, view: { from, to }, width, scale, now };
    return (
      <g class="lane" data-at={at !== null}>
        <rect class="lane-ground" x="0" y={top} width={width} height={height} />
        {lane.pieces.map((piece, index) => (
          <PieceBox key={piece.from} piece={piece} at={at === index} {...shared} />
        ))}
      </g>
    );
  }, [lane, top, height, from, to, width, scale, now, at]);
}

const PATTERNED: ReadonlySet<Step> = new Set(['detach', 'reboot', 'rollback', 'hook']);

type PieceBoxProps = Omit<LanePiecesProps, 'lane' | 'at'> & { piece: Piece; at: boolean };

function PieceBox({ piece, at, top, height, view, width, scale, now }: PieceBoxProps) {
  const box = boxOf(spanOf(piece, now), view, width);
  if (box === undefined) return null;
  const inset = 3 * scale;
  const shape = {
    x: box.x,
    y: top + inset,
    width: box.width,
    height: height - 2 * inset,
    rx: Math.min(3, box.width / 2),
  };
  return (
    <g class="piece" data-step={piece.step} data-open={piece.to === null} data-at={at}>
      <rect {...shape} />
      {PATTERNED.has(piece.step) && box.width > 4 ? <rect class="piece-pattern" {...shape} /> : null}
      <Words piece={piece} x={box.x} room={box.width / scale} y={top + height / 2} scale={scale} />
    </g>
  );
}

/** Inside the piece, as much as there is room for. */
function Words({ piece, x, y, room, scale }: { piece: Piece; x: number; y: number; room: number; scale: number }) {
  const text = [piece.label, STEP_WORDS[piece.step]].find((one) => one !== '' && one.length * 6.2 + 10 <= room);
  if (text === undefined) return null;
  return (
    <text x={Math.max(x, 0) + 5 * scale} y={y} dy="0.34em">
      {text}
    </text>
  );
}
