/** Accounts made by devices whose maker has a key: registration with signed forms (XEP-0348). */
import {
  type DataForm,
  type FormField,
  formTypeOf,
  signatureFields as names,
  SIGNED_FORM,
  type SignatureMethod,
  signatureMethods,
  stanzaError,
  valueOf,
} from '@waxwing/protocol'
import { randomId, type Transport } from '@waxwing/stream'
import { publicKeySetting } from '../../config/public-key.ts'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { column, keyed } from '../../store/store.ts'
import type { Ticket, Wish } from '../registration/admission.ts'
import { registration } from '../registration/feature.ts'
import { isSigned, type Maker } from './signature.ts'

/** Signed forms of one connection: whoever needs more is trying keys. */
const maxTries = 32
const maxNonce = 256

/** What a connection was given to sign with; of use there alone, so nothing can be said again elsewhere. */
interface Issued {
  readonly token: string
  readonly secret: string
  /** Moments and nonces of forms whose signature was right. RFC 5849 §3.3 */
  readonly used: Set<string>
  tries: number
}

export const signedRegistration = defineFeature({
  name: 'signed-registration',
  implements: [
    {
      spec: 'XEP-0348',
      version: '0.3',
      coverage: 'complete',
      note: 'for registration; PLAINTEXT where a setting allows it, and only over TLS',
    },
  ],
  needs: { registration },
  config: {
    keys: setting.named(
      {
        secret: setting.secret('What forms are signed with by HMAC-SHA1.'),
        publicKey: publicKeySetting('What signatures by RSA-SHA1 are checked with.'),
        accounts: setting.count(1_000, 'Accounts that may be made with this key.', {
          min: 1,
          max: 100_000_000,
        }),
      },
      'Keys by their name, as [features.signed-registration.keys."acme"].',
    ),
    plaintext: setting.flag(
      false,
      'Whether PLAINTEXT is taken, which shows the secret to whoever reads the connection; over TLS alone. For trying things out.',
    ),
    clockSkew: setting.duration('10m', 'How wrong the clock of a device may be.', {
      min: 1_000,
      max: 31_536_000_000,
    }),
  },
  store: { used: keyed('consumer_key', { accounts: column.integer() }) },
  setup({ config, store, needs, clock, random }) {
    const { keys, clockSkew } = config
    const issued = new WeakMap<Transport, Issued>()
    const offered = [...keys.values()].some(({ secret }) => secret) ? 'HMAC-SHA1' : 'RSA-SHA1'

    function fields(transport: Transport): readonly FormField[] {
      const given = issued.get(transport) ?? {
        token: randomId(random),
        secret: randomId(random),
        used: new Set(),
        tries: 0,
      }
      issued.set(transport, given)
      const hidden = (name: string, value?: string): FormField => ({
        var: name,
        type: 'hidden',
        values: value === undefined ? [] : [value],
      })
      return [
        hidden(names.version, '1.0'),
        hidden(names.method, offered),
        hidden(names.token, given.token),
        hidden(names.tokenSecret, given.secret),
        hidden(names.nonce),
        hidden(names.timestamp),
        hidden(names.consumerKey),
        hidden(names.signature),
      ]
    }

    /** @throws StanzaError bad-request for a method that is not taken on this connection */
    function methodOf(form: DataForm, transport: Transport): SignatureMethod {
      const method = signatureMethods.find(one => one === valueOf(form, names.method))
      const isTaken = method !== 'PLAINTEXT' || (config.plaintext && transport.tls !== undefined)
      if (method === undefined || !isTaken) throw stanzaError('bad-request', `Sign with ${offered}`)
      return method
    }

    function makerOf(key: string): Maker {
      const known = keys.get(key)
      return { secret: known?.secret?.reveal(), publicKey: known?.publicKey }
    }

    /** @throws StanzaError bad-request for a signature that is not valid: §3.1 */
    function mustBeSigned(form: DataForm, to: string, transport: Transport, given: Issued): void {
      const method = methodOf(form, transport)
      const nonce = valueOf(form, names.nonce) ?? ''
      const seconds = Number(valueOf(form, names.timestamp))
      const isFresh = Math.abs(seconds * 1000 - clock.wall()) <= clockSkew
      const isOurs = valueOf(form, names.token) === given.token && valueOf(form, names.version) === '1.0'
      const maker = makerOf(valueOf(form, names.consumerKey) ?? '')
      const isRight = isSigned(method, { form, to, tokenSecret: given.secret }, maker)
      const moment = `${seconds} ${nonce}`
      const isNew = nonce !== '' && nonce.length <= maxNonce && !given.used.has(moment)
      if (!isRight || !isFresh || !isOurs || !isNew)
        throw stanzaError('bad-request', 'The signature is not valid')
      given.used.add(moment)
    }

    function admit({ form, to }: Wish, transport: Transport): Ticket | undefined {
      if (!form || formTypeOf(form) !== SIGNED_FORM || !valueOf(form, names.signature)) return undefined
      const given = issued.get(transport)
      if (!given) throw stanzaError('bad-request', 'Ask for the form first')
      if (++given.tries > maxTries) throw stanzaError('resource-constraint', 'Too many forms; connect again')
      mustBeSigned(form, to, transport, given)
      const key = valueOf(form, names.consumerKey) ?? ''
      const max = keys.get(key)?.accounts ?? 0
      return {
        async take() {
          let isLeft = false
          await store.used.update(key, present => {
            const accounts = present?.accounts ?? 0
            isLeft = accounts < max
            return { accounts: isLeft ? accounts + 1 : accounts }
          })
          if (!isLeft) throw stanzaError('resource-constraint', 'No more accounts can be made with this key')
        },
        async giveBack() {
          await store.used.update(key, present => present && { accounts: present.accounts - 1 })
        },
      }
    }

    if (keys.size === 0) return {}
    needs.registration.admit({
      isOpen: () => true,
      welcomes: () => true,
      formType: SIGNED_FORM,
      fields,
      admit,
    })
    return { disco: { hostFeatures: [SIGNED_FORM] } }
  },
})
