/** Durable writes and reads per second. Run: `node bench/store.ts [seconds]`. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { column, keyed, log } from '@waxwing/server/store'
import { sqliteStore } from '@waxwing/store-sqlite'

const seconds = Number(process.argv[2] ?? 2)
const callers = 200
const folder = await mkdtemp(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'waxwing-bench-'))
const driver = await sqliteStore({ file: join(folder, 'store.sqlite') })
const { rows, archive } = await driver.open('example.org', 'bench', {
  rows: keyed('name', { value: column.blob(), at: column.time() }),
  archive: log('owner', { peer: column.text(), stanza: column.blob() }, { indexes: ['peer'] }),
})

function report(what: string, count: number, ms: number, cpu: NodeJS.CpuUsage): void {
  const perSecond = Math.round((count / ms) * 1000)
  const micros = ((cpu.user + cpu.system) / count).toFixed(1)
  console.log(`${what.padEnd(44)} ${perSecond.toLocaleString('en').padStart(10)}/s   ${micros} µs CPU each`)
}

/** Lets `callers` write one after the other each, waiting for every write. */
async function durable(what: string, write: (n: number) => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let count = 0
  const caller = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) await write(count++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
  report(what, count, performance.now() - start, process.cpuUsage(cpu))
}

async function reading(what: string, read: (n: number) => unknown): Promise<void> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 500) {
    for (let i = 0; i < 100; i++) read(count++)
  }
  report(what, count, performance.now() - start, process.cpuUsage(cpu))
}

const stanza = new Uint8Array(500).fill(120)
const owner = (n: number): string => `account${n % 1000}@example.org`
await durable(`puts of 500 bytes, ${callers} callers waiting`, n =>
  rows.put(`row${n % 20_000}`, { value: stanza, at: n }),
)
await durable(`archive appends of 500 bytes, ${callers} callers`, n =>
  archive.append(owner(n), { peer: `peer${n % 50}`, stanza }, n),
)
await driver.flushed()
await reading('gets by key', n => rows.get(`row${n % 5000}`))
await reading('pages of 50 archived entries', n => archive.page(owner(n), { max: 50, backwards: true }))
await driver.close()
await rm(folder, { recursive: true })
