// A tablet's storage from outside of the app: what a faulty disk, or a browser that runs short of
// space, does to it.

const DATABASE = 'calloff';

/** Throws the whole database away, as a browser does that runs short of space; what the app notices is its own business. */
export async function evict(page) {
  await page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error);
      }),
    DATABASE,
  );
}

/** The same while the app is closed: nothing is left that could store it again. Then the tablet is off. */
export async function evictWhileClosed(tablet) {
  // A page of this address that is none of the app's.
  await tablet.open('/manifest.webmanifest');
  await evict(tablet.page);
  await tablet.switchOff();
}

/** Overwrites the stored bytes of an order with nonsense. The app notices when it reads them next: at its start. */
export async function damageDocument(page, document) {
  await page.evaluate(
    async ([name, key]) => {
      const answer = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await answer(indexedDB.open(name));
      const documents = database.transaction('documents', 'readwrite').objectStore('documents');
      const record = JSON.parse(new TextDecoder().decode(await answer(documents.get(key))));
      record.document = btoa('no Automerge document');
      await answer(documents.put(new TextEncoder().encode(JSON.stringify(record)), key));
      database.close();
    },
    [DATABASE, document],
  );
}

/** How many releases of the catalogue the tablet keeps: the one in force, and announced ones. */
export function keptReleases(page) {
  return page.evaluate(async (name) => {
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await answer(indexedDB.open(name));
    const meta = database.transaction('meta').objectStore('meta');
    const kept = JSON.parse(new TextDecoder().decode(await answer(meta.get('releases'))));
    database.close();
    return kept.length;
  }, DATABASE);
}

/** From now on the disk fails at every read and write; the function it resolves to mends it. */
export async function breakDisk(page) {
  await page.evaluate(() => {
    window.mendDisk = ((transaction) => () => (IDBDatabase.prototype.transaction = transaction))(IDBDatabase.prototype.transaction);
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException('the disk fails', 'UnknownError');
    };
  });
  return () => page.evaluate(() => window.mendDisk());
}
