/** In-band registration (XEP-0077): making an account, changing its password, giving it up. */
import { type BareJid, bareJid, localOf, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type DataForm,
  errorIn,
  FormError,
  formTypeOf,
  Registration,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import type { Transport } from '@waxwing/stream'
import { childOf, elementsOf, escapeAttr, type Slice, WireError, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { AccountError } from '../../kernel/accounts.ts'
import { defineFeature, type IqRequest, onGet, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { networkOf } from '../../session/login-back-off.ts'
import { column, key, keyed } from '../../store/store.ts'
import { AddressRates } from './address-rates.ts'
import type { Admission, Ticket, Wish } from './admission.ts'
import { asRegistration, Cancel, ChangePassword, Register, registerForm } from './registration-forms.ts'

export interface RegistrationApi {
  /** Lets strangers register on another feature's terms, also where registration is not open. */
  admit(way: Admission): void
  /** The e-mail address given at registration; `undefined`: none. */
  emailOf(account: BareJid): Promise<string | undefined>
}

const offer = "<register xmlns='http://jabber.org/features/iq-register'/>"
const usualInstructions = 'Choose a user name and a password.'

export const registration = defineFeature({
  name: 'registration',
  implements: [{ spec: 'XEP-0077', version: '2.4', coverage: 'complete' }],
  disco: { host: [Registration.ns] },
  config: {
    open: setting.flag(
      false,
      'Whether anybody may make an account. Off by default: open servers attract spam.',
    ),
    email: setting.oneOf(
      ['no', 'optional', 'required'],
      'no',
      'Whether an e-mail address is asked for. It is kept as it was given; nobody checks it.',
    ),
    instructions: setting.text(usualInstructions, 'What people read above the form.'),
    redirect: setting.text(
      undefined,
      'A web page where people register instead, shown to those who ask for the form; nobody registers in-band then.',
      { form: 'a URL, as in "https://example.org/register"', accepts: text => URL.canParse(text) },
    ),
    perHour: setting.count(10, 'Accounts that one address may make per hour where registration is open.', {
      min: 1,
      max: 100_000_000,
    }),
    maxAddresses: setting.count(10_000, 'Addresses remembered for that limit.', { min: 100, max: 1_000_000 }),
  },
  store: { details: keyed(key<BareJid>('account'), { email: column.text().maybe(), at: column.time() }) },
  setup({ config, store, host, clock }) {
    const rates = new AddressRates(config.perHour, config.maxAddresses)
    const ways: Admission[] = []
    const isOpen = (): boolean =>
      (config.open && config.redirect === undefined) || ways.some(way => way.isOpen())

    /** What is wished for, by the form (which takes precedence, §6) or the plain fields. */
    function wishOf(request: Registration): {
      username: string
      password: string
      email: string | undefined
    } {
      const { username, password, email } = request.form
        ? Register.read(asRegistration(submitted(request.form)))
        : request
      if (!username || !password) throw stanzaError('not-acceptable', 'A user name and a password are needed')
      if (config.email === 'required' && !email)
        throw stanzaError('not-acceptable', 'An e-mail address is needed')
      return { username, password, email: config.email === 'no' || !email ? undefined : email.slice(0, 320) }
    }

    async function ticketFor(wish: Wish, transport: Transport): Promise<Ticket> {
      for (const way of ways) {
        const ticket = await way.admit(wish, transport)
        if (ticket) return ticket
      }
      return openTicket(wish.account, transport)
    }

    /** Where anybody may come, each address makes so many accounts; other ways have bounds of their own. */
    async function openTicket(account: BareJid, transport: Transport): Promise<Ticket> {
      if (!config.open || config.redirect !== undefined)
        throw stanzaError('not-allowed', 'Only those who are invited may make an account here')
      if (!rates.take(networkOf(transport.remote), clock.monotonic()))
        throw stanzaError('resource-constraint', 'Too many accounts were made from your address')
      for (const way of ways)
        if (await way.reserves?.(account)) throw stanzaError('conflict', 'This name is kept for somebody')
      return freeTicket
    }

    async function register(request: Registration, to: string, transport: Transport): Promise<void> {
      if (request.remove) throw stanzaError('registration-required', 'Log in to remove an account')
      const { username, password, email } = wishOf(request)
      const account = host.accounts.jidOf(username)
      const ticket = await ticketFor({ account, form: request.form, to }, transport)
      await ticket.take()
      try {
        await host.accounts.create(account, password)
      } catch (error) {
        await ticket.giveBack()
        throw error
      }
      if (email !== undefined) await store.details.put(account, { email, at: clock.wall() })
      await host.hooks.tell('account:created', { account })
      await ticket.used?.(account)
      host.log.info({ account, remote: transport.remote }, 'Account registered')
    }

    function form(transport: Transport): string {
      const { instructions, email, redirect } = config
      if (redirect !== undefined && !ways.some(way => way.welcomes(transport))) {
        const text = `To register, visit ${redirect}`
        return writeWire(Registration, { instructions: text, outOfBand: { url: redirect } }, CLIENT_NS)
      }
      const open = ways.filter(way => way.isOpen())
      const extra = open.flatMap(way => way.fields?.(transport) ?? [])
      const formType = open.find(way => way.formType !== undefined)?.formType ?? Registration.ns
      const shown = registerForm({ instructions, email, extra, formType })
      const plain = { instructions, username: '', password: '', email: email === 'no' ? undefined : '' }
      return writeWire(Registration, { ...plain, form: shown }, CLIENT_NS)
    }

    async function answerBeforeLogin(slice: Slice, transport: Transport): Promise<string> {
      const id = slice.attr('id')
      const type = slice.attr('type')
      const reply = (kind: string, payload: string): string =>
        `<iq type='${kind}'${id === undefined ? '' : ` id='${escapeAttr(id)}'`} from='${host.domain}'>${payload}</iq>`
      try {
        const request = slice.readChild(Registration)
        if (!request || id === undefined || !slice.hasOneChild) throw stanzaError('bad-request')
        if (type === 'get') return reply('result', form(transport))
        if (type !== 'set') throw stanzaError('bad-request')
        await register(request, slice.attr('to') ?? host.domain, transport)
        return reply('result', '')
      } catch (error) {
        return reply('error', writeWire(errorIn(CLIENT_NS), asStanzaError(error), CLIENT_NS))
      }
    }

    /** What a form of the account's owner asks for, as if it had come in plain fields. */
    async function ownWish(request: Registration, account: BareJid): Promise<Registration> {
      if (!request.form) return request
      const form = submitted(request.form)
      const about = formTypeOf(form)
      if (about === Cancel.formType) {
        const { username, password } = Cancel.read(form)
        mustBeOwn(username, account)
        if (password !== undefined) await mustKnow(account, password)
        return { remove: true }
      }
      const isChange = about === ChangePassword.formType
      const {
        username,
        password,
        old_password: old,
      } = isChange
        ? ChangePassword.read(form)
        : { ...Register.read(asRegistration(form)), old_password: undefined }
      mustBeOwn(username, account)
      if (old !== undefined) await mustKnow(account, old)
      return { username, password }
    }

    function mustBeOwn(username: string, account: BareJid): void {
      const name = username.includes('@') ? tryJid(username) : host.accounts.jidOf(username)
      if (name !== account) throw stanzaError('not-allowed', 'This is not your own account')
    }

    async function mustKnow(account: BareJid, password: string): Promise<void> {
      if (!(await host.accounts.verify(account, password)))
        throw stanzaError('not-authorized', 'The old password is not right')
    }

    async function change({ payload, session, stanza }: IqRequest<Registration>): Promise<void> {
      if (!session) throw stanzaError('not-allowed')
      const { jid } = session.account
      if (payload.remove && childrenOf(stanza) > 1) throw stanzaError('bad-request', 'A removal stands alone')
      const { remove, username, password } = await ownWish(payload, jid)
      if (remove) {
        // §3.2: the answer goes out before the streams end.
        void Promise.resolve()
          .then(() => host.removeAccount(jid))
          .catch((error: unknown) => host.log.error({ error }, 'An account could not be removed'))
        return
      }
      if (!password) throw stanzaError('bad-request', 'The new password is missing')
      if (username && !username.includes('@') && bareJid(username, host.domain) !== jid)
        throw stanzaError('not-allowed', 'Only your own password can be changed')
      await host.accounts.setPassword(jid, password)
    }

    const api: RegistrationApi = {
      admit: way => void ways.push(way),
      emailOf: async account => (await store.details.get(account))?.email,
    }

    return {
      api,
      streamFeatures: { beforeLogin: () => (isOpen() || config.redirect !== undefined ? offer : '') },
      beforeLogin(slice, transport) {
        const isRequest =
          slice.name === 'iq' && slice.headNs === Registration.ns && slice.headName === 'query'
        const type = slice.attr('type')
        if (!isRequest || type === 'result' || type === 'error') return undefined
        if (!isOpen() && config.redirect === undefined) return undefined
        const to = slice.attr('to')
        return to === undefined || tryJid(to) === host.jid ? answerBeforeLogin(slice, transport) : undefined
      },
      iq: ['self' as const, 'host' as const].flatMap(at => [
        onGet(Registration, at, async ({ session }) => {
          if (!session) throw stanzaError('service-unavailable')
          const username = localOf(session.account.jid)
          const email = await api.emailOf(session.account.jid)
          return writeWire(Registration, { registered: true, username, password: '', email }, CLIENT_NS)
        }),
        onSet(Registration, at, async request => {
          try {
            await change(request)
          } catch (error) {
            throw asStanzaError(error)
          }
        }),
      ]),
      hooks: [hook('account:removed', 'store', ({ account }) => store.details.delete(account))],
    }
  },
})

/** Where registration is open nobody needs to be admitted. */
const freeTicket: Ticket = { take: () => {}, giveBack: () => {} }

function submitted(form: DataForm): DataForm {
  if (form.type !== 'submit') throw stanzaError('bad-request', 'The form is not filled in')
  return form
}

/** What the request names, known or not. §3.2: a removal goes with nothing else. */
function childrenOf(stanza: Stanza): number {
  const query = childOf(stanza.element(), Registration.ns, Registration.name)
  return query ? elementsOf(query).length : 0
}

function asStanzaError(error: unknown): StanzaError {
  if (error instanceof StanzaError) return error
  if (error instanceof WireError) return stanzaError('bad-request', error.message)
  if (error instanceof FormError) return stanzaError('not-acceptable', error.message)
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
