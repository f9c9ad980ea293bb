/** What is hidden cannot be told from what is not there: not by the answer, and not by what is done for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LazyNodeOptions, ThingOptions } from '../index.ts'
import { asked, gatewayJid, nodesIn, type Plant, plant, wholeOf } from './plant.test.ts'

interface Site extends Plant {
  /** What was done, in order: `look` for each node that was looked up, `may` for each question who may see what. */
  readonly work: string[]
}

/** Below `a.b.c` and so on everything is hidden that has an `x` somewhere; `z` is nowhere. */
function site(options: ThingOptions = {}): Site {
  const work: string[] = []
  const it = plant({
    maySee: async ({ node, source }) => {
      work.push('may')
      return source !== 'Secret' && !node?.id.split('.').includes('x')
    },
    ...options,
  })
  const nodeOf = (id: string): LazyNodeOptions => {
    const at = id.lastIndexOf('.')
    return { id, ...(at < 0 ? {} : { parent: { id: id.slice(0, at) } }) }
  }
  const lazy = {
    node: ({ id }: { readonly id: string }) => {
      work.push('look')
      return id.includes('z') ? undefined : nodeOf(id)
    },
    children: () => [nodeOf('a')],
  }
  it.gateway.source('Tree', { lazy })
  it.gateway.source('Secret', { lazy })
  return { ...it, work }
}

async function workFor(it: Site, id: string, src = 'Tree'): Promise<readonly [answer: string, work: string]> {
  it.work.length = 0
  const answer = await wholeOf(it.client.ask('get', gatewayJid, asked('nf', 'getNode', { id, src })))
  return [answer, it.work.toSorted().join(' ')]
}

const places: readonly [what: string, hidden: string, missing: string][] = [
  ['hidden itself', 'a.b.x', 'a.b.z'],
  ['hidden by what is above it', 'a.x.b', 'a.z.b'],
  ['hidden from the root on', 'x.a.b', 'z.a.b'],
]
for (const [what, hidden, missing] of places)
  test(`a node that is ${what} is no more work than one that is not there`, async () => {
    const it = site()
    assert.match((await workFor(it, 'a.b.c'))[0], /nodeInfo/)
    const [a, b, c] = [await workFor(it, hidden), await workFor(it, missing), await workFor(it, hidden)]
    assert.deepEqual([a, c], [b, b])
    assert.match(a[0], /item-not-found/)
    assert.equal(a[1], 'look look look may may may may')
  })

test('the first one that is asked for is no exception, but for the depth nobody knows', async () => {
  const it = site()
  const [, work] = await workFor(it, 'z')
  assert.deepEqual(await workFor(it, 'x').then(([, more]) => more), work)
})

test('a source that is hidden is no more work than one that is not there', async () => {
  const it = site()
  const hidden = await workFor(it, 'a', 'Secret')
  assert.deepEqual(await workFor(it, 'a', 'Nowhere'), hidden)
  const roots = async (src: string): Promise<readonly string[]> => {
    it.work.length = 0
    return [await wholeOf(it.client.ask('get', gatewayJid, asked('nf', 'getRootNodes', { src }))), ...it.work]
  }
  assert.deepEqual(await roots('Nowhere'), await roots('Secret'))
})

for (const name of ['getNodes', 'containsNodes', 'readout'] as const)
  test(`the same goes for ${name}`, async () => {
    const it = site()
    const ask = async (id: string): Promise<readonly unknown[]> => {
      const question =
        name === 'readout'
          ? `<req xmlns='urn:nf:iot:sd:1.0' id='${it.town.clock.wall()}' m='true'>${nodesIn('nf', [id], 'Tree')}</req>`
          : asked('nf', name, {}, nodesIn('nf', [id], 'Tree'))
      it.work.length = 0
      const answer = await wholeOf(it.client.ask('get', gatewayJid, question))
      return [answer, it.work.toSorted()]
    }
    await ask('a.b.c')
    assert.deepEqual(await ask('a.x.b'), await ask('a.z.b'))
  })

test('who sees everything pays nothing for it', async () => {
  const work: string[] = []
  const it = plant()
  it.gateway.source('Tree', {
    lazy: {
      node: ({ id }) => {
        work.push(id)
        return id === 'a.b' ? { id, parent: { id: 'a' } } : undefined
      },
      children: () => [],
    },
  })
  for (const id of ['a.b', 'z'])
    await wholeOf(it.client.ask('get', gatewayJid, asked('nf', 'getNode', { id, src: 'Tree' })))
  assert.deepEqual(work, ['a.b', 'z'])
})
