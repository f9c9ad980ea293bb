/** Invitations: to become a contact or to make an account. XEP-0401, XEP-0445, XEP-0379. */
import { type BareJid, bareOf, formatXmppUri, localOf, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  errorIn,
  formatDateTime,
  IBR_TOKEN_NS,
  PreAuth,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import type { Transport } from '@waxwing/stream'
import { escapeAttr, type Slice, WireError, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { AccountError } from '../../kernel/accounts.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { filter, hook } from '../../kernel/hooks.ts'
import { networkOf } from '../../session/login-back-off.ts'
import { administration } from '../administration/feature.ts'
import { ask, done, type Step } from '../commands/command.ts'
import { commands } from '../commands/feature.ts'
import { AddressRates } from '../registration/address-rates.ts'
import type { Ticket, Wish } from '../registration/admission.ts'
import { registration } from '../registration/feature.ts'
import { roster } from '../roster/feature.ts'
import { Guests } from './guests.ts'
import { type Invitation, InvitationBook, invitationShapes } from './invitation-book.ts'
import { CreateAccount, InvitationForm } from './invitation-forms.ts'

/** An invitation to hand on. */
export interface Invited {
  readonly uri: string
  readonly landingUrl: string | undefined
  readonly expires: Date
}

export interface InvitationsApi {
  /** Invites somebody to make an account; of this name when one is given. @throws StanzaError */
  toAccount(options: {
    readonly inviter?: BareJid
    readonly username?: string | undefined
    readonly makesContact?: boolean
    readonly uses?: number
    readonly lifetimeMs?: number
  }): Promise<Invited>
  /** Invites somebody to become a contact of `inviter`. @throws StanzaError */
  toContact(inviter: BareJid): Promise<Invited>
}

const tokenFeature = `<register xmlns='${IBR_TOKEN_NS}'/>`
const noSuchToken = 'The token is not valid, or not any more'

export const invitations = defineFeature({
  name: 'invitations',
  implements: [
    { spec: 'XEP-0401', version: '0.6.0', coverage: 'complete' },
    { spec: 'XEP-0445', version: '0.2.0', coverage: 'complete' },
    { spec: 'XEP-0379', version: '0.3.3', coverage: 'complete' },
  ],
  needs: { administration, commands, registration, roster },
  config: {
    contacts: setting.flag(true, 'Whether accounts may invite people to become their contacts.'),
    accounts: setting.oneOf(
      ['nobody', 'admins', 'everybody'],
      'admins',
      'Whose invitations let people make an account.',
    ),
    lifetime: setting.duration('7d', 'Time an invitation is good for.', { min: 60_000, max: 31_536_000_000 }),
    perInviter: setting.count(20, 'Open invitations one account may have.', { min: 1, max: 100_000 }),
    hostOwn: setting.count(10_000, 'Open invitations of the host itself, made on the command line.', {
      min: 1,
      max: 1_000_000,
    }),
    landing: setting.text(
      undefined,
      'The page people are sent to who have no client yet; {token} and {uri} are filled in.',
      {
        form: 'a URL with {token} or {uri}, as in "https://example.org/invite/#{token}"',
        accepts: text => /\{token\}|\{uri\}/.test(text) && URL.canParse(text),
      },
    ),
    triesPerHour: setting.count(60, 'Tokens one address may try per hour before login.', {
      min: 1,
      max: 1_000_000,
    }),
    maxAddresses: setting.count(10_000, 'Addresses remembered for that limit.', { min: 100, max: 1_000_000 }),
  },
  store: invitationShapes,
  async setup({ config, store, needs, host, clock, random }) {
    const book = await InvitationBook.open(store, clock, random)
    const guests = new Guests(book, needs.roster, host)
    const tries = new AddressRates(config.triesPerHour, config.maxAddresses)
    /** Tokens that were accepted on a connection; their end does not matter any more. XEP-0445 §4. */
    const accepted = new WeakMap<Transport, { readonly token: string; readonly invitation: Invitation }>()

    const isOurs = (jid: BareJid): boolean => host.isLocal(jid) && localOf(jid) !== undefined
    const mayMakeAccounts = (jid: BareJid): boolean =>
      config.accounts === 'everybody' || (config.accounts === 'admins' && needs.administration.isAdmin(jid))

    function handedOn(token: string, expires: number, action: string, jid: BareJid, ibr = false): Invited {
      const params = new Map([['preauth', token]])
      if (ibr) params.set('ibr', 'y')
      const uri = formatXmppUri({ jid, action, params })
      const landingUrl = config.landing
        ?.replaceAll('{token}', token)
        .replaceAll('{uri}', encodeURIComponent(uri))
      return { uri, landingUrl, expires: new Date(expires) }
    }

    const api: InvitationsApi = {
      async toContact(inviter) {
        const expires = clock.wall() + config.lifetime
        const makesAccount = mayMakeAccounts(inviter)
        const invitation = {
          makes_account: makesAccount,
          makes_contact: true,
          account: undefined,
          expires,
          uses: 1,
        }
        const token = await book.add(inviter, invitation, config)
        return handedOn(token, expires, 'roster', inviter, makesAccount)
      },
      async toAccount({
        inviter = host.jid,
        username,
        makesContact = false,
        uses = 1,
        lifetimeMs = config.lifetime,
      }) {
        const account = username === undefined ? undefined : await freeName(username)
        const expires = clock.wall() + lifetimeMs
        const invitation = { makes_account: true, makes_contact: makesContact, account, expires, uses }
        const perInviter = inviter === host.jid ? config.hostOwn : config.perInviter
        const token = await book.add(inviter, invitation, { perInviter })
        return handedOn(token, expires, 'register', account ?? host.jid)
      },
    }

    async function freeName(username: string): Promise<BareJid> {
      let account: BareJid
      try {
        account = host.accounts.jidOf(username)
      } catch (error) {
        if (error instanceof AccountError) throw stanzaError('jid-malformed', error.message)
        throw error
      }
      if (await host.accounts.exists(account))
        throw stanzaError('conflict', `The account ${account} exists already`)
      return account
    }

    const shown = ({ uri, landingUrl, expires }: Invited): Step =>
      done({
        form: InvitationForm.result({ uri, 'landing-url': landingUrl, expire: formatDateTime(expires) }),
      })

    needs.commands.declare({
      node: 'urn:xmpp:invite#invite',
      name: 'Invite user',
      at: 'host',
      mayUse: ({ jid }) => config.contacts && isOurs(jid),
      run: async ({ jid }) => shown(await api.toContact(jid)),
    })
    needs.commands.declare({
      node: 'urn:xmpp:invite#create-account',
      name: 'Create account',
      at: 'host',
      mayUse: ({ jid }) => isOurs(jid) && mayMakeAccounts(jid),
      run: ({ jid }) =>
        ask(CreateAccount, { title: 'Inviting Somebody to an Account' }, async values =>
          shown(
            await api.toAccount({
              inviter: jid,
              username: values.username,
              makesContact: values['roster-subscription'],
            }),
          ),
        ),
    })

    /** Takes the token ahead of a registration. XEP-0445 §4. */
    async function takeToken(slice: Slice, transport: Transport): Promise<string> {
      const id = escapeAttr(slice.attr('id') ?? '')
      try {
        if (!tries.take(networkOf(transport.remote), clock.monotonic()))
          throw stanzaError('resource-constraint', 'Too many tries')
        const { token } = slice.readChild(PreAuth) ?? { token: '' }
        const invitation = await book.of(token)
        if (!invitation?.makes_account) throw stanzaError('item-not-found', noSuchToken)
        accepted.set(transport, { token, invitation })
        return `<iq type='result' id='${id}' from='${host.domain}'/>`
      } catch (error) {
        const refusal = refusalOf(error)
        return `<iq type='error' id='${id}' from='${host.domain}'>${writeWire(errorIn(CLIENT_NS), refusal, CLIENT_NS)}</iq>`
      }
    }

    function admit({ account }: Wish, transport: Transport): Ticket | undefined {
      const pass = accepted.get(transport)
      if (!pass) return undefined
      const { token, invitation } = pass
      if (invitation.account !== undefined && invitation.account !== account)
        throw stanzaError('not-acceptable', `This invitation is for ${invitation.account}`)
      return {
        async take() {
          // A name that is kept for another guest is not to be had with this invitation.
          if (invitation.account === undefined && (await book.reserves(account)))
            throw stanzaError('conflict', 'This name is kept for somebody')
          if (!(await book.take(token))) throw stanzaError('not-allowed', noSuchToken)
        },
        giveBack: () => book.giveBack(token),
        async used(made) {
          accepted.delete(transport)
          const inviter = tryJid(invitation.inviter)
          if (invitation.makes_contact && inviter !== undefined) await guests.befriend(bareOf(inviter), made)
        },
      }
    }
    needs.registration.admit({
      isOpen: () => book.hasOpen(),
      welcomes: transport => accepted.has(transport),
      admit,
      reserves: account => book.reserves(account),
    })

    return {
      api,
      streamFeatures: { beforeLogin: () => (book.hasOpen() ? tokenFeature : '') },
      beforeLogin(slice, transport) {
        if (slice.name !== 'iq') return undefined
        if (slice.headNs !== PreAuth.ns || slice.headName !== PreAuth.name) return undefined
        if (slice.attr('type') !== 'set' || slice.attr('id') === undefined) return undefined
        const to = slice.attr('to')
        return to === undefined || tryJid(to) === host.jid ? takeToken(slice, transport) : undefined
      },
      hooks: [
        filter('stanza:arriving', 'change', ['presence'], stanza => {
          if (stanza.type !== 'subscribe' || stanza.to === undefined) return undefined
          const inviter = bareOf(stanza.to)
          if (!isOurs(inviter)) return undefined
          return guests.receive(stanza, inviter).then(() => undefined)
        }),
        hook('account:removed', 'store', ({ account }) => book.forget(account)),
      ],
    }
  },
})

function refusalOf(error: unknown): StanzaError {
  if (error instanceof StanzaError) return error
  return error instanceof WireError
    ? stanzaError('bad-request', error.message)
    : stanzaError('internal-server-error')
}
