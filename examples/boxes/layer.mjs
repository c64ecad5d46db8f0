// layer.mjs - softmax cross-entropy of a row of scores: plumb check -- node layer.mjs
// SPDX-License-Identifier: MIT
import { serve } from '../../bindings/js/plumbline.mjs'

const rows = 4, classes = 5, wrong = process.argv[2] === 'wrong'
let p, label

serve({
  hello: `in scores:${rows},${classes} label:${rows}:i64 out loss:1 box -inf inf 0 ${classes} at `
    + `${Array.from({ length: rows * classes }, (_, i) => Math.sin(3 * i)).join(' ')} 0 3 1 4`,

  forward(x) {
    let loss = 0
    p = new Float64Array(rows * classes), label = x.slice(rows * classes)
    for (let r = 0; r < rows; r++) {
      const row = x.subarray(r * classes, (r + 1) * classes), most = Math.max(...row)
      const sum = row.reduce((s, v) => s + Math.exp(v - most), 0)
      row.forEach((v, c) => { p[r * classes + c] = Math.exp(v - most) / sum })
      loss += (Math.log(sum) + most - row[label[r]]) / rows
    }
    return [loss]
  },

  // Wrong: the mean over the rows was forgotten.
  backward([g]) {
    const d = p.map(v => v * g / (wrong ? 1 : rows))
    label.forEach((c, r) => { d[r * classes + c] -= g / (wrong ? 1 : rows) })
    return [...d, ...label.map(() => 0)]
  }
})
