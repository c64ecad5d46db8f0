// layer.rs - a gate y = x * sigmoid(a x + b) with one slope and shift a column, by hand: plumb check -- ./layer_rs
// SPDX-License-Identifier: MIT
use std::io::{self, BufRead, Write};

const N: usize = 3;
const D: usize = 4;

/// The inputs of the last forward: x (N, D), a (D), b (D).
struct Gate {
    v: Vec<f64>,
    wrong: bool,
}

impl Gate {
    fn sigmoid(&self, n: usize, d: usize) -> f64 {
        1.0 / (1.0 + (-(self.v[N * D + d] * self.v[n * D + d] + self.v[N * D + D + d])).exp())
    }

    fn forward(&mut self, v: Vec<f64>) -> Vec<f64> {
        self.v = v;
        (0..N * D).map(|i| self.v[i] * self.sigmoid(i / D, i % D)).collect()
    }

    /// Wrong: the slope of the sigmoid misses the factor a.
    fn backward(&self, gy: &[f64]) -> Vec<f64> {
        let mut g = vec![0.0; N * D + 2 * D];
        for i in 0..N * D {
            let (x, s, d) = (self.v[i], self.sigmoid(i / D, i % D), i % D);
            let slope = gy[i] * x * s * (1.0 - s);
            g[i] += gy[i] * s + slope * if self.wrong { 1.0 } else { self.v[N * D + d] };
            g[N * D + d] += slope * x;
            g[N * D + D + d] += slope;
        }
        g
    }
}

fn main() {
    let mut gate = Gate { v: vec![0.0; N * D + 2 * D], wrong: std::env::args().any(|a| a == "wrong") };
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let request = words.next().unwrap_or("");
        let v: Vec<f64> = words.filter_map(|w| w.parse().ok()).collect();
        let reply = match request {
            "hello" => Ok(format!(" in x:{N},{D} a:{D} b:{D} out y:{N},{D}")),
            "forward" => Ok(gate.forward(v)).map(text),
            "backward" => Ok(gate.backward(&v)).map(text),
            "echo" => Ok(text(v)),
            _ => Err("no such request"),
        };
        match reply {
            Ok(text) => println!("={text}"),
            Err(text) => println!("! {text}"),
        }
        io::stdout().flush().expect("the checker has gone");
    }
}

fn text(v: Vec<f64>) -> String {
    v.iter().map(|x| format!(" {x:e}")).collect()
}
