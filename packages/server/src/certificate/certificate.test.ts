import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Clock } from '@waxwing/stream'
import { CertificateError } from './certificate-error.ts'
import { concernsAbout, loadCertificate } from './load-certificate.ts'
import { ensureSelfSigned } from './self-signed.ts'
import { readCertificate, type ServedCertificate } from './served.ts'

const now = Date.UTC(2030, 0, 1)
const day = 86_400_000
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-certificate-'))
  folders.push(folder)
  return folder
}

const isError = (condition: string, says: RegExp) => (error: unknown) =>
  error instanceof CertificateError && error.condition === condition && says.test(error.message)

test('a generated certificate names every domain in DNS and as XMPP address (RFC 6120 §13.7.1.4)', async () => {
  const folder = join(newFolder(), 'data')
  const domains = ['example.org', 'bücher.example', '127.0.0.1', '[::ffff:1:2]']
  const made = await ensureSelfSigned(folder, domains, now)
  const certificate = new X509Certificate(readFileSync(made.certificate))
  assert.deepEqual(certificate.subjectAltName?.split(', '), [
    'DNS:example.org',
    'othername:XmppAddr:example.org',
    'DNS:xn--bcher-kva.example',
    'othername:XmppAddr:bücher.example',
    'IP Address:127.0.0.1',
    'othername:XmppAddr:127.0.0.1',
    'IP Address:0:0:0:0:0:FFFF:1:2',
    'othername:XmppAddr:[::ffff:1:2]',
  ])
  assert.equal((await ensureSelfSigned(folder, domains, now)).isNew, false)
  assert.ok(made.isNew)
  assert.equal(certificate.fingerprint256, made.fingerprint)
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.ok(certificate.verify(certificate.publicKey))
  assert.equal(certificate.ca, false)
  const years = (Date.parse(certificate.validTo) - now) / day / 365
  assert.equal(Math.round(years), 10)
  for (const path of [made.certificate, made.key]) assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a generated certificate stays until the domains change or its end is near', async () => {
  const folder = newFolder()
  const first = await ensureSelfSigned(folder, ['example.org'], now)
  const again = await ensureSelfSigned(folder, ['example.org'], now + 3600 * day)
  assert.deepEqual(again, { ...first, isNew: false })
  const more = await ensureSelfSigned(folder, ['example.org', 'example.net'], now)
  assert.ok(more.isNew)
  const fewer = await ensureSelfSigned(folder, ['example.org'], now)
  assert.ok(fewer.isNew)
  const late = await ensureSelfSigned(folder, ['example.org'], now + 3621 * day)
  assert.ok(late.isNew)
  assert.equal(new Set([first, more, fewer, late].map(({ fingerprint }) => fingerprint)).size, 4)
  writeFileSync(late.key, 'lost')
  assert.ok((await ensureSelfSigned(folder, ['example.org'], now)).isNew)
})

test('a folder that cannot be written is told', async () => {
  const file = join(newFolder(), 'file')
  writeFileSync(file, '')
  await assert.rejects(
    ensureSelfSigned(join(file, 'data'), ['example.org'], now),
    isError('unwritable', /cannot be written/),
  )
})

test('what cannot be used is told with its file', async () => {
  const one = await ensureSelfSigned(newFolder(), ['example.org'], now)
  const other = await ensureSelfSigned(newFolder(), ['example.org'], now)
  const folder = newFolder()
  const nowhere = join(folder, 'nowhere.pem')
  const text = join(folder, 'text.pem')
  const locked = join(folder, 'locked.pem')
  writeFileSync(text, 'no certificate')
  writeFileSync(locked, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n')
  const rows = [
    [nowhere, one.key, 'missing', /certificate .*nowhere\.pem cannot be read: it is not there/],
    [one.certificate, nowhere, 'missing', /key .*nowhere\.pem cannot be read/],
    [text, one.key, 'unreadable', /text\.pem does not begin with a certificate in PEM/],
    [one.certificate, text, 'unreadable', /text\.pem does not hold a private key in PEM/],
    [one.certificate, locked, 'unreadable', /locked\.pem is protected by a passphrase/],
    [one.certificate, other.key, 'mismatch', /does not belong to the certificate/],
  ] as const
  for (const [certificate, key, condition, says] of rows) {
    await assert.rejects(loadCertificate({ certificate, key }), isError(condition, says))
  }
})

test('what clients will not believe is told', async () => {
  const paths = await ensureSelfSigned(newFolder(), ['example.org'], now)
  const loaded = await loadCertificate(paths)
  const conditions = async (domains: string[], at: number) =>
    (await concernsAbout(loaded, domains, at)).map(({ condition }) => condition)
  assert.deepEqual(await conditions(['example.org'], now), [])
  assert.deepEqual(await conditions(['example.org'], now + 3651 * day), ['expired'])
  assert.deepEqual(await conditions(['example.org'], now - day), ['expired'])
  assert.deepEqual(await conditions(['example.org', 'sub.example.org'], now), ['not-covered'])
  chmodSync(paths.key, 0o644)
  const [exposed] = await concernsAbout(loaded, ['example.org'], now)
  assert.match(exposed?.message ?? '', /can be read by every user/)
})

/** A clock whose time passes when told so. */
class ManualClock implements Clock {
  #now = now
  #waiting: { at: number; run: () => void }[] = []

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const entry = { at: this.#now + ms, run }
    this.#waiting.push(entry)
    return { cancel: () => (this.#waiting = this.#waiting.filter(one => one !== entry)) }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  pass(ms: number): void {
    this.#now += ms
    const due = this.#waiting.filter(({ at }) => at <= this.#now)
    this.#waiting = this.#waiting.filter(entry => !due.includes(entry))
    for (const { run } of due) run()
  }

  /** Waits until somebody waits for this clock. */
  async isWaitedFor(): Promise<void> {
    while (this.#waiting.length === 0) await new Promise(setImmediate)
  }
}

function logInto(lines: string[]) {
  const write = (level: string) => (_facts: object, text: string) => lines.push(`${level}: ${text}`)
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

test('changed files are read again, and what cannot be used is logged once and not taken', async () => {
  const folder = newFolder()
  const old = await ensureSelfSigned(folder, ['example.org'], now)
  const fresh = await ensureSelfSigned(newFolder(), ['example.org'], now)
  const clock = new ManualClock()
  const lines: string[] = []
  const settings = {
    hosts: ['example.org'],
    data: folder,
    tls: { certificate: old.certificate, key: old.key },
  }
  const served = await readCertificate(settings, logInto(lines), clock)
  assert.deepEqual([served.fingerprint, served.isSelfSigned], [old.fingerprint, false])

  const renewals: ServedCertificate[] = []
  const stop = served.watch(renewed => renewals.push(renewed))
  const minute = async () => {
    clock.pass(60_000)
    await clock.isWaitedFor()
  }
  await minute()
  cpSync(fresh.certificate, old.certificate)
  await minute()
  await minute()
  assert.deepEqual([renewals.length, lines], [0, ['error: The certificate was not read again']])
  cpSync(fresh.key, old.key)
  await minute()
  await minute()
  assert.deepEqual(
    renewals.map(({ fingerprint }) => fingerprint),
    [fresh.fingerprint],
  )
  stop()
  assert.equal(clock.waiting, 0)
})

test('without files of the operator’s the server makes its own, and renews it in time', async () => {
  const folder = newFolder()
  const clock = new ManualClock()
  const lines: string[] = []
  const settings = { hosts: ['example.org'], data: folder, tls: { certificate: undefined, key: undefined } }
  const served = await readCertificate(settings, logInto(lines), clock)
  assert.ok(served.isSelfSigned)
  const renewals: ServedCertificate[] = []
  const stop = served.watch(renewed => renewals.push(renewed))
  clock.pass(3621 * day)
  await clock.isWaitedFor()
  assert.equal(renewals.length, 1)
  assert.ok((renewals[0]?.expires.getTime() ?? 0) > served.expires.getTime())
  assert.deepEqual(lines, [])
  stop()
})
