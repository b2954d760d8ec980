// Names of files whose content never changes under one name. Browsers keep such files for a year
// (server/src/routes/app.rs recognises them by these names).

import { createHash } from 'node:crypto';
import { extname } from 'node:path';

/** The file's name with the hash of its content: `tokens-5f0c1d2e3b4a5968.css`. */
export function contentName(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const ending = extname(name);
  return `${name.slice(0, name.length - ending.length)}-${hash}${ending}`;
}
