/** Reports of abuse (XEP-0377): kept for the administrators, who are told. */
import type { BareJid, Jid } from '@waxwing/jid'
import { formatDateTime, Report, reportReasons } from '@waxwing/protocol'
import { escapeText } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { Stanza } from '../../router/stanza.ts'
import { allKeys, column, key, log as logShape, type Row } from '../../store/store.ts'
import { administration } from '../administration/feature.ts'
import { blocking } from '../blocking/feature.ts'
import { done } from '../commands/command.ts'
import { commands } from '../commands/feature.ts'

const columns = {
  reported: column.text(),
  reason: column.text(),
  text: column.text().maybe(),
  /** What shows it: ids of messages as the archive knows them. */
  stanza_ids: column.json<readonly { readonly by: string; readonly id: string }[]>(),
}

interface Filed {
  readonly at: number
  readonly reporter: BareJid
  readonly value: Row<typeof columns>
}

const day = 86_400_000
const maxText = 2_000
const maxStanzaIds = 20

export const reports = defineFeature({
  name: 'reports',
  implements: [
    { spec: 'XEP-0377', version: '0.4.1', coverage: 'complete', note: 'kept here; not passed on to others' },
  ],
  needs: { administration, blocking, commands },
  disco: { host: [Report.ns], account: [Report.ns] },
  config: {
    tellAdmins: setting.flag(true, 'Whether each report is sent to the administrators as a message.'),
    keep: setting.duration('90d', 'Time a report is kept.', { min: day }),
    perReporter: setting.count(100, 'Reports kept of one account; more are not taken up.', {
      min: 1,
      max: 100_000,
    }),
    maxListed: setting.count(200, 'Reports shown in one list.', { min: 1, max: 5_000 }),
  },
  store: { reports: logShape(key<BareJid>('reporter'), columns) },
  setup({ config, store, needs, host, clock, log }) {
    let tidiedAt = Number.NEGATIVE_INFINITY

    function tidy(): void {
      const now = clock.wall()
      if (now - tidiedAt < day) return
      tidiedAt = now
      store.reports
        .expire(now - config.keep)
        .catch((error: unknown) => log.error({ error }, 'Old reports could not be removed'))
    }

    async function file(reporter: BareJid, reported: Jid, report: Report): Promise<void> {
      tidy()
      if ((await store.reports.count(reporter)) >= config.perReporter) return
      const value = {
        reported,
        reason: report.reason.slice(0, maxText),
        text: report.texts?.[0]?.text.slice(0, maxText),
        stanza_ids: (report.stanzaIds ?? []).slice(0, maxStanzaIds).map(({ by, id }) => ({ by, id })),
      }
      const at = clock.wall()
      await store.reports.append(reporter, value, at)
      log.info({ reporter, reported, reason: value.reason }, 'Abuse was reported')
      if (config.tellAdmins) tell({ at, reporter, value })
    }

    function tell(filed: Filed): void {
      const body = `<subject>Abuse report</subject><body>${escapeText(sentence(filed))}</body>`
      for (const to of needs.administration.admins())
        host.send(Stanza.composed({ kind: 'message', type: 'normal', from: host.jid, to }, body))
    }

    /** The latest of all, newest first. */
    async function latest(): Promise<readonly Filed[]> {
      const found: Filed[] = []
      for (const reporter of await allKeys(store.reports)) {
        const { entries } = await store.reports.page(reporter, { max: config.maxListed, backwards: true })
        for (const { at, value } of entries) found.push({ at, reporter, value })
      }
      return found.sort((a, b) => b.at - a.at).slice(0, config.maxListed)
    }

    needs.commands.declare({
      node: 'urn:waxwing:commands#reports',
      name: 'Abuse Reports',
      at: 'host',
      mayUse: ({ jid }) => needs.administration.isAdmin(jid),
      run: async () => done({ form: tableOf(await latest()) }),
    })

    return {
      hooks: [
        hook('blocking:reported', 'store', ({ reporter, reported, report }) =>
          file(reporter, reported, report),
        ),
        hook('account:removed', 'store', ({ account }) => store.reports.clear(account)),
      ],
    }
  },
})

const wordOf: ReadonlyMap<string, string> = new Map([
  [reportReasons.spam, 'spam'],
  [reportReasons.abuse, 'abuse'],
])

function sentence({ reporter, value: { reported, reason, text, stanza_ids: ids } }: Filed): string {
  const shown = ids.map(({ id, by }) => `\nmessage ${id} (${by})`).join('')
  return `${reporter} has reported ${reported} for ${wordOf.get(reason) ?? reason}${text === undefined ? '' : `: ${text.trim()}`}${shown}`
}

const columnNames = ['time', 'reporter', 'reported', 'reason', 'text'] as const

function tableOf(filed: readonly Filed[]) {
  const items = filed.map(({ at, reporter, value }) => {
    const cells = [
      formatDateTime(new Date(at)),
      reporter,
      value.reported,
      wordOf.get(value.reason) ?? value.reason,
      value.text ?? '',
    ]
    return { fields: columnNames.map((name, n) => ({ var: name, values: [cells[n] ?? ''] })) }
  })
  const reported = { fields: columnNames.map(name => ({ var: name, label: name, values: [] })) }
  return { type: 'result' as const, title: 'Abuse reports', reported, items }
}
