/** What a patch is called, how grave it is, and which CVEs it mends. */
import type { Tone } from './looks.ts';

const TONES: Record<string, Tone> = {
  critical: 'bad',
  important: 'warn',
  high: 'warn',
  medium: 'wait',
  moderate: 'wait',
};

/** Its id, and below it what its publisher calls it. */
export function PatchName({ id, title }: { id: string; title: string }) {
  return (
    <div class="two-lines">
      <span>{id}</span>
      <span class="muted small">{title}</span>
    </div>
  );
}

/** The severity in the words of its publisher, and where given what kind of patch it is. */
export function Severity({ severity, classification }: { severity: string; classification?: string }) {
  return (
    <span class="severity">
      {severity === '' ? null : (
        <span class="tag" data-tone={TONES[severity.toLowerCase()] ?? 'quiet'}>
          {severity}
        </span>
      )}
      {classification ? <span class="muted small">{classification}</span> : null}
    </span>
  );
}

const AT_FIRST = 3;

/** The first few; the others unfold. */
export function CveList({ cves }: { cves: string[] }) {
  if (cves.length === 0) return <span class="muted">no CVE</span>;
  const more = cves.slice(AT_FIRST);
  return (
    <div class="cves mono small">
      {cves.slice(0, AT_FIRST).map((cve) => (
        <span key={cve}>{cve}</span>
      ))}
      {more.length === 0 ? null : (
        <details>
          <summary>{more.length} more</summary>
          {more.join(', ')}
        </details>
      )}
    </div>
  );
}
