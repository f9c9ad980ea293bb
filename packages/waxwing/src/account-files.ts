/** Accounts in files, one for each, as XEP-0227 §5.1 lays them out. */
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BareJid, bareOf, domainOf, localOf } from '@waxwing/jid'
import { PIE_NS } from '@waxwing/protocol'
import { AccountError, exportAccount, type Host, importAccount, type Server } from '@waxwing/server'
import { type Element, elementsOf, escapeAttr, parseElement } from '@waxwing/xml'
import type { Said } from './control.ts'
import { CommandError } from './explain.ts'
import { addressOf } from './login.ts'

const includeNs = 'http://www.w3.org/2001/XInclude'
const heading = "<?xml version='1.0' encoding='UTF-8'?>\n"
/** Where the main file of an export lies. */
export const mainFile = 'server-data.xml'

/**
 * Writes accounts into a folder: keys to log in with among them, so nobody else can read the files.
 *
 * @param wanted addresses of accounts or domains; none means all
 */
export async function* exportTo(
  server: Server,
  folder: string,
  wanted: readonly string[],
): AsyncGenerator<Said, void> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new CommandError(`${folder} is not empty.`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const chosen = wanted.map(text => bareOf(addressOf(text)))
  const hosts: string[] = []
  let count = 0
  for (const host of server.router.hosts()) {
    const files: string[] = []
    for await (const account of accountsOf(host, chosen)) {
      const file = join(host.domain, fileName(localOf(account) ?? ''))
      mkdirSync(join(folder, host.domain), { recursive: true, mode: 0o700 })
      await writeUser(host, account, join(folder, file))
      files.push(file)
      yield { progress: `${++count} accounts` }
    }
    if (files.length === 0) continue
    const hostFile = `${host.domain}.xml`
    write(join(folder, hostFile), `host jid='${escapeAttr(host.domain)}'`, 'host', files)
    hosts.push(hostFile)
  }
  if (count < chosen.filter(jid => localOf(jid) !== undefined).length || count === 0)
    throw new CommandError('There is no such account.')
  write(join(folder, mainFile), 'server-data', 'server-data', hosts)
  yield {
    line: `${count} ${count === 1 ? 'account' : 'accounts'} written; ${join(folder, mainFile)} leads to them`,
  }
}

async function* accountsOf(host: Host, chosen: readonly BareJid[]): AsyncGenerator<BareJid, void> {
  if (chosen.length === 0 || chosen.includes(host.jid)) yield* host.accounts.list()
  else
    for (const jid of chosen)
      if (domainOf(jid) === host.domain && (await host.accounts.exists(jid))) yield jid
}

/** A name that fits into a file system. */
function fileName(username: string): string {
  const short =
    Buffer.byteLength(username) <= 200 ? username : createHash('sha256').update(username).digest('hex')
  return `${short}.xml`
}

async function writeUser(host: Host, account: BareJid, path: string): Promise<void> {
  async function* pieces(): AsyncGenerator<string> {
    yield heading
    yield* exportAccount(host, account)
  }
  await pipeline(Readable.from(pieces()), createWriteStream(path, { mode: 0o600 }))
}

function write(path: string, open: string, name: string, files: readonly string[]): void {
  const href = (file: string): string => escapeAttr(file.split(/[\\/]/).map(encodeURIComponent).join('/'))
  const included = files.map(file => `  <xi:include href='${href(file)}'/>\n`).join('')
  const text = `${heading}<${open} xmlns='${PIE_NS}' xmlns:xi='${includeNs}'>\n${included}</${name}>\n`
  writeFileSync(path, text, { mode: 0o600 })
}

/** Reads accounts from a file and all it includes. Accounts that are there already stay as they are. XEP-0227 §4, §5. */
export async function* importFrom(server: Server, file: string): AsyncGenerator<Said, void> {
  const base = dirname(file)
  let made = 0
  let skipped = 0
  for (const { host: domain, user } of usersIn(load(file), file, base)) {
    const host = server.router.host(domain)
    if (!host) throw new CommandError(`This server does not serve ${domain}.`)
    try {
      const { account, passedOver } = await importAccount(host, user)
      made++
      for (const what of passedOver) yield { line: `${account}: passed over ${what}` }
    } catch (error) {
      if (!(error instanceof AccountError)) throw error
      skipped++
      yield { line: `${user.attrs.get('name') ?? ''}@${domain}: not imported: ${error.message}` }
    }
    yield { progress: `${made + skipped} accounts` }
  }
  yield { line: `${made} imported, ${skipped} left out` }
}

interface FoundUser {
  readonly host: string
  readonly user: Element
}

/** One user after the other; what is included is read when it is come to. */
function* usersIn(root: Element, file: string, base: string): Generator<FoundUser> {
  if (root.ns !== PIE_NS || root.name !== 'server-data')
    throw new CommandError(`${file} is no export of accounts (XEP-0227).`)
  for (const { element: host, file: hostFile } of included(root, 'host', file, base))
    for (const { element: user, file: userFile } of included(host, 'user', hostFile, base)) {
      const children = [...included(user, undefined, userFile, base)].map(({ element }) => element)
      const domain = domainOf(addressOf(host.attrs.get('jid') ?? ''))
      yield { host: domain, user: { ...user, children } }
    }
}

interface Loaded {
  readonly element: Element
  readonly file: string
}

/** Children of one name, those in other files among them. */
function* included(parent: Element, name: string | undefined, file: string, base: string): Generator<Loaded> {
  for (const child of elementsOf(parent)) {
    const isInclude = child.ns === includeNs && child.name === 'include'
    const path = isInclude ? pathOf(child, file, base) : file
    const element = isInclude ? load(path) : child
    if (name === undefined || (element.ns === PIE_NS && element.name === name)) yield { element, file: path }
  }
}

/** §5: relative addresses only, and here none that lead out of the export's folder. */
function pathOf(include: Element, file: string, base: string): string {
  const href = decodeURIComponent(include.attrs.get('href') ?? '')
  const path = resolve(dirname(file), href)
  const inside = relative(base, path)
  if (href === '' || include.attrs.has('parse') || include.attrs.has('xpointer') || isAbsolute(href))
    throw new CommandError(`${file} includes something that cannot be included.`)
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new CommandError(`${file} includes a file outside of ${base}.`)
  return path
}

function load(path: string): Element {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
  try {
    return parseElement(
      text
        .replace(/^\uFEFF/, '')
        .replace(/^<\?xml[^>]*\?>\s*/, '')
        .trim(),
      { limits: 'none' },
    )
  } catch (error) {
    throw new CommandError(
      `${path} is not XML as XMPP has it: ${error instanceof Error ? error.message : ''}`,
    )
  }
}
