/** A device's first minutes: it makes its own account, and is in. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AuthError,
  type Client,
  connect,
  type Invitation,
  isRetryable,
  makeAccount,
  PolicyError,
  parseInvitation,
  type SigningKey,
} from '@waxwing/client-node'
import { StanzaError } from '@waxwing/protocol'
import type { Meta } from '@waxwing/things'
import { type Device, type DeviceFolder, newSecrets } from './device-folder.ts'
import { CommandError } from './explain.ts'
import { addressOf, patience, type Way, type WayOptions, type Waypoints, wayTo } from './login.ts'

export interface BootOptions extends WayOptions {
  readonly domain?: string
  readonly invitation?: string
  readonly signed?: string
  readonly secretFile?: string
  readonly name?: string
  readonly meta?: readonly string[]
}

/** Says what keeps the device waiting. */
export type Report = (line: string) => void

/** The session of the device; the account is made if need be. @throws CommandError for what only a person can mend */
export async function boot(folder: DeviceFolder, options: BootOptions, report: Report): Promise<Client> {
  const known = folder.read()
  const device = known?.isMade ? changed(known, options) : born(options, known)
  folder.write(device)
  if (device.isMade) return comeBack(folder, device, options, report)
  const client = known && (await logInIfThere(folder, device, options))
  if (!client) await register(device, options)
  folder.write({ ...device, isMade: true })
  return client || logIn(folder, device, options)
}

/** What the invitation or the options say, then what was to become of it at an earlier start. */
function born(options: BootOptions, earlier: Device | undefined): Device {
  const invited = invitationOf(options)
  const domain = options.domain ?? invited?.domain ?? earlier?.domain
  if (domain === undefined)
    throw new CommandError('Which server? Give --domain example.org, or an --invitation.')
  addressOf(domain)
  const { username, password } = earlier ?? newSecrets()
  const named = { domain, username: options.name ?? invited?.username ?? username, password }
  return told({ ...earlier, ...named, isMade: false, meta: earlier?.meta ?? {} }, options)
}

/** With what the options say of it, and of the way to its server. */
function told(device: Device, options: BootOptions): Device {
  const { host = device.host, port = device.port, trust = device.trust } = waypointsOf(options)
  return { ...device, host, port, trust, meta: options.meta ? metaIn(options.meta) : device.meta }
}

/** The file of a certificate is found from everywhere. */
function waypointsOf({ host, port, trust }: Waypoints): Waypoints {
  return { host, port, trust: trust === undefined || trust.startsWith('sha256:') ? trust : resolve(trust) }
}

/** A device that is known keeps its account; what is said of it, and the way, may change. */
function changed(device: Device, options: BootOptions): Device {
  const { domain, name } = options
  if ((domain ?? device.domain) !== device.domain || (name ?? device.username) !== device.username)
    throw new CommandError(
      `This thing is ${device.username}@${device.domain}; "waxwing thing reset" makes it anew.`,
    )
  return told(device, options)
}

function invitationOf({ invitation }: BootOptions): Invitation | undefined {
  if (invitation === undefined) return undefined
  try {
    return parseInvitation(invitation)
  } catch (error) {
    throw new CommandError(`The invitation cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Makes the account. */
async function register(device: Device, options: BootOptions): Promise<void> {
  const { domain, username, password } = device
  const invited = invitationOf(options)
  const signedBy = signingKeyOf(options)
  try {
    const way = wayTo(domain, device)
    const timeoutMs = patience(options)
    await makeAccount({ ...way, domain, username, password, token: invited?.token, signedBy, timeoutMs })
  } catch (error) {
    if (error instanceof StanzaError) throw new CommandError(refusalOf(error, device))
    if (error instanceof PolicyError && error.code === 'no-registration')
      throw new CommandError(`${error.message}. Give an --invitation, or sign with --signed.`)
    throw error
  }
}

function refusalOf({ condition, text }: StanzaError, { domain, username }: Device): string {
  if (condition === 'conflict') return `${username}@${domain} is somebody else's; give another --name.`
  if (condition === 'item-not-found') return 'The invitation is not valid, or not any more.'
  return `${domain} refused to make the account: ${text ?? condition}.`
}

function signingKeyOf({ signed: name, secretFile }: BootOptions): SigningKey | undefined {
  if (name === undefined) return undefined
  const secret = secretFile === undefined ? process.env.WAXWING_SIGNING_SECRET : readSecret(secretFile)
  if (!secret)
    throw new CommandError('Where is the secret? Give --secret-file, or set WAXWING_SIGNING_SECRET.')
  return { name, secret }
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}

/** `MAN=example.org`, numbers as in `#V=1.5`. `V` is one by nature: XEP-0347 §5.2. */
function metaIn(words: readonly string[]): Meta {
  return Object.fromEntries(
    words.map(word => {
      const [, hash = '', name = '', value = ''] = /^(#?)([^:#\s;=<>~\\%]{1,64})=(.+)$/su.exec(word) ?? []
      if (name === '') throw new CommandError(`Write tags as NAME=value; "${word}" is none.`)
      const number = Number(value)
      const isNumber = hash !== '' || (name === 'V' && !Number.isNaN(number))
      if (isNumber && !Number.isFinite(number)) throw new CommandError(`"${value}" is no number.`)
      return [name, isNumber ? number : value]
    }),
  )
}

async function logIn(folder: DeviceFolder, device: Device, options: BootOptions): Promise<Client> {
  const { domain, username, password } = device
  const way: Way = wayTo(domain, device)
  const timeoutMs = patience(options)
  const { logins } = folder
  return connect({ jid: `${username}@${domain}`, password, ...way, logins, device: hostname(), timeoutMs })
}

/** A power cut may have come between the making of the account and its note. */
async function logInIfThere(
  folder: DeviceFolder,
  device: Device,
  options: BootOptions,
): Promise<Client | undefined> {
  try {
    return await logIn(folder, device, options)
  } catch (error) {
    if (error instanceof AuthError) return undefined
    throw error
  }
}

const mostSeconds = 60

/** After a reboot the network may need its time, and so may the server. */
async function comeBack(
  folder: DeviceFolder,
  device: Device,
  options: BootOptions,
  report: Report,
): Promise<Client> {
  for (let seconds = 1; ; seconds = Math.min(seconds * 2, mostSeconds)) {
    try {
      return await logIn(folder, device, options)
    } catch (error) {
      if (!isRetryable(error)) throw error
      report(`${error instanceof Error ? error.message : String(error)}; trying again in ${seconds} s`)
      await sleep(seconds * 1000 * (0.5 + Math.random()))
    }
  }
}
