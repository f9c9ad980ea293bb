/** Restarts of a thing with a file, on a whole server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Client } from '@waxwing/client'
import { sqliteHistory } from '@waxwing/client-node'
import { events, SensorReport } from '@waxwing/protocol'
import { type World, world } from '@waxwing/testkit'
import { quantity, thing } from '../index.ts'

const meterJid = 'meter@montague.example/m'

/** One process of the meter, from its beginning to its end. */
async function running(
  it: World,
  file: string,
  temperature: number,
  during: (meter: Client) => Promise<void>,
): Promise<void> {
  await using store = sqliteHistory(file)
  const client = await it.prepares(meterJid)
  client.roster.onRequest(request => request.accept())
  await using _served = thing(client, {
    history: store,
    fields: { Temperature: quantity('°C', { read: () => temperature }) },
  })
  await it.waitsFor(client.open())
  await it.host.advance(2_000)
  await during(client)
  await it.waitsFor(client.close())
}

test('a subscription stands in the file before it is confirmed, and goes on from there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-restart-'))
  try {
    await using it = await world()
    const file = join(folder, 'meter.sqlite')
    const ann = await it.joins('ann@montague.example/phone')
    const told: string[] = []
    ann.onMessage(SensorReport, report => {
      if (report.kind === 'data')
        for (const part of report.parts)
          if (part.kind === 'fields') told.push(...part.fields.map(({ value }) => value.text))
    })
    await running(it, file, 20, async meter => {
      await it.waitsFor(ann.roster.request('meter@montague.example'))
      await it.waitsFor(meter.roster.request('ann@montague.example'))
      ann.roster.onRequest(request => request.accept())
      const { subscribe } = events('nf')
      const asked = {
        generation: 'nf',
        id: 's1',
        nodes: [],
        fields: [],
        categories: ['momentary'],
        periods: [],
        all: false,
        tokens: { service: [], device: [], user: [] },
        now: true,
      } as const
      // The disk is not of this clock.
      const answer = ann.iq.set(subscribe, meterJid, asked, SensorReport)
      const done = new Set<unknown>()
      answer.finally(() => done.add(answer)).catch(() => {})
      while (done.size === 0) {
        await it.host.advance(0)
        await new Promise(resolve => setImmediate(resolve))
      }
      assert.equal((await answer).kind, 'accepted')
      await it.host.advance(2_000)
    })
    assert.deepEqual(told, ['20'])
    await running(it, file, 21, () => it.host.advance(5_000))
    assert.deepEqual(told, ['20', '21'])
    await it.waitsFor(ann.close())
    await running(it, file, 22, () => it.host.advance(5_000))
    assert.deepEqual(told, ['20', '21'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
