import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isPrivate, makePrivate, ownUid, privateFolder } from './private-folder.ts'

const skip = process.platform === 'win32' && 'access is told by other means there'

test('a folder is trusted only if nobody else can enter it', { skip }, t => {
  const under = mkdtempSync(join(tmpdir(), 'waxwing-private-'))
  t.after(() => rmSync(under, { recursive: true }))
  const folder = privateFolder(under, ownUid())
  assert.equal(isPrivate(folder, ownUid()), false)
  assert.equal(makePrivate(folder), true)
  assert.equal(isPrivate(folder, ownUid() + 1), false)
  const link = join(under, 'link')
  symlinkSync(folder, link)
  assert.equal(isPrivate(link, ownUid()), false)
  chmodSync(folder, 0o750)
  assert.equal(makePrivate(folder), false)
})
