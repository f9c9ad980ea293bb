import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileQueue } from './file-queue.ts'

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'queue-'))
  try {
    await run(join(folder, 'messages'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const message = (id: string): { id: string; text: string } => ({ id, text: `<message id="${id}"/>\n"ü"` })

test('messages come back in order, but not those that were removed', () =>
  inFolder(async path => {
    const queue = fileQueue(path)
    assert.deepEqual(await queue.load(), [])
    await Promise.all(['a', 'b', 'c'].map(id => queue.put(message(id))))
    await queue.remove('b')
    await queue.remove('unknown')
    assert.deepEqual(await fileQueue(path).load(), [message('a'), message('c')])
  }))

test('a line torn by a crash is passed over', () =>
  inFolder(async path => {
    const queue = fileQueue(path)
    await queue.load()
    await queue.put(message('a'))
    await appendFile(path, '["put","b","<mess')
    assert.deepEqual(await fileQueue(path).load(), [message('a')])
  }))

test('loading writes the file anew, for its owner alone', () =>
  inFolder(async path => {
    const queue = fileQueue(path)
    await queue.load()
    for (let n = 0; n < 100; n++) {
      await queue.put(message(`${n}`))
      await queue.remove(`${n}`)
    }
    await fileQueue(path).load()
    assert.equal(await readFile(path, 'utf8'), '')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  }))

test('a queue that was not loaded takes nothing', () =>
  inFolder(async path => {
    await assert.rejects(fileQueue(path).put(message('a')), /not loaded/)
  }))
