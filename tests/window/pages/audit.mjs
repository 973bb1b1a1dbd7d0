// The record of changes.

/** Opens the record and gives the milliseconds until an entry after this many is shown, not what was shown before. */
export const untilNewest = (browser, entries) =>
  browser.executeAsync((after, done) => {
    const begun = performance.now();
    document.querySelector('[data-nav=audit]').click();
    const look = () => (Number(document.querySelector('[data-audit-row]')?.dataset.auditRow ?? 0) > after ? done(performance.now() - begun) : requestAnimationFrame(look));
    look();
  }, entries);
