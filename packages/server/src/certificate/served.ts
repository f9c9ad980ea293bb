/** The certificate a server shows: the operator's or one of its own, and what comes in its place while it runs. */

import type { Clock } from '@waxwing/stream'
import type { ServerSettings } from '../config/config.ts'
import type { Log } from '../kernel/log.ts'
import { nodeClock } from '../listen/node-platform.ts'
import { concernsAbout, type LoadedCertificate, loadCertificate } from './load-certificate.ts'
import { ensureSelfSigned } from './self-signed.ts'

/** A certificate in use. */
export interface ServedCertificate extends LoadedCertificate {
  /** Whether the server made it: clients cannot check it but by its fingerprint. */
  readonly isSelfSigned: boolean
  /**
   * Looks every minute whether the files have changed, and tells the certificate they hold then. A change that
   * cannot be used is logged and the old certificate stays.
   *
   * @returns ends watching
   */
  watch(onRenewed: (renewed: ServedCertificate) => void): () => void
}

/** What {@link readCertificate} needs of the configuration. */
export type CertificateSettings = Pick<ServerSettings, 'hosts' | 'data'> & {
  readonly tls: Pick<ServerSettings['tls'], 'certificate' | 'key'>
}

const lookEveryMs = 60_000

/**
 * Reads the certificate the configuration names, or makes a self-signed one in the data folder when it names
 * none. What clients will not like about it is logged.
 *
 * @throws CertificateError with one clear sentence
 */
export async function readCertificate(
  settings: CertificateSettings,
  log: Log,
  clock: Clock = nodeClock,
): Promise<ServedCertificate> {
  const loaded = await load(settings, clock.wall())
  for (const { condition, message } of await concernsAbout(loaded, settings.hosts, clock.wall())) {
    log.warn({ condition }, message)
  }
  return {
    ...loaded,
    isSelfSigned: settings.tls.certificate === undefined,
    watch: onRenewed => watch(loaded, settings, log, clock, onRenewed),
  }
}

async function load({ hosts, data, tls }: CertificateSettings, now: number): Promise<LoadedCertificate> {
  if (tls.certificate !== undefined && tls.key !== undefined) {
    return loadCertificate({ certificate: tls.certificate, key: tls.key })
  }
  return loadCertificate(await ensureSelfSigned(data, hosts, now))
}

function watch(
  first: LoadedCertificate,
  settings: CertificateSettings,
  log: Log,
  clock: Clock,
  onRenewed: (renewed: ServedCertificate) => void,
): () => void {
  let current = first
  let lastFault = ''
  let isEnded = false

  const look = async (): Promise<void> => {
    try {
      const found = await load(settings, clock.wall())
      lastFault = ''
      if (found.certificate === current.certificate && found.key === current.key) return
      current = found
      const renewed = await readCertificate(settings, log, clock)
      if (!isEnded) onRenewed(renewed)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message !== lastFault) log.error({ fault: message }, 'The certificate was not read again')
      lastFault = message
    }
  }
  const lookLater = () =>
    clock.after(lookEveryMs, () => {
      void look().then(() => {
        if (!isEnded) timer = lookLater()
      })
    })
  let timer = lookLater()
  return () => {
    isEnded = true
    timer.cancel()
  }
}
