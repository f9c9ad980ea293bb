import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError } from './config-error.ts'
import { describeSettings } from './describe-settings.ts'
import { publicKeySetting } from './public-key.ts'
import { parseToml, readSettings } from './read-settings.ts'
import { defaultsOf, setting } from './setting.ts'

const declared = {
  cachedLists: setting.count(256, 'Lists kept in memory.', { min: 1, max: 1000 }),
  body: setting.bytes('64 KiB', 'Largest body.', { min: 1, max: 1_000_000 }),
  roof: setting.bytes(undefined, 'Largest file.'),
  wait: setting.duration('30s', 'Time to wait.', { min: 1000 }),
  greeting: setting.text('Hello', 'What is said first.'),
  nick: setting.text(undefined, 'A name.', {
    form: 'a text without spaces',
    accepts: text => !text.includes(' '),
  }),
  open: setting.flag(false, 'Whether it is open.'),
  size: setting.oneOf(['small', 'large'], 'small', 'Which size.'),
  admins: setting.list(setting.text('', 'A name.'), [], 'Who may do more.', { max: 3 }),
  password: setting.secret('The password.'),
  folder: setting.path('data', 'Where things lie.'),
  listen: {
    client: setting.address('[::]:5222', 'Where to listen.'),
    other: setting.address('off', 'Where else.'),
  },
  rooms: setting.named({ seats: setting.count(10, 'Seats.', { max: 100 }) }, 'Rooms by name.'),
}

const read = (text: string, file = '/etc/waxwing/waxwing.toml') => {
  const source = { file, text }
  return readSettings(declared, parseToml(source), source)
}

function problemsOf(text: string): string[] {
  try {
    read(text, '/w.toml')
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
  return []
}

test('an empty file gives the defaults, with units brought to bytes and milliseconds', () => {
  assert.deepEqual(read(''), {
    cachedLists: 256,
    body: 65_536,
    roof: undefined,
    wait: 30_000,
    greeting: 'Hello',
    nick: undefined,
    open: false,
    size: 'small',
    admins: [],
    password: undefined,
    folder: '/etc/waxwing/data',
    listen: { client: { host: '::', port: 5222 }, other: undefined },
    rooms: new Map(),
  })
  assert.deepEqual(defaultsOf(declared, '/etc/waxwing'), read(''))
})

test('what a file says is read; names are spelt in snake_case', () => {
  const values = read(`
    cached_lists = 7
    body = "1 kB"
    roof = 12
    nick = "x"
    open = true
    size = "large"
    admins = ["a", "b"]
    password = "s3cret"
    folder = "../other"
    listen.client = "off"
    [rooms."hall of fame"]
    seats = 3
    [rooms.attic]
  `)
  assert.equal(values.cachedLists, 7)
  assert.equal(values.body, 1000)
  assert.equal(values.roof, 12)
  assert.equal(values.size, 'large')
  assert.equal(values.password?.reveal(), 's3cret')
  assert.equal(values.folder, '/etc/other')
  assert.equal(values.listen.client, undefined)
  assert.deepEqual(
    [...values.rooms],
    [
      ['hall of fame', { seats: 3 }],
      ['attic', { seats: 10 }],
    ],
  )
})

test('each wrong value is told with file, line, key, what was found and what is expected', () => {
  const text = `cached_lists = 0
body = "2 MB"
wait = 30
nick = "a b"
open = "yes"
size = "medium"
admins = ["a", 5]
folder = ""

[listen]
client = 5222

[rooms.hall]
seats = 3.5
`
  assert.deepEqual(problemsOf(text), [
    '/w.toml:1: cached_lists: found 0, expected a whole number from 1 to 1000',
    '/w.toml:2: body: found "2 MB", expected a size from 1 B to 1000000 B, as in "256 KiB" or "10 MB"',
    '/w.toml:3: wait: found 30, expected a duration at least 1 s, as in "250 ms", "30s", "5m", "12h" or "7d"',
    '/w.toml:4: nick: found "a b", expected a text without spaces',
    '/w.toml:5: open: found "yes", expected true or false',
    '/w.toml:6: size: found "medium", expected one of "small", "large"',
    '/w.toml:7: admins.1: found 5, expected a text',
    '/w.toml:8: folder: found "", expected a path, seen from the folder of this file when relative',
    '/w.toml:11: listen.client: found 5222, expected an address and port, as in "[::]:5222", or "off"',
    '/w.toml:14: rooms.hall.seats: found 3.5, expected a whole number from 0 to 100',
  ])
})

test('unknown names are told, with the name that was probably meant', () => {
  const text = `cachedlists = 1
gretting = "Hi"
colour = "blue"
[listen]
cleint = "off"
[rooms.hall]
Seats = 3
[listne]
`
  assert.deepEqual(problemsOf(text), [
    '/w.toml:1: cachedlists: there is no such setting; did you mean cached_lists?',
    '/w.toml:2: gretting: there is no such setting; did you mean greeting?',
    '/w.toml:3: colour: there is no such setting; known here: cached_lists, body, roof, wait, greeting, nick, open, ' +
      'size, admins, password, folder, listen, rooms',
    '/w.toml:5: listen.cleint: there is no such setting; did you mean client?',
    '/w.toml:7: rooms.hall.Seats: there is no such setting; did you mean seats?',
    '/w.toml:8: listne: there is no such setting; did you mean listen?',
  ])
})

test('a table where a value belongs and a value where a table belongs are told', () => {
  assert.deepEqual(problemsOf('listen = 5\nrooms = { a = 1 }\n[greeting]\n'), [
    '/w.toml:1: listen: found 5, expected a table',
    '/w.toml:2: rooms.a: found 1, expected a table',
    '/w.toml:3: greeting: found {}, expected a text',
  ])
  assert.equal(problemsOf('admins = ["a", "b", "c", "d"]').length, 1)
})

test('names of JavaScript’s own objects are unknown names like others', () => {
  assert.equal(problemsOf('constructor = 1\n').length, 1)
  assert.equal(problemsOf('[__proto__]\nopen = true\n').length, 1)
})

test('what is no TOML is told with its line', () => {
  const [problem = ''] = problemsOf('open = true\nsize = \n')
  assert.match(problem, /^\/w\.toml:2: not valid TOML: /)
})

test('a secret is told nowhere but to who asks for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-secret-'))
  writeFileSync(join(folder, 'password'), 'from a file\nsecond line\n')
  const { password } = read('password = { file = "password" }', join(folder, 'w.toml'))
  rmSync(folder, { recursive: true })
  assert.equal(password?.reveal(), 'from a file')
  assert.equal(`${String(password)} ${JSON.stringify({ password })}`, '[secret] {"password":"[secret]"}')
  assert.doesNotMatch(inspect(password), /from/)
  assert.deepEqual(problemsOf('password = 123456'), [
    '/w.toml:1: password: expected a text, or { file = "path" } naming a file whose first line is the secret',
  ])
  assert.match(
    problemsOf('password = { file = "nowhere" }')[0] ?? '',
    /password\.file: \/nowhere cannot be read/,
  )
})

test('settings describe themselves', () => {
  const lines = describeSettings(declared, 'features.demo').split('\n')
  assert.equal(lines.length, 2 + 15)
  assert.equal(
    lines[2],
    '| `features.demo.cached_lists` | `256` | a whole number from 1 to 1000 | Lists kept in memory. |',
  )
  assert.ok(lines.some(line => line.startsWith('| `features.demo.rooms."…".seats` | `10` |')))
  assert.ok(lines.some(line => line.startsWith('| `features.demo.listen.client` | `"[::]:5222"` |')))
})

test('a public key is one of RSA, and of a length that holds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-key-'))
  const declaredKey = { key: publicKeySetting('The key.') }
  const pemOf = (bits: number): { publicKey: string; privateKey: string } =>
    generateKeyPairSync('rsa', {
      modulusLength: bits,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
  const { publicKey, privateKey } = pemOf(2048)
  const elliptic = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  writeFileSync(join(folder, 'key.pem'), publicKey)
  const keyIn = (text: string) => {
    const source = { file: join(folder, 'w.toml'), text }
    return readSettings(declaredKey, parseToml(source), source).key
  }
  for (const text of ['key = { file = "key.pem" }', `key = """\n${publicKey}"""`])
    assert.equal(keyIn(text)?.export({ type: 'spki', format: 'pem' }), publicKey)
  assert.equal(keyIn(''), undefined)
  for (const [text, problem] of [
    ['key = { file = "none.pem" }', /none\.pem cannot be read/],
    ['key = "nonsense"', /expected an RSA public key or certificate in PEM/],
    ['key = 7', /expected an RSA public key or certificate in PEM/],
    [`key = """${privateKey}"""`, /only needs the public one/],
    [`key = """${pemOf(1024).publicKey}"""`, /2048 to 8192 bits/],
    [`key = """${elliptic.publicKey}"""`, /2048 to 8192 bits/],
  ] as const)
    assert.throws(() => keyIn(text), problem)
  rmSync(folder, { recursive: true })
})
