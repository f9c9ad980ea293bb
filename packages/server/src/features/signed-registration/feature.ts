/** Accounts made by devices whose maker has a key: registration with signed forms (XEP-0348). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import {
  type DataForm,
  type FormField,
  formTypeOf,
  signatureFields as names,
  SIGNED_FORM,
  signatureBase,
  signatureKey,
  stanzaError,
  valueOf,
} from '@waxwing/protocol'
import { randomId, type Transport } from '@waxwing/stream'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { column, keyed } from '../../store/store.ts'
import type { Ticket, Wish } from '../registration/admission.ts'
import { registration } from '../registration/feature.ts'

const method = 'HMAC-SHA1'

/** What a connection was given to sign with; of use there alone, so nothing can be said again elsewhere. */
interface Issued {
  readonly token: string
  readonly secret: string
}

export const signedRegistration = defineFeature({
  name: 'signed-registration',
  implements: [
    {
      spec: 'XEP-0348',
      version: '0.3',
      coverage: 'partial',
      note: 'HMAC-SHA1; neither RSA-SHA1 nor PLAINTEXT',
    },
  ],
  needs: { registration },
  config: {
    keys: setting.named(
      {
        secret: setting.secret('What forms are signed with.'),
        accounts: setting.count(1_000, 'Accounts that may be made with this key.', {
          min: 1,
          max: 100_000_000,
        }),
      },
      'Keys by their name, as [features.signed-registration.keys."acme"].',
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
    const unknownKey = randomId(random)

    function fields(transport: Transport): readonly FormField[] {
      const given = issued.get(transport) ?? { token: randomId(random), secret: randomId(random) }
      issued.set(transport, given)
      const hidden = (name: string, value?: string): FormField => ({
        var: name,
        type: 'hidden',
        values: value === undefined ? [] : [value],
      })
      return [
        hidden(names.version, '1.0'),
        hidden(names.method, method),
        hidden(names.token, given.token),
        hidden(names.tokenSecret, given.secret),
        hidden(names.nonce),
        hidden(names.timestamp),
        hidden(names.consumerKey),
        hidden(names.signature),
      ]
    }

    /** @throws StanzaError bad-request for a signature that is not valid: §3.1 */
    function mustBeSigned(form: DataForm, to: string, key: string, { token, secret }: Issued): void {
      const isFresh = Math.abs(Number(valueOf(form, names.timestamp)) * 1000 - clock.wall()) <= clockSkew
      const isOurs = valueOf(form, names.token) === token && valueOf(form, names.version) === '1.0'
      const consumerSecret = keys.get(key)?.secret?.reveal()
      const wanted = createHmac('sha1', signatureKey(consumerSecret ?? unknownKey, secret))
        .update(signatureBase(form, to))
        .digest()
      const found = Buffer.from(unescaped(valueOf(form, names.signature) ?? ''), 'base64')
      const isRight = found.length === wanted.length && timingSafeEqual(found, wanted)
      const hasNonce = (valueOf(form, names.nonce) ?? '') !== ''
      if (valueOf(form, names.method) !== method) throw stanzaError('bad-request', `Sign with ${method}`)
      if (!isRight || !isFresh || !isOurs || !hasNonce || consumerSecret === undefined)
        throw stanzaError('bad-request', 'The signature is not valid')
    }

    function admit({ form, to }: Wish, transport: Transport): Ticket | undefined {
      if (!form || formTypeOf(form) !== SIGNED_FORM || !valueOf(form, names.signature)) return undefined
      const given = issued.get(transport)
      if (!given) throw stanzaError('bad-request', 'Ask for the form first')
      const key = valueOf(form, names.consumerKey) ?? ''
      mustBeSigned(form, to, key, given)
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

/** §2.5 escapes the signature once more; not everybody does. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
