import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { askServer, openControl } from './control.ts'

function dataFolder(t: TestContext, name: string): string {
  const under = mkdtempSync(join(tmpdir(), 'waxwing-control-'))
  t.after(() => rmSync(under, { recursive: true }))
  const folder = join(under, name)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

for (const [kind, name] of [
  ['a short', 'data'],
  ['a long', 'd'.repeat(120)],
] as const) {
  test(`the server of ${kind} data folder answers until it is closed`, async t => {
    const folder = dataFolder(t, name)
    assert.equal(await askServer(folder, { do: 'account list' }), undefined)
    const control = await openControl(folder, async request => [request.do])
    assert.deepEqual(await askServer(folder, { do: 'account list' }), ['account list'])
    control.close()
    assert.equal(await askServer(folder, { do: 'account list' }), undefined)
  })
}

test('what went wrong in the server is told to whoever asked', async t => {
  const folder = dataFolder(t, 'data')
  const control = await openControl(folder, () => Promise.reject(new Error('No such account')))
  t.after(() => control.close())
  await assert.rejects(askServer(folder, { do: 'account list' }), /No such account/)
})
