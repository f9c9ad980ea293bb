import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { describeSettings } from './describe-settings.ts'
import { serverSettings } from './server-settings.ts'
import { setting } from './setting.ts'

const features = {
  roster: { maxItems: setting.count(1000, 'Contacts.'), push: { delay: setting.duration('1s', 'Delay.') } },
  'thing-registry': { enabled: setting.flag(false, 'Whether it is there.') },
}

const read = (text: string) => readConfig({ file: '/etc/waxwing.toml', text }, features)

const fails = (text: string, ...problems: string[]) =>
  assert.throws(
    () => read(text),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(error.message.split('\n'), problems)
      return true
    },
  )

test('without a word the server serves localhost', () => {
  const { server, featureSettings } = read('')
  assert.deepEqual(server.hosts, ['localhost'])
  assert.equal(server.data, '/etc/waxwing-data')
  assert.deepEqual(server.listen.client, { host: '::', port: 5222 })
  assert.equal(server.limits.stanzaBytes, 262_144)
  assert.equal(server.limits.negotiationTimeout, 30_000)
  assert.equal(server.tls.required, true)
  assert.deepEqual(featureSettings('localhost', 'roster'), {
    enabled: true,
    maxItems: 1000,
    push: { delay: 1000 },
  })
  assert.deepEqual(featureSettings('localhost', 'thing-registry'), { enabled: false })
})

test('a host’s settings go over the feature’s, which go over the defaults', () => {
  const { featureSettings } = read(`
    hosts = ["a.example", "B.example"]
    [features.roster]
    max_items = 7
    push.delay = "2s"
    [host."b.example".features.roster]
    enabled = false
    push.delay = "3s"
    [host."b.example".features.thing-registry]
    enabled = true
  `)
  assert.deepEqual(featureSettings('a.example', 'roster'), {
    enabled: true,
    maxItems: 7,
    push: { delay: 2000 },
  })
  assert.deepEqual(featureSettings('b.example', 'roster'), {
    enabled: false,
    maxItems: 7,
    push: { delay: 3000 },
  })
  assert.deepEqual(featureSettings('b.example', 'thing-registry'), { enabled: true })
})

test('components have their secrets', () => {
  const { components } = read('[components."upload.example.org"]\nsecret = "x"\n').server
  assert.equal(components.get('upload.example.org')?.secret?.reveal(), 'x')
})

test('mistakes anywhere in the file are told together', () => {
  fails(
    `hosts = ["romeo@a.example"]
[features.roster]
max_item = 3
[features.rooster]
[host."a.example".features.roster]
max_items = -1
`,
    '/etc/waxwing.toml:1: hosts.0: found "romeo@a.example", expected a domain name, as in "example.org"',
    '/etc/waxwing.toml:3: features.roster.max_item: there is no such setting; did you mean max_items?',
    '/etc/waxwing.toml:4: features.rooster: there is no such setting; did you mean roster?',
    '/etc/waxwing.toml:6: host."a.example".features.roster.max_items: found -1, expected a whole number at least 0',
  )
})

test('settings of a host that is not served, half a certificate, and components without secrets are told', () => {
  fails(
    '[tls]\nkey = "key.pem"\n[host."a.example"]\n[components."c.example"]\n',
    '/etc/waxwing.toml:2: tls.key: tls.certificate is missing: give both or neither',
    '/etc/waxwing.toml:3: host."a.example": this domain is not among hosts: localhost',
    '/etc/waxwing.toml:4: components."c.example": its secret is missing',
  )
})

test('a stanza limit below what the specification allows is refused (RFC 6120 §13.12)', () => {
  fails(
    'limits.stanza_bytes_before_login = 9999',
    '/etc/waxwing.toml:1: limits.stanza_bytes_before_login: found 9999, expected a size from 10000 B to 1 MiB, ' +
      'as in "256 KiB" or "10 MB"',
  )
})

test('every setting of the server is described', () => {
  const table = describeSettings(serverSettings)
  assert.match(table, /\| `limits\.login_attempts` \| `3` \| a whole number from 2 to 100 \| /)
  assert.match(table, /\| `components\."…"\.secret` \|/)
  for (const line of table.split('\n').slice(2)) assert.match(line, /^\| `[a-z_."…]+` \| .* \| .+\. \|$/)
})
