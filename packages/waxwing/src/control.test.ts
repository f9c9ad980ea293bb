import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { done } from './administration.ts'
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
    const control = await openControl(folder, async function* (request) {
      yield { line: request.do }
    })
    const answer = await askServer(folder, { do: 'account list' })
    assert.deepEqual(answer && (await done(answer)), ['account list'])
    control.close()
    assert.equal(await askServer(folder, { do: 'account list' }), undefined)
  })
}

test('what went wrong in the server is told to whoever asked', async t => {
  const folder = dataFolder(t, 'data')
  const control = await openControl(folder, async function* () {
    yield { line: 'so far so good' }
    throw new Error('No such account')
  })
  t.after(() => control.close())
  const answer = await askServer(folder, { do: 'account list' })
  await assert.rejects(done(answer ?? assert.fail('nobody answers')), /No such account/)
})

test('more lines than fit into one message come one after the other', async t => {
  const folder = dataFolder(t, 'data')
  const control = await openControl(folder, async function* () {
    for (let n = 0; n < 10_000; n++) yield { line: `account${n}@a-rather-long-domain.example` }
  })
  t.after(() => control.close())
  const answer = await askServer(folder, { do: 'account list' })
  assert.equal((await done(answer ?? assert.fail('nobody answers'))).length, 10_000)
})
