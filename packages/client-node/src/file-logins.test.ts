import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { SavedLogin } from '@waxwing/client'
import { parseBareJid } from '@waxwing/jid'
import { fileLogins } from './file-logins.ts'

const romeo = parseBareJid('romeo@example.org')
const juliet = parseBareJid('juliet@example.org')
const login: SavedLogin = {
  clientId: 'd4565fa7-4d72-4749-b3d3-740edbf87770',
  token: { mechanism: 'HT-SHA-256-EXPR', token: 'secret', expires: 1_000 },
}

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-logins-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'logins.json')
}

test('a login is there again in the next process', async t => {
  const path = await place(t)
  const logins = fileLogins(path)
  assert.equal(await logins.get(romeo), undefined)
  await logins.set(romeo, login)
  await logins.set(juliet, { clientId: 'b' })
  assert.deepEqual(await fileLogins(path).get(romeo), login)
  await logins.delete(romeo)
  assert.equal(await fileLogins(path).get(romeo), undefined)
  assert.deepEqual(await fileLogins(path).get(juliet), { clientId: 'b' })
})

test('the file is for its owner alone, and nothing else is left', async t => {
  const path = await place(t)
  await fileLogins(path).set(romeo, login)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(path, '..')), ['logins.json'])
})

test('secrets go into a file of our own, wherever somebody has a name for it lead to', async t => {
  const path = await place(t)
  const trap = join(path, '..', 'trap')
  await writeFile(trap, 'empty')
  await symlink(trap, `${path}.new`)
  await fileLogins(path).set(romeo, login)
  assert.equal(await readFile(trap, 'utf8'), 'empty')
  assert.deepEqual(await fileLogins(path).get(romeo), login)
})

test('changes that overlap are all kept', async t => {
  const path = await place(t)
  const logins = fileLogins(path)
  await Promise.all([
    logins.set(romeo, login),
    logins.set(juliet, login),
    logins.set(romeo, { clientId: 'a' }),
  ])
  assert.deepEqual(Object.keys(JSON.parse(await readFile(path, 'utf8')) as object).sort(), [juliet, romeo])
  assert.deepEqual(await logins.get(romeo), { clientId: 'a' })
})

for (const text of [
  '',
  'no JSON',
  '[]',
  'null',
  '{"romeo@example.org":{"token":{}}}',
  '{"romeo@example.org":{"clientId":"a","token":{"mechanism":"M","token":5,"expires":1}}}',
  '{"__proto__":{"clientId":"a"}}',
])
  test(`a file that holds ${text || 'nothing'} holds no login`, async t => {
    const path = await place(t)
    await writeFile(path, text)
    assert.equal(await fileLogins(path).get(romeo), undefined)
  })

test('a file that cannot be read says so', async t => {
  const path = await place(t)
  await assert.rejects(async () => fileLogins(join(path, '..')).get(romeo), { code: 'EISDIR' })
})
