#!/usr/bin/env node
// Plain JavaScript without newer syntax: it has to run on any Node, if only to say that this Node is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const bundledNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (runsTypeScript(process.versions.node)) {
  // The compiled code is kept between starts: with it `drydock --help` needs about half the time.
  module.enableCompileCache();
  const { main } = await import('../src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else if (process.execPath !== bundledNode && existsSync(bundledNode)) {
  runOn(bundledNode);
} else {
  console.error(`drydock needs Node 22.18 or newer; this is Node ${process.versions.node} (${process.execPath}).
→ Run \`npm install\` in the folder of drydock: it brings a Node 24 that drydock then uses by itself. Or install a newer Node.`);
  process.exitCode = 2;
}

/** Node runs TypeScript without a flag, and has SQLite, since 22.18, and in the 23 line since 23.6. */
function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** Hands over to another Node. Ctrl-C reaches it by itself, from the terminal; we only must not die before it. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(
      `drydock could not start ${node}: ${error.message}.\n→ Run \`npm install\` in the folder of drydock.`,
    );
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code;
    }
  });
}
