/** In-band registration (XEP-0077): making an account, changing its password, giving it up. */
import { bareJid, localOf, tryJid } from '@waxwing/jid'
import { CLIENT_NS, errorIn, Registration, StanzaError, stanzaError } from '@waxwing/protocol'
import type { Transport } from '@waxwing/stream'
import { childOf, elementsOf, escapeAttr, type Slice, WireError, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { AccountError } from '../../kernel/accounts.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import type { Stanza } from '../../router/stanza.ts'
import { AddressRates } from './address-rates.ts'

const offer = "<register xmlns='http://jabber.org/features/iq-register'/>"

export const registration = defineFeature({
  name: 'registration',
  implements: [{ spec: 'XEP-0077', version: '2.4', coverage: 'complete' }],
  disco: { host: [Registration.ns] },
  config: {
    open: setting.flag(
      false,
      'Whether anybody may make an account. Off by default: open servers attract spam.',
    ),
    perHour: setting.count(10, 'Accounts that one address may make per hour.', { min: 1, max: 100_000_000 }),
    maxAddresses: setting.count(10_000, 'Addresses remembered for that limit.', { min: 100, max: 1_000_000 }),
  },
  setup({ config, host, clock }) {
    const rates = new AddressRates(config.perHour, config.maxAddresses)

    async function register(request: Registration, transport: Transport): Promise<string> {
      const { username, password } = request
      if (request.remove) throw stanzaError('registration-required', 'Log in to remove an account')
      if (!username || !password) throw stanzaError('not-acceptable', 'A user name and a password are needed')
      const address = transport.remote.slice(0, transport.remote.lastIndexOf(':'))
      if (!rates.take(address, clock.monotonic()))
        throw stanzaError('resource-constraint', 'Too many accounts were made from your address')
      const account = host.accounts.jidOf(username)
      await host.accounts.create(account, password)
      await host.hooks.tell('account:created', { account })
      host.log.info({ account, remote: transport.remote }, 'Account registered')
      return ''
    }

    const form = (): string =>
      writeWire(
        Registration,
        { instructions: 'Choose a user name and a password.', username: '', password: '' },
        CLIENT_NS,
      )

    async function answerBeforeLogin(slice: Slice, transport: Transport): Promise<string> {
      const id = slice.attr('id')
      const type = slice.attr('type')
      const reply = (kind: string, payload: string): string =>
        `<iq type='${kind}'${id === undefined ? '' : ` id='${escapeAttr(id)}'`} from='${host.domain}'>${payload}</iq>`
      try {
        const request = slice.readChild(Registration)
        if (!request || id === undefined || !slice.hasOneChild) throw stanzaError('bad-request')
        if (type === 'get') return reply('result', form())
        if (type !== 'set') throw stanzaError('bad-request')
        return reply('result', await register(request, transport))
      } catch (error) {
        return reply('error', writeWire(errorIn(CLIENT_NS), asStanzaError(error), CLIENT_NS))
      }
    }

    return {
      streamFeatures: { beforeLogin: () => (config.open ? offer : '') },
      beforeLogin(slice, transport) {
        const isRequest =
          slice.name === 'iq' && slice.headNs === Registration.ns && slice.headName === 'query'
        const type = slice.attr('type')
        if (!config.open || !isRequest || type === 'result' || type === 'error') return undefined
        const to = slice.attr('to')
        return to === undefined || tryJid(to) === host.jid ? answerBeforeLogin(slice, transport) : undefined
      },
      iq: ['self' as const, 'host' as const].flatMap(at => [
        onGet(Registration, at, ({ session }) => {
          if (!session) throw stanzaError('service-unavailable')
          const username = localOf(session.account.jid)
          return writeWire(Registration, { registered: true, username, password: '' }, CLIENT_NS)
        }),
        onSet(Registration, at, async ({ payload, session, stanza }) => {
          if (!session) throw stanzaError('not-allowed')
          const { jid } = session.account
          try {
            if (payload.remove) {
              if (childrenOf(stanza) > 1) throw stanzaError('bad-request', 'A removal stands alone')
              // §3.2: the answer goes out before the streams end.
              void Promise.resolve()
                .then(() => host.removeAccount(jid))
                .catch((error: unknown) => host.log.error({ error }, 'An account could not be removed'))
              return
            }
            if (!payload.password) throw stanzaError('bad-request', 'The new password is missing')
            if (payload.username && bareJid(payload.username, host.domain) !== jid)
              throw stanzaError('not-allowed', 'Only your own password can be changed')
            await host.accounts.setPassword(jid, payload.password)
          } catch (error) {
            throw asStanzaError(error)
          }
        }),
      ]),
    }
  },
})

/** What the request names, known or not. §3.2: a removal goes with nothing else. */
function childrenOf(stanza: Stanza): number {
  const query = childOf(stanza.element(), Registration.ns, Registration.name)
  return query ? elementsOf(query).length : 0
}

function asStanzaError(error: unknown): StanzaError {
  if (error instanceof StanzaError) return error
  if (error instanceof WireError) return stanzaError('bad-request', error.message)
  if (!(error instanceof AccountError)) return stanzaError('internal-server-error')
  switch (error.condition) {
    case 'exists':
      return stanzaError('conflict', error.message)
    case 'unknown':
      return stanzaError('item-not-found', error.message)
    case 'bad-name':
      return stanzaError('jid-malformed', error.message)
    case 'bad-password':
      return stanzaError('not-acceptable', error.message)
  }
}
