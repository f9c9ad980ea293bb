/** What processes use of the machine, by Linux's /proc. */
import { readFileSync } from 'node:fs'

/** Seconds of processor time so far, and bytes of memory. */
export interface Usage {
  readonly seconds: number
  readonly bytes: number
}

/** What a process has used. Zeros where there is no /proc. */
export function usageOf(pid: number): Usage {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    // A tick of this clock is a hundredth of a second on every Linux there is.
    return { seconds: (Number(fields[11]) + Number(fields[12])) / 100, bytes: Number(resident) * 1024 }
  } catch {
    return { seconds: 0, bytes: 0 }
  }
}

/** What came of something, and what it took: cores and bytes of each process. */
export interface During<T> {
  readonly result: T
  readonly cores: readonly number[]
  readonly bytes: readonly number[]
}

/** What processes use while something is done. */
export async function during<T>(pids: readonly number[], act: () => Promise<T>): Promise<During<T>> {
  const since = performance.now()
  const before = pids.map(usageOf)
  const result = await act()
  const seconds = (performance.now() - since) / 1000
  const after = pids.map(usageOf)
  return {
    result,
    cores: after.map((one, n) => (one.seconds - (before[n]?.seconds ?? 0)) / seconds),
    bytes: after.map(({ bytes }) => bytes),
  }
}
