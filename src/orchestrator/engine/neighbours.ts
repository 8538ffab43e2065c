/** Hearing of what other processes wrote into the same file: a stop, an answer to a task token. */
import type { Database } from './database.ts';

const LOOK_EVERY_MS = 500;

/**
 * Calls `heard` soon after another process changed the file, in real time whatever clock the run lives by: a person is
 * waiting. Gives the function that ends it. It does not keep the process alive.
 */
export function watchOtherProcesses(database: Database, heard: () => void): () => void {
  if (database.path === ':memory:') return () => {};
  const version = database.prepare('PRAGMA data_version');
  // SQLite counts the commits of other connections only.
  const read = () => Number(version.get()?.data_version);
  let seen = read();
  const look = () => {
    const current = read();
    if (current === seen) return;
    heard();
    seen = current;
  };
  const timer = setInterval(() => {
    if (!database.isOpen) return clearInterval(timer);
    try {
      look();
    } catch (error) {
      // The file is busy or its disk is full: the next look tries again; what runs meets the trouble itself.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
