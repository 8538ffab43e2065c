/** A document as JSON: unfolds, and can be kept as a file. */
import { useState } from 'preact/hooks';

export interface RawJsonProps {
  title: string;
  value: unknown;
  /** The name of the file. */
  file: string;
}

/** It is written out only once it is unfolded: a plan may be a megabyte. */
export function RawJson({ title, value, file }: RawJsonProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="raw" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title}</summary>
      {open ? <Unfolded title={title} text={JSON.stringify(value, null, 2)} file={file} /> : null}
    </details>
  );
}

function Unfolded({ title, text, file }: { title: string; text: string; file: string }) {
  return (
    <>
      <div class="raw-tools">
        <button type="button" onClick={() => save(text, file)}>
          Download
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keys */}
      <section class="raw-text" tabIndex={0} aria-label={title}>
        <pre>{text}</pre>
      </section>
    </>
  );
}

function save(text: string, file: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  URL.revokeObjectURL(url);
}
