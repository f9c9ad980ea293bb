/** Stream management: acknowledgements that mean durable, and sessions that outlive connections and the process. XEP-0198. */
import { SmAck, SmEnable, SmFeature, type SmPosition, SmRequest, SmResume } from '@waxwing/protocol'
import { type Slice, type Wire, WireError, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, type NonzaHandler } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import type { ClientStream } from '../../session/client-stream.ts'
import { failed, House, type Resumption } from './house.ts'
import { inline } from './inline.ts'
import { Ledger } from './ledger.ts'
import { restore } from './restore.ts'
import { Rows, shapes } from './rows.ts'

export type { Resumption } from './house.ts'

/** For those who negotiate in one step what others do one after the other: SASL2 (XEP-0388), Bind 2 (XEP-0386). */
export interface StreamManagementApi {
  /**
   * Puts the session bound on the stream under management.
   *
   * @returns `<enabled/>` or `<failed/>`, to be sent in this very turn: what is sent behind it is counted
   */
  enable(stream: ClientStream, request: SmEnable): Now<string>
  /**
   * Looks for a session of the account that has logged in on the stream.
   *
   * @returns `<resumed/>` or `<failed/>`; nothing has happened to the stream before `goOn` is called
   * @throws StreamError when the client counts more than it was sent
   */
  resume(stream: ClientStream, request: SmPosition): Promise<Resumption>
}

const day = 86_400_000

const offer = writeWire(SmFeature, {})

export const streamManagement = defineFeature({
  name: 'stream-management',
  implements: [
    { spec: 'XEP-0198', version: '1.6.3', coverage: 'complete', note: 'urn:xmpp:sm:3, for clients' },
  ],
  config: {
    resumeTimeout: setting.duration('10m', 'How long a session whose connection broke is kept.', {
      min: 1_000,
      max: 7 * day,
    }),
    sessionsPerAccount: setting.count(
      8,
      'Sessions of one account that are kept without a connection; of more, the one away for longest ends.',
      { max: 1_000 },
    ),
    unackedStanzas: setting.count(
      5_000,
      'Stanzas one client may leave unacknowledged; then its session ends, and its messages go elsewhere.',
      { min: 10, max: 1_000_000 },
    ),
    unackedBytes: setting.bytes('16 MiB', 'The same in bytes.', { min: 65_536 }),
    requestEvery: setting.count(50, 'Stanzas after which a client is asked what it has.', { min: 1 }),
    requestAfter: setting.duration('1s', 'How long a client is waited for before it is asked what it has.', {
      max: 600_000,
    }),
    resendMemory: setting.count(
      500,
      'Messages of one account that are known again when its client sends them again after a broken stream.',
      { max: 100_000 },
    ),
    resendAge: setting.duration('7d', 'How long they are known.', { max: 365 * day }),
    endedAge: setting.duration(
      '1d',
      'How long a client that comes back too late still hears how much of what it sent was handled.',
      { max: 30 * day },
    ),
    durableFirst: setting.flag(
      true,
      'Messages reach clients under stream management when they are on the disk; false saves the milliseconds that takes, and a crash may double what it catches in between.',
    ),
    location: setting.text(undefined, 'Where clients should reconnect to resume: host, or host:port.'),
  },
  store: shapes,
  setup({ config, store, host, clock, random, log }) {
    const house = new House(host, clock, random, config, new Rows(store, log))
    const api: StreamManagementApi = {
      enable: (stream, request) => house.enable(stream, request),
      resume: (stream, request) => house.resume(stream, request),
    }
    return {
      api,
      nonzas: nonzas(api),
      inline: inline(house),
      streamFeatures: { afterLogin: session => (session?.custodian ? '' : offer) },
      hooks: [
        hook('host:ready', 'store', () => restore(host, house)),
        hook('account:removed', 'store', ({ account }) => house.forget(account)),
        hook('server:stopping', 'store', () => house.suspend()),
      ],
    }
  },
})

function nonzas(api: StreamManagementApi): readonly NonzaHandler[] {
  const unexpected = (_slice: Slice, stream: ClientStream): void =>
    stream.sendText(failed('unexpected-request'))
  const on = (
    when: NonzaHandler['when'],
    { ns, name }: Wire<unknown, never>,
    handle: NonzaHandler['handle'],
  ) => {
    return { ns, name, when, handle }
  }
  return [
    on('loggedIn', SmEnable, unexpected),
    on(
      'loggedIn',
      SmResume,
      fitting(SmResume, (request, stream) => goOn(api, request, stream)),
    ),
    on(
      'bound',
      SmEnable,
      fitting(SmEnable, (request, stream) => enable(api, request, stream)),
    ),
    on('bound', SmResume, unexpected),
    on(
      'bound',
      SmRequest,
      managed(ledger => ledger.asked()),
    ),
    on(
      'bound',
      SmAck,
      fitting(SmAck, ({ h }, stream) => managed(ledger => ledger.acknowledged(h))(undefined, stream)),
    ),
  ]
}

type Handle<T> = (request: T, stream: ClientStream) => Now<void>

/** A request that makes no sense is refused; the stream lives. §6 */
function fitting<T>(wire: Wire<T>, handle: Handle<T>): NonzaHandler['handle'] {
  return (slice, stream) => {
    const request = read(wire, slice)
    return request === undefined ? stream.sendText(failed('bad-request')) : handle(request, stream)
  }
}

function read<T>(wire: Wire<T>, slice: Slice): T | undefined {
  try {
    return slice.read(wire)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function managed(handle: (ledger: Ledger) => void): Handle<unknown> {
  return (_request, stream) => {
    const ledger = stream.session?.custodian
    if (ledger instanceof Ledger) handle(ledger)
    else stream.sendText(failed('unexpected-request'))
  }
}

function enable(api: StreamManagementApi, request: SmEnable, stream: ClientStream): Now<void> {
  const answer = api.enable(stream, request)
  return answer instanceof Promise ? answer.then(xml => stream.sendText(xml)) : stream.sendText(answer)
}

async function goOn(api: StreamManagementApi, request: SmPosition, stream: ClientStream): Promise<void> {
  const outcome = await api.resume(stream, request)
  stream.sendText(outcome.xml)
  if (outcome.isResumed) await outcome.goOn()
}
