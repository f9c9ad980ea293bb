import type { Said } from './control.ts'

/** Says on the terminal what is being waited for; nothing when the output goes elsewhere. */
export async function waitingFor<T>(what: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
  let frame = 0
  const draw = (): void => void process.stderr.write(`\r${frames[frame++ % frames.length]} ${what} …`)
  const timer = setInterval(draw, 100)
  try {
    return await work
  } finally {
    clearInterval(timer)
    process.stderr.write('\r\x1b[K')
  }
}

/** Writes lines as they are said; how far it is shows on a terminal only. */
export async function show(saying: AsyncIterable<Said>): Promise<void> {
  const clear = process.stderr.isTTY ? '\r\x1b[K' : ''
  for await (const said of saying) {
    if ('line' in said) process.stdout.write(`${clear}${said.line}\n`)
    else if (clear !== '') process.stderr.write(`${clear}${said.progress}`)
  }
  process.stderr.write(clear)
}
