/** Client certificate management (XEP-0257): logins by certificates that their users have made themselves. */
import { type BareJid, resourceOf } from '@waxwing/jid'
import {
  AppendCertificate,
  Certificates,
  CertificatesQuery,
  CLIENT_NS,
  DisableCertificate,
  RevokeCertificate,
  stanzaError,
  streamError,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { filter, hook, refuse } from '../../kernel/hooks.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { CertificateList, certificateShapes, fingerprintOf } from './certificates.ts'

export interface ClientCertificatesApi {
  /** Names of the account's certificates, with when each was added. */
  list(account: BareJid): Promise<ReadonlyMap<string, { readonly since: number }>>
  /** Sessions that are in by a certificate. */
  sessionsBy(account: BareJid, name: string): Promise<readonly ClientSession[]>
  /** Takes a certificate away and puts out whoever is in by it. @throws StanzaError item-not-found */
  revoke(account: BareJid, name: string): Promise<void>
}

export const clientCertificates = defineFeature({
  name: 'client-certificates',
  implements: [
    {
      spec: 'XEP-0257',
      version: '0.3',
      coverage: 'partial',
      note: 'A resource that a certificate names is not enforced.',
    },
  ],
  disco: { host: [Certificates.ns] },
  config: {
    perAccount: setting.count(16, 'Certificates of one account.', { min: 1, max: 1_000 }),
    maxBytes: setting.bytes('8 KiB', 'The largest certificate.', { min: 512, max: 65_536 }),
    maxNameLength: setting.count(100, 'Characters of the name a user gives to a certificate.', {
      min: 1,
      max: 1_000,
    }),
  },
  store: certificateShapes,
  setup({ config, store, host, clock }) {
    const list = new CertificateList({ ...store, ...config, wall: () => clock.wall() })

    function sessionsOf(account: BareJid, certificate: Uint8Array): readonly ClientSession[] {
      const wanted = fingerprintOf(certificate)
      return [...(host.online(account)?.sessions.values() ?? [])].filter(session => {
        const shown = shownBy(session)
        return shown !== undefined && fingerprintOf(shown) === wanted
      })
    }

    /** §2.1, §6.1: over TLS, and not by who may not. */
    async function mustManage(session: ClientSession | undefined, account: BareJid): Promise<void> {
      if (!session?.stream?.tls) throw stanzaError('not-allowed', 'Certificates are changed over TLS')
      const shown = shownBy(session)
      if (shown && !(await list.mayManage(account, shown)))
        throw stanzaError('not-allowed', 'This client may not change the list of certificates')
    }

    async function revoke(account: BareJid, name: string): Promise<void> {
      const certificate = await list.remove(account, name)
      host.log.info({ account }, 'A client certificate was revoked')
      const gone = streamError('not-authorized', 'The certificate was revoked')
      const inBy = sessionsOf(account, certificate)
      // whoever asked may be one of them, and gets an answer first
      clock.after(0, () => {
        for (const session of inBy) session.end(gone)
      })
    }

    const api: ClientCertificatesApi = {
      list: account => list.list(account),
      async sessionsBy(account, name) {
        const row = (await list.list(account)).get(name)
        return row ? sessionsOf(account, row.certificate) : []
      },
      revoke,
    }

    return {
      api,
      certifies: certificate => list.holdersOf(certificate),
      iq: [
        onGet(CertificatesQuery, 'self', async ({ account }) => {
          const rows = await list.list(account)
          const items = [...rows].map(([name, { certificate }]) => {
            const resources = sessionsOf(account, certificate).map(({ jid }) => resourceOf(jid) ?? '')
            return { name, certificate, users: resources.length > 0 ? { resources } : undefined }
          })
          return writeWire(Certificates, { items }, CLIENT_NS)
        }),
        onSet(AppendCertificate, 'self', async ({ account, session, payload }) => {
          await mustManage(session, account)
          await list.add(account, payload.name, payload.certificate, payload.noManagement !== true)
        }),
        onSet(DisableCertificate, 'self', async ({ account, session, payload }) => {
          await mustManage(session, account)
          await list.remove(account, payload.name)
        }),
        onSet(RevokeCertificate, 'self', async ({ account, session, payload }) => {
          await mustManage(session, account)
          await revoke(account, payload.name)
        }),
      ],
      hooks: [
        // §6.2: who came by certificate does not know the password, and cannot choose another
        filter('stanza:sent', 'guard', ['iq'], stanza => {
          if (stanza.type !== 'set' || stanza.headNs !== 'jabber:iq:register') return undefined
          const session = host.router.sessions.find(stanza.from)
          return session?.stream?.mechanism === 'EXTERNAL'
            ? refuse('not-authorized', 'Log in with the password to change it')
            : undefined
        }),
        hook('account:removed', 'store', ({ account }) => list.clear(account)),
      ],
    }
  },
})

/** The certificate that a session is in by. */
function shownBy({ stream }: ClientSession): Uint8Array | undefined {
  return stream?.mechanism === 'EXTERNAL' ? stream.tls?.certificate : undefined
}
