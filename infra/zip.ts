/** Zip archives of one file: what a Lambda's code is uploaded as. */
import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the oldest date of the format: the same content must give the same archive, and so the same asset. */
const DATE = 0x0021;
const VERSION = 20;
const DEFLATED = 8;
/** UTF-8 names. */
const FLAGS = 0x0800;
/** A file that everybody may read, as Lambda needs it. */
const MODE = (0o100644 << 16) >>> 0;
const MADE_ON_UNIX = 3 << 8;

/** An archive with the one file `name`. The same input gives the same bytes. */
export function zip(name: string, content: Buffer): Buffer {
  const path = Buffer.from(name, 'utf8');
  const data = deflateRawSync(content, { level: 9 });
  // What the local header and the entry of the directory at the end have in common.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(FLAGS, 2);
  common.writeUInt16LE(DEFLATED, 4);
  common.writeUInt16LE(DATE, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, data]);

  const further = Buffer.alloc(14);
  further.writeUInt32LE(MODE, 6);
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(MADE_ON_UNIX | VERSION);
  const directory = Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, further, path]);

  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, directory, Buffer.from('PK\x05\x06'), end]);
}
