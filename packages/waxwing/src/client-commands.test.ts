/** `waxwing read | send | ping | disco` as processes, against a server and a thing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '@waxwing/client-node'
import {
  adHoc,
  bool,
  enumeration,
  int,
  long,
  quantity,
  ReadError,
  sleeper,
  string,
  thing,
} from '@waxwing/things'
import type { Ended } from './testing/child.ts'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const as = (name: string): string[] => ['--as', `${name}@localhost`, '--password', passwordOf(name)]
let served: Served
let meter: Client
let level = 10

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'meter', 'stranger')
  meter = await sandbox.logIn('meter', served)
  meter.roster.onRequest(request => (request.jid === 'you@localhost' ? request.accept() : request.decline()))
  const sensors = thing(meter, {
    mayControl: ({ from }) => (from.startsWith('you@localhost/') ? 'all' : 'none'),
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => 21.5 }),
      Running: bool({ read: () => true, categories: ['status'] }),
      Turns: long({ read: () => 9_007_199_254_740_993n }),
      Mode: enumeration('Mode', { read: () => 'Eco' }),
      Level: int({ min: 0, max: 100, read: () => level, write: value => void (level = value) }),
      Serial: string({ read: () => 'WX <1>', categories: ['identity'] }),
      Broken: quantity('V', {
        read: () => {
          throw new ReadError('The wire is cut')
        },
      }),
    },
  })
  adHoc(meter, sensors)
  sleeper(meter, sensors)
})

after(async () => {
  await meter?.close()
  await sandbox[Symbol.asyncDispose]()
})

function assertFails({ code, out, err }: Ended, sentence: RegExp): void {
  assert.match(err, sentence)
  assert.match(err, /^waxwing: [^\n]+\n$/)
  assert.deepEqual([code, out], [1, ''])
}

test('read says that a thing is not seen yet, and --ask asks it', async () => {
  assertFails(
    await sandbox.run('read', 'meter@localhost', ...as('you')),
    /meter@localhost is off, or does not let you see it; --ask asks it to\./,
  )
  const { code, out } = await sandbox.run('read', 'meter@localhost', '--ask', ...as('you'))
  assert.equal(code, 0)
  assert.match(out, /^Temperature +21\.5 °C /m)
  assert.match(out, /^! .*The wire is cut$/m)
})

test('read --ask says so when the thing declines', async () => {
  assertFails(
    await sandbox.run('read', 'meter@localhost', '--ask', ...as('stranger')),
    /meter@localhost does not let stranger@localhost see it\./,
  )
})

test('read --json writes one object per field with the keys name, value, unit, timestamp and node', async () => {
  const { code, out, err } = await sandbox.run('read', 'meter@localhost', '--ask', '--json', ...as('you'))
  const found = out.split('\n').map((line): unknown => JSON.parse(line))
  const byName = new Map<unknown, Record<string, unknown>>()
  for (const field of found) {
    assert.ok(typeof field === 'object' && field !== null)
    assert.deepEqual(Object.keys(field), ['name', 'value', 'unit', 'timestamp', 'node'])
    const record: Record<string, unknown> = { ...field }
    assert.ok(!Number.isNaN(Date.parse(String(record['timestamp']))))
    byName.set(record['name'], record)
  }
  const told = [...byName.values()].map(({ name, value, unit, node }) => [name, value, unit, node])
  const byText = (a: unknown[], b: unknown[]): number => String(a[0]).localeCompare(String(b[0]))
  assert.deepEqual(told.toSorted(byText), [
    ['Level', 10, null, null],
    ['Mode', 'Eco', null, null],
    ['Running', true, null, null],
    ['Serial', 'WX <1>', null, null],
    ['Temperature', 21.5, '°C', null],
    ['Turns', '9007199254740993', null, null],
  ])
  assert.equal(found.length, 6)
  assert.match(err, /^meter@localhost: .*The wire is cut\n$/)
  assert.equal(code, 0)
})

test('read --field reads that field alone', async () => {
  const words = ['read', 'meter@localhost', '--ask', '--json', '--field', 'Temperature', ...as('you')]
  const { code, out } = await sandbox.run(...words)
  assert.deepEqual([code, out.split('\n').length], [0, 1])
  assert.match(out, /^\{"name":"Temperature","value":21\.5,"unit":"°C","timestamp":"[^"]+","node":null\}$/)
})

test('send hands a message over before it ends', async () => {
  const heard = meter.chat.messages()
  const { code, out, err } = await sandbox.run('send', 'meter@localhost', 'Tea is <ready> ☕', ...as('you'))
  assert.deepEqual([code, out, err], [0, '', ''])
  const { value } = await heard.next()
  assert.equal(value?.body, 'Tea is <ready> ☕')
  await heard.return()
})

test('send to somebody who is away is kept for them (XEP-0160)', async () => {
  const { code } = await sandbox.run('send', 'stranger@localhost', 'Later', ...as('you'))
  assert.equal(code, 0)
  await using stranger = await sandbox.logIn('stranger', served)
  const { value } = await stranger.chat.messages().next()
  assert.equal(value?.body, 'Later')
  assert.ok(value?.delayedSince)
})

test('ping tells how long the answer took (XEP-0199)', async () => {
  const { code, out } = await sandbox.run('ping', 'localhost', ...as('you'))
  assert.equal(code, 0)
  assert.match(out, /^localhost answered in \d+\.\d ms$/)
})

test('disco shows identities and features, also as JSON (XEP-0030)', async () => {
  const plain = await sandbox.run('disco', 'localhost', ...as('you'))
  assert.match(plain.out, /^server\/im {2}Waxwing\npubsub\/pep\n(?: {2}\S+\n)+(?:→ \S+ {2}.+\n?)*$/)
  const { code, out } = await sandbox.run('disco', 'localhost', '--json', ...as('you'))
  const found: unknown = JSON.parse(out)
  assert.ok(typeof found === 'object' && found !== null)
  assert.deepEqual(Object.keys(found), ['identities', 'features', 'items'])
  assert.equal(code, 0)
})

test('account and password may come from the environment', async () => {
  const words = ['ping', 'localhost']
  const child = sandbox.beginWith(
    { WAXWING_JID: 'you@localhost', WAXWING_PASSWORD: passwordOf('you') },
    words,
  )
  assert.equal((await child.through()).code, 0)
})

const refusals: readonly (readonly [what: string, words: readonly string[], sentence: RegExp])[] = [
  [
    'a wrong password',
    ['ping', 'localhost', '--as', 'you@localhost', '--password', 'guess'],
    /localhost refused the login .*Check the user name and the password/,
  ],
  [
    'nobody to log in as',
    ['ping', 'localhost'],
    /Who are you\? Give --as you@your\.domain, or set WAXWING_JID/,
  ],
  [
    'no password and no terminal',
    ['ping', 'localhost', '--as', 'you@localhost'],
    /No password was given: use --password, or run this at a terminal/,
  ],
  [
    'a thing that does not exist',
    ['read', 'ghost@localhost', ...as('you')],
    /ghost@localhost is off, or does not/,
  ],
  ['a server that is no thing', ['read', 'localhost', ...as('you')], /localhost announces no sensor data/],
  [
    'somebody who is not there',
    ['ping', 'ghost@localhost/x', ...as('you')],
    /ghost@localhost\/x answered service-unavailable/,
  ],
  ['an address that is none', ['ping', 'a b@', ...as('you')], /a b@ is not an address: domainpart: is empty/],
  ['an account that is none', ['ping', 'localhost', '--as', '@', '--password', 'x'], /@ is not an address: /],
  [
    'patience that is none',
    ['ping', 'localhost', '--timeout', 'long', ...as('you')],
    /--timeout long: give seconds/,
  ],
  [
    'a port that is none',
    ['ping', 'localhost', '--port', '70000', ...as('you')],
    /--port 70000: ports go from 1/,
  ],
  [
    'a certificate that is not trusted',
    ['ping', 'localhost', '--trust', `sha256:${'00'.repeat(32)}`, ...as('you')],
    /another certificate than the one trusted/,
  ],
  ...['set', 'describe', 'history'].map(
    command =>
      [
        `${command} of somebody who is not seen`,
        [command, 'nobody@localhost', ...as('you')],
        /nobody@localhost is off, or does not let you see it; "waxwing read nobody@localhost --ask" asks it to\./,
      ] as const,
  ),
]

for (const [what, words, sentence] of refusals)
  test(`${what} is answered with one sentence and exit code 1`, async () => {
    assertFails(await sandbox.run(...words), sentence)
  })

test('set shows what can be set, and sets it', async () => {
  const shown = await sandbox.run('set', 'meter@localhost', ...as('you'))
  assert.match(shown.out, /^Level +10 +int 0 … 100 +Level$/m)
  const done = await sandbox.run('set', 'meter@localhost', 'Level=40', ...as('you'))
  assert.equal(done.out, 'Set: Level')
  assert.equal(level, 40)
  assertFails(
    await sandbox.run('set', 'meter@localhost', 'Level=400', ...as('you')),
    /refuses the command: Level: Expected a value from 0 to 100\./,
  )
  assertFails(await sandbox.run('set', 'meter@localhost', 'Level', ...as('you')), /name=value/)
  const later = await sandbox.run('set', 'meter@localhost', 'Level=50', '--later', '1h', ...as('you'))
  assert.deepEqual([later.out, level], ['Set: Level', 50])
  const never = await sandbox.run(
    'set',
    'you@localhost',
    'X=1',
    '--later',
    '1h',
    '--timeout',
    '1',
    ...as('you'),
  )
  assertFails(never, /is awake and says nothing to that\. If it is no thing that sleeps/)
  // Who set what is told to the thing's own account, and to its owner.
  const log = await sandbox.run('log', 'meter@localhost', '--last', '1', ...as('meter'))
  assert.match(log.out, /^\S+ \S+  you@localhost  Level: 40 → 50  \(by later\)$/)
})

test('watch shows the values of now and then what changes, until it is stopped', async () => {
  await using watching = sandbox.begin('watch', 'meter@localhost', '--field', 'Level', '--json', ...as('you'))
  await watching.line(/^\{"name":"Level","value":\d+,/)
  level = 77
  await watching.line(/^\{"name":"Level","value":77,/)
  assert.equal((await watching.end('SIGINT')).code, 0)
})
