// Names of files that never change under their name: browsers keep them for a year
// (server/src/routes/app.rs tells them by these names).

import { createHash } from 'node:crypto';
import { extname } from 'node:path';

/** `tokens.css` with its content's hash in it: `tokens-5f0c1d2e3b4a5968.css`. */
export function contentName(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const ending = extname(name);
  return `${name.slice(0, name.length - ending.length)}-${hash}${ending}`;
}
