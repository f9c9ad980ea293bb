import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  assert as check,
  domain as domains,
  double,
  record as fields,
  nat,
  property,
} from 'fast-check'
import { orderOf, type SrvRecord } from './srv.ts'
import { redirectTarget, type SrvLookup, type TargetOptions, targetsOf } from './targets.ts'

const record = (name: string, priority: number, weight: number, port = 5222): SrvRecord => ({
  name,
  port,
  priority,
  weight,
})
const names = (records: readonly SrvRecord[]): string => records.map(({ name }) => name).join(' ')

const rows: readonly (readonly [
  what: string,
  records: readonly SrvRecord[],
  fraction: number,
  order: string,
])[] = [
  ['nothing', [], 0, ''],
  ['the lowest priority first', [record('c', 30, 0), record('a', 5, 0), record('b', 10, 9)], 0.5, 'a b c'],
  [
    'the lightest when the draw is low',
    [record('a', 1, 60), record('b', 1, 20), record('zero', 1, 0)],
    0,
    'zero a b',
  ],
  ['the heaviest when the draw is in its part', [record('a', 1, 60), record('b', 1, 20)], 0.5, 'a b'],
  ['the other when the draw is behind it', [record('a', 1, 60), record('b', 1, 20)], 0.9, 'b a'],
  ['weight zero last when the draw is high', [record('zero', 1, 0), record('a', 1, 1)], 0.99, 'a zero'],
  ['priority before weight', [record('heavy', 2, 1000), record('light', 1, 1)], 0.99, 'light heavy'],
]

for (const [what, records, fraction, order] of rows) {
  test(`servers are tried in this order: ${what} (RFC 2782)`, () => {
    assert.equal(names(orderOf(records, () => fraction)), order)
  })
}

test('every server is tried once, in the order of priorities (RFC 2782)', () => {
  const records = array(
    fields({
      name: domains(),
      port: nat(65_535),
      priority: nat(3),
      weight: nat(65_535),
    }),
    { maxLength: 12 },
  )
  const draw = double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  check(
    property(records, draw, (all, fraction) => {
      const order = orderOf(all, () => fraction)
      assert.deepEqual(new Set(order), new Set(all))
      assert.equal(order.length, all.length)
      const priorities = order.map(({ priority }) => priority)
      assert.deepEqual(
        priorities,
        priorities.toSorted((a, b) => a - b),
      )
    }),
    { numRuns: 200 },
  )
})

test('weights share the load (RFC 2782)', () => {
  let seed = 1
  const fraction = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  let firsts = 0
  for (let i = 0; i < 2000; i++)
    if (orderOf([record('a', 1, 75), record('b', 1, 25)], fraction)[0]?.name === 'a') firsts++
  assert.ok(firsts > 1400 && firsts < 1600, String(firsts))
})

interface Zone {
  readonly xmpp?: readonly SrvRecord[]
  readonly xmpps?: readonly SrvRecord[]
}

function lookUpIn({ xmpp, xmpps }: Zone): SrvLookup {
  return name => {
    const found =
      name === '_xmpp-client._tcp.example.org'
        ? xmpp
        : name === '_xmpps-client._tcp.example.org'
          ? xmpps
          : undefined
    return found
      ? Promise.resolve(found)
      : Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }))
  }
}

const places: readonly (readonly [
  what: string,
  domain: string,
  options: TargetOptions,
  zone: Zone,
  targets: string,
])[] = [
  ['no records: the domain itself', 'example.org', {}, {}, 'example.org:5222'],
  ['no records, direct TLS', 'example.org', { security: 'direct' }, {}, 'example.org:5223 direct'],
  [
    'both services as one (XEP-0368 §3)',
    'example.org',
    {},
    { xmpp: [record('b', 10, 0)], xmpps: [record('a', 5, 0, 443), record('c', 20, 0, 443)] },
    'a:443 direct, b:5222, c:443 direct',
  ],
  [
    'only STARTTLS wanted',
    'example.org',
    { security: 'starttls' },
    { xmpp: [record('b', 10, 0)], xmpps: [record('a', 5, 0, 443)] },
    'b:5222',
  ],
  [
    'only direct TLS wanted',
    'example.org',
    { security: 'direct' },
    { xmpp: [record('b', 1, 0)], xmpps: [record('a', 5, 0, 443)] },
    'a:443 direct',
  ],
  [
    'one service not there',
    'example.org',
    {},
    { xmpp: [record('b', 1, 0)], xmpps: [record('.', 0, 0)] },
    'b:5222',
  ],
  ['a host given', 'example.org', { host: 'h' }, { xmpp: [record('b', 1, 0)] }, 'h:5222'],
  ['a port given', 'example.org', { port: 5000, security: 'direct' }, {}, 'example.org:5000 direct'],
  ['localhost is not asked for', 'localhost', {}, {}, 'localhost:5222'],
  ['an address is not asked for', '127.0.0.1', {}, {}, '127.0.0.1:5222'],
  ['an address of version 6', '[::1]', {}, {}, '::1:5222'],
  ['a name beyond ASCII', 'bücher.example', {}, {}, 'xn--bcher-kva.example:5222'],
]

for (const [what, domain, options, zone, targets] of places) {
  test(`where to connect: ${what} (RFC 6120 §3.2)`, async () => {
    const found = await targetsOf(domain, options, lookUpIn(zone), () => 0, new AbortController().signal)
    const written = found.map(({ host, port, direct }) => `${host}:${port}${direct ? ' direct' : ''}`)
    assert.equal(written.join(', '), targets)
  })
}

test('a domain that has no such service says so (RFC 2782, "Target")', async () => {
  const lookUp = lookUpIn({ xmpp: [record('.', 0, 0)] })
  await assert.rejects(
    targetsOf('example.org', {}, lookUp, () => 0, new AbortController().signal),
    {
      code: 'service-not-offered',
    },
  )
})

test('a server is sent elsewhere by name or address (RFC 6120 §4.9.3.19)', () => {
  assert.deepEqual(redirectTarget('other.example', false), {
    host: 'other.example',
    port: 5222,
    direct: false,
  })
  assert.deepEqual(redirectTarget('other.example:9', true), { host: 'other.example', port: 9, direct: true })
  assert.deepEqual(redirectTarget('[2001:db8::1]:9222', false), {
    host: '2001:db8::1',
    port: 9222,
    direct: false,
  })
  assert.equal(redirectTarget('a b', false), undefined)
})
