/** Makes an account before there is one to log in with: by invitation, by a signed form, or where anybody may. */
import { type BareJid, bareJid, domainOf, localOf, parseXmppUri } from '@waxwing/jid'
import {
  type DataForm,
  FORM_TYPE,
  type FormField,
  formTypeOf,
  PreAuth,
  Registration,
  SIGNED_FORM,
  signatureBase,
  signatureFields,
  signatureKey,
  valueOf,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { encodeBase64 } from '@waxwing/xml'
import type { Connector } from './connector.ts'
import { PolicyError, ProtocolError } from './errors.ts'
import { Guest } from './guest.ts'
import { type Platform, webPlatform } from './platform.ts'

/**
 * The key of a maker of devices, by the name it has on the server: its secret, for HMAC-SHA1; or who signs by RSA-SHA1
 * (RSASSA-PKCS1-v1_5 with SHA-1), which may be far away. XEP-0348 §2.5
 */
export type SigningKey =
  | { readonly name: string; readonly secret: string }
  | { readonly name: string; readonly sign: (text: Uint8Array) => Uint8Array | Promise<Uint8Array> }

export interface AccountOptions {
  readonly domain: string
  readonly username: string
  readonly password: string
  /** The token of an invitation. XEP-0445 */
  readonly token?: string | undefined
  /** Signs the form. XEP-0348 */
  readonly signedBy?: SigningKey | undefined
  readonly connector: Connector
  readonly platform?: Platform | undefined
  /** `if-offered` goes on in clear text where the server has no STARTTLS. Default `required`. */
  readonly tls?: 'required' | 'if-offered' | undefined
  /** Patience with everything together, 30,000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes an account.
 *
 * @throws StanzaError (`conflict`: the name is taken; `item-not-found`: the token is not valid), PolicyError when the
 *   server lets nobody in this way, or what stood in the way of the connection
 */
export async function makeAccount(options: AccountOptions): Promise<BareJid> {
  const { domain, username, token, platform = webPlatform(), tls = 'required', timeoutMs = 30_000 } = options
  const account = bareJid(username, domain)
  const guest = new Guest({ ...options, platform, tls, timeoutMs })
  try {
    const features = await guest.open()
    if (token !== undefined) await guest.ask('set', PreAuth, { token })
    else if (!features.register) throw new PolicyError('no-registration', `${domain} lets nobody register`)
    const asked = await guest.ask('get', Registration, {}, Registration)
    await guest.ask('set', Registration, await answerTo(asked, options, platform))
  } catch (error) {
    guest.abort()
    throw error
  }
  await guest.close()
  return account
}

/** What an invitation says: where the account shall be, and perhaps its name. XEP-0401 §3, XEP-0445 §3.2 */
export interface Invitation {
  readonly domain: string
  /** Absent: free to choose. */
  readonly username: string | undefined
  readonly token: string
}

/** Reads `xmpp:example.org?register;preauth=…`. @throws XmppUriError, JidError, ProtocolError for another link */
export function parseInvitation(uri: string): Invitation {
  const { jid, action, params } = parseXmppUri(uri)
  const token = params.get('preauth')
  const mayRegister = action === 'register' || (action === 'roster' && params.get('ibr') === 'y')
  if (jid === undefined || token === undefined || !mayRegister)
    throw new ProtocolError('This is no invitation to make an account')
  // The address of a roster invitation is that of the inviter.
  const username = action === 'register' ? localOf(jid) : undefined
  return { domain: domainOf(jid), username, token }
}

/** The plain fields, or the form where there is nothing else or it is to be signed. XEP-0077 §3.1, §4 */
async function answerTo(
  asked: Registration,
  options: AccountOptions,
  platform: Platform,
): Promise<Registration> {
  const { domain, username, password, signedBy } = options
  const { form, outOfBand } = asked
  if (signedBy) return { form: await signed(form, options, signedBy, platform) }
  if (asked.username !== undefined) return { username, password }
  if (form) return { form: filled(form, { username, password }) }
  const where = outOfBand ? `: visit ${outOfBand.url}` : ''
  throw new PolicyError('no-registration', `${domain} takes no registrations in this way${where}`)
}

async function signed(
  form: DataForm | undefined,
  { domain, username, password }: AccountOptions,
  maker: SigningKey,
  { clock, random, crypto }: Platform,
): Promise<DataForm> {
  if (!form || formTypeOf(form) !== SIGNED_FORM)
    throw new PolicyError('no-signed-forms', `${domain} takes no signed forms (XEP-0348)`)
  const unsigned = filled(form, {
    username,
    password,
    [signatureFields.method]: 'secret' in maker ? 'HMAC-SHA1' : 'RSA-SHA1',
    [signatureFields.nonce]: randomId(random),
    [signatureFields.timestamp]: String(Math.floor(clock.wall() / 1000)),
    [signatureFields.consumerKey]: maker.name,
  })
  const utf8 = new TextEncoder()
  const text = utf8.encode(signatureBase(unsigned, domain))
  const tokenSecret = valueOf(form, signatureFields.tokenSecret) ?? ''
  const signature =
    'secret' in maker
      ? await crypto.hmac('SHA-1', utf8.encode(signatureKey(maker.secret, tokenSecret)), text)
      : await maker.sign(text)
  return filled(unsigned, { [signatureFields.signature]: encodeBase64(signature) })
}

/** The form with these values; what nobody knows and nobody insists on is left out. */
function filled({ fields = [] }: DataForm, values: Readonly<Record<string, string>>): DataForm {
  const known = fields.flatMap(({ var: name, type, values: given, required }): readonly FormField[] => {
    if (name === undefined) return []
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined) return [{ var: name, type: undefined, values: [value] }]
    if (required && given.length === 0)
      throw new PolicyError('no-registration', `The server asks for "${name}", which is not known here`)
    return name === FORM_TYPE || type === 'hidden' || given.length > 0
      ? [{ var: name, type, values: given }]
      : []
  })
  return { type: 'submit', fields: known }
}
