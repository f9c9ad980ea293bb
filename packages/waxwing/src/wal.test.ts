/** The cut of the power that the kill test makes: it must take what was not synced, and nothing else. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { cutPower, type WalMark, walEnd, writtenMark } from './testing/wal.ts'

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'waxwing-wal-'))
  readonly file = join(this.folder, 'a.sqlite')
  readonly marks = join(this.folder, 'marks')
  readonly db = new DatabaseSync(this.file)

  constructor(t: TestContext) {
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER)')
    t.after(() => {
      this.db.close()
      rmSync(this.folder, { recursive: true })
    })
  }

  put(n: number): void {
    this.db.exec(`INSERT INTO t VALUES (${n})`)
  }

  end(): WalMark {
    return walEnd(`${this.file}-wal`) ?? assert.fail('There is no log')
  }

  /** What is left of the files, as they are now, after a cut of the power. */
  afterCut(mark: WalMark | undefined): { gone: number; rows: unknown[] } {
    const copy = join(this.folder, 'copy.sqlite')
    for (const end of ['', '-wal']) if (existsSync(this.file + end)) copyFileSync(this.file + end, copy + end)
    writeFileSync(this.marks, mark ? writtenMark(mark) : '')
    const gone = cutPower(copy, this.marks)
    const db = new DatabaseSync(copy)
    const rows = db.prepare('SELECT n FROM t ORDER BY n').all()
    db.close()
    for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true })
    return { gone, rows: rows.map(row => row['n']) }
  }
}

test('what was committed behind the mark is gone, what lay ahead of it is there', t => {
  const place = new Place(t)
  place.put(1)
  place.put(2)
  const mark = place.end()
  place.put(3)
  assert.ok(place.end().end > mark.end)
  const { gone, rows } = place.afterCut(mark)
  assert.deepEqual(rows, [1, 2])
  assert.equal(gone, place.end().end - mark.end)
  assert.deepEqual(place.afterCut(place.end()), { gone: 0, rows: [1, 2, 3] })
})

test('of a log begun anew nothing is left but what the database has already', t => {
  const place = new Place(t)
  place.put(1)
  place.put(2)
  const mark = place.end()
  place.db.exec('PRAGMA wal_checkpoint(RESTART)')
  place.put(3)
  assert.notEqual(place.end().salts, mark.salts)
  assert.deepEqual(place.afterCut(mark).rows, [1, 2])
  assert.deepEqual(place.afterCut(place.end()).rows, [1, 2, 3])
})

test('the end of a log begun anew lies ahead of the frames of the older one', t => {
  const place = new Place(t)
  for (let n = 0; n < 20; n++) place.put(n)
  const long = place.end()
  place.db.exec('PRAGMA wal_checkpoint(RESTART)')
  place.put(20)
  const short = place.end()
  assert.ok(short.end < long.end)
  place.put(21)
  assert.deepEqual(walEnd(`${place.file}-wal`, short), place.end())
})
