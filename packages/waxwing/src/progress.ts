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
