// Changes a tablet's storage from outside the app, as a faulty disk or a browser without free space
// would.

const DATABASE = 'calloff';

/** Deletes the whole database, as a browser without free space does. It does not tell the app. */
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

/**
 * Deletes the database while the app is closed, so that no page can store the data again. Then
 * switches the tablet off.
 */
export async function evictWhileClosed(tablet) {
  // This page has the tablet's address, but it is not part of the app.
  await tablet.open('/manifest.webmanifest');
  await evict(tablet.page);
  await tablet.switchOff();
}

/**
 * Overwrites the stored bytes of an order with nonsense. The app notices it when it reads them at
 * its next start.
 */
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

/** The number of releases that the tablet keeps: the one in force, and announced ones. */
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

/** Makes every read and write of the disk fail. Resolves to a function that repairs the disk. */
export async function breakDisk(page) {
  await page.evaluate(() => {
    window.mendDisk = ((transaction) => () => (IDBDatabase.prototype.transaction = transaction))(IDBDatabase.prototype.transaction);
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException('the disk fails', 'UnknownError');
    };
  });
  return () => page.evaluate(() => window.mendDisk());
}
