// Jobs at the desk: an administrator sees them, runs one now, and cancels a turn of one.

import { signIn } from '../support/sign-in.mjs';
import { expect, test } from '../support/test.mjs';

test('an administrator runs a job now, lets it skip a turn, and finds both in the log', async ({
  server,
  newDesk,
}) => {
  const desk = await newDesk();
  await signIn(desk, server.signIn('Admin'));
  await desk.getByRole('link', { name: 'Jobs' }).click();
  const compaction = desk.locator('[data-kind=compaction]');
  await expect(compaction).toContainText('Store settled orders in less space');
  await expect(compaction).toContainText('Waiting', { timeout: 30_000 });
  const release = desk.locator('[data-kind=release]').first();
  await expect(release).toContainText('Tell tablets about a release');

  await compaction.getByTestId('job-run').click();
  await desk.goto('/desk/audit');
  const log = desk.getByTestId('audit-table');
  await expect(log).toContainText('started the job “Store settled orders in less space” again');

  await desk.goto('/desk/jobs');
  await expect(compaction).toContainText('Waiting', { timeout: 30_000 });
  const before = await compaction.locator('time').getAttribute('datetime');
  await compaction.getByTestId('job-cancel').click();
  const dialog = desk.getByRole('dialog').filter({ visible: true });
  await expect(dialog).toContainText('It skips this turn');
  await dialog.getByTestId('job-cancel-confirm').click();
  await expect(dialog).toHaveCount(0);
  await expect(compaction.locator('time')).not.toHaveAttribute('datetime', before);
  await desk.goto('/desk/audit');
  await expect(log).toContainText('cancelled the job “Store settled orders in less space”');
});
