import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeviceFolder } from './device-folder.ts'
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

test('the password of a device goes into a file of our own, wherever a name for it leads to', { skip }, t => {
  const under = mkdtempSync(join(tmpdir(), 'waxwing-private-'))
  t.after(() => rmSync(under, { recursive: true }))
  const trap = join(under, 'trap')
  writeFileSync(trap, 'empty', { mode: 0o666 })
  symlinkSync(trap, join(under, 'thing.json.new'))
  const folder = new DeviceFolder(under)
  folder.write({ domain: 'example.org', username: 'lamp', password: 'secret', isMade: false, meta: {} })
  assert.equal(readFileSync(trap, 'utf8'), 'empty')
  assert.equal(folder.read()?.password, 'secret')
  assert.equal(statSync(join(under, 'thing.json')).mode & 0o777, 0o600)
})
