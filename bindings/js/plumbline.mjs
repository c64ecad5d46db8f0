// plumbline.mjs - a JavaScript function and its backward pass as a subject of plumb (docs/protocol.md)
// SPDX-License-Identifier: MIT
//
// serve({ hello, forward, backward }) answers `plumb check -- node program.mjs` until its questions end.
//
//   hello            "in x:4,6 W:6,3 out y:4,3 ...", or a function that returns it
//   forward(x)       all inputs as one Float64Array, row-major, in the order of hello; returns the outputs likewise
//   backward(gy)     J^T gy at the x of the last forward
//   tangent(v)       optional: J v at the same x
//   sample(seed)     optional: as hello, of another case; undefined for none
//   seed(n)          optional: freezes randomness for the forwards that follow
//
// What they throw is answered as an error, and the program goes on.  console.log is for log lines: those that begin with "=" or "!" are replies.

const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const letters = { f: 'forward', b: 'backward', t: 'tangent' }

export function serve(model) {
  let buffer = Buffer.alloc(0), used = 0, frames = false

  const ask = (word, argument) => {
    if (!model[word]) throw new Error('no such request')
    return model[word](argument)
  }
  const call = (word, numbers) => Float64Array.from(ask(word, numbers))
  const describe = text => {
    if (!text) throw new Error('only the given point is meant')
    return text.includes(' binary') ? text : text + ' binary'
  }
  const answer = line => {
    const [word, ...rest] = line.trim().split(/\s+/), numbers = Float64Array.from(rest, Number)
    switch (word) {
      case 'hello': return describe(typeof model.hello === 'function' ? model.hello() : model.hello)
      case 'sample': return describe(model.sample?.(numbers[0]))
      case 'seed': ask('seed', numbers[0]); return ''
      case 'binary': if (!little) throw new Error('no frames here'); frames = true; return 'binary'
      case 'echo': return numbers.join(' ')
      case 'forward': case 'backward': case 'tangent': return call(word, numbers).join(' ')
      default: throw new Error('no such request')
    }
  }
  const head = (letter, count) => {
    const bytes = Buffer.alloc(9)
    bytes.write(letter)
    bytes.writeBigUInt64LE(BigInt(count), 1)
    return bytes
  }
  const answerFrame = (letter, bytes) => {
    try {
      const y = call(letters[letter] ?? '', new Float64Array(Uint8Array.from(bytes).buffer))
      return Buffer.concat([head('=', y.length), Buffer.from(y.buffer, y.byteOffset, y.byteLength)])
    } catch (error) {
      const text = Buffer.from(String(error?.message ?? error))
      return Buffer.concat([head('!', text.length), text])
    }
  }
  const answerLine = line => {
    try {
      return ('= ' + answer(line)).trimEnd() + '\n'
    } catch (error) {
      return '! ' + String(error?.message ?? error).replace(/\s+/g, ' ') + '\n'
    }
  }

  // The next request that is whole.  A frame begins with a letter and a count below 2^32, so that byte 5 is 0; in a line it is a letter.
  const next = () => {
    const rest = buffer.length - used
    if (frames && rest && 'fbtnF'.includes(String.fromCharCode(buffer[used]))) {
      if (rest < 6) return null
      if (buffer[used + 5] === 0) {
        const size = rest < 9 ? Infinity : 9 + 8 * Number(buffer.readBigUInt64LE(used + 1))
        if (rest < size) return null
        const reply = answerFrame(String.fromCharCode(buffer[used]), buffer.subarray(used + 9, used + size))
        used += size
        return reply
      }
    }
    const end = buffer.indexOf(10, used)
    if (end < 0) return null
    const line = buffer.toString('utf8', used, end)
    used = end + 1
    return answerLine(line)
  }

  const waiting = []
  let room = 0
  process.stdin.on('data', chunk => {
    waiting.push(chunk)
    room += chunk.length
    if (chunk.length === 65536 && room < 1 << 24) return setImmediate(drain)
    drain()
  })
  const drain = () => {
    if (!waiting.length) return
    buffer = Buffer.concat([buffer.subarray(used), ...waiting])
    used = room = waiting.length = 0
    for (let reply; (reply = next()) !== null;) process.stdout.write(reply)
  }
}
