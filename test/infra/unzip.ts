import { crc32, inflateRawSync } from 'node:zlib';
import { expect } from 'vitest';

/** Reads an archive of one file by its directory, as unzip does. Fails where its parts do not fit together. */
export function unzip(archive: Buffer): { name: string; content: Buffer; mode: number } {
  const end = archive.length - 22;
  expect(archive.toString('latin1', end, end + 4)).toBe('PK\x05\x06');
  expect(archive.readUInt16LE(end + 10)).toBe(1);
  const entry = archive.readUInt32LE(end + 16);
  expect(archive.toString('latin1', entry, entry + 4)).toBe('PK\x01\x02');
  expect(end - entry).toBe(archive.readUInt32LE(end + 12));
  const local = archive.readUInt32LE(entry + 42);
  expect(archive.toString('latin1', local, local + 4)).toBe('PK\x03\x04');
  const nameEnd = local + 30 + archive.readUInt16LE(local + 26);
  const content = inflateRawSync(archive.subarray(nameEnd, nameEnd + archive.readUInt32LE(entry + 20)));
  expect(crc32(content)).toBe(archive.readUInt32LE(entry + 16));
  expect(content.length).toBe(archive.readUInt32LE(entry + 24));
  return {
    name: archive.toString('utf8', local + 30, nameEnd),
    content,
    mode: archive.readUInt32LE(entry + 38) >>> 16,
  };
}
