import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { blobs, column, keyed, log } from '@waxwing/server/store'
import { sqliteStore } from './index.ts'

const declared = {
  rows: keyed('name', { value: column.integer() }),
  entries: log('name', { value: column.integer() }),
  files: blobs(),
}

/** Writes without end, twenty turns at a time; prints each turn's number when it is durable. */
const writing = `
  import { writeSync } from 'node:fs'
  const [store, shapes, file, first] = process.argv.slice(1)
  const { sqliteStore } = await import(store)
  const { blobs, column, keyed, log } = await import(shapes)
  const driver = await sqliteStore({ file })
  const { rows, entries, files } = await driver.open('example.org', 'kill', {
    rows: keyed('name', { value: column.integer() }),
    entries: log('name', { value: column.integer() }),
    files: blobs(),
  })
  let next = Number(first)
  const write = async () => {
    for (;;) {
      const value = next++
      const turn = [rows.put('row' + value, { value }), entries.append('log', { value }, value)]
      turn.push(files.put('file' + value, new Uint8Array(100)))
      await Promise.all(turn)
      writeSync(1, value + '\\n')
    }
  }
  for (let i = 0; i < 20; i++) void write()
`

/** Runs the writer until it has told `enough` turns, then kills it. @returns all it has told */
async function toldUntilKilled(file: string, first: number, enough: number): Promise<number[]> {
  const urls = [import.meta.resolve('./index.ts'), import.meta.resolve('@waxwing/server/store')]
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', writing, ...urls, file, `${first}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let told = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    told += text
    if (told.split('\n', enough + 1).length > enough) child.kill('SIGKILL')
  })
  await once(child, 'close')
  assert.equal(child.signalCode, 'SIGKILL')
  return told.split('\n').slice(0, -1).map(Number)
}

test('what was told durable outlives a kill at any moment, and turns are whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-kill-'))
  const file = join(folder, 'store.sqlite')
  const told: number[] = []
  for (const [round, enough] of [1, 40, 333, 777, 1500].entries()) {
    told.push(...(await toldUntilKilled(file, round * 1_000_000, enough)))
    const driver = await sqliteStore({ file })
    const { rows, entries, files } = await driver.open('example.org', 'kill', declared)
    for (const value of told) {
      assert.deepEqual(await rows.get(`row${value}`), { value })
      assert.ok(await files.get(`file${value}`))
    }
    const page = await entries.page('log', { max: 1_000_000 })
    const logged = page.entries.map(entry => `row${entry.value.value}`)
    assert.deepEqual(logged.toSorted(), (await rows.keys(undefined, 1_000_000)).toSorted())
    await driver.close()
  }
  await rm(folder, { recursive: true })
})
