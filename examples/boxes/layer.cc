// layer.cc - a layer normalisation with gain and shift as a program: plumb check -- ./layer_cc
// SPDX-License-Identifier: MIT
#include <cmath>
#include "plumbline.hpp"

using plumbline::numbers;

struct layer {
    static const int N = 3, D = 5;
    bool wrong;
    numbers x, hat, scale;                      // of the last forward: the inputs, normalised rows, 1/sigma

    std::string hello() { return "in x:3,5 gain:5 shift:5 out y:3,5 batch x:0 y:0"; }

    numbers forward(const numbers &in)
    {
        numbers y(N * D);
        x = in, hat.assign(N * D, 0), scale.assign(N, 0);
        for (int n = 0; n < N; n++) {
            double mean = 0, square = 0;
            for (int d = 0; d < D; d++)
                mean += x[n * D + d] / D;
            for (int d = 0; d < D; d++)
                square += std::pow(x[n * D + d] - mean, 2) / D;
            scale[n] = 1 / std::sqrt(square + 1e-5);
            for (int d = 0; d < D; d++) {
                hat[n * D + d] = (x[n * D + d] - mean) * scale[n];
                y[n * D + d] = hat[n * D + d] * x[N * D + d] + x[N * D + D + d];
            }
        }
        return y;
    }

    // Wrong: the variance is taken for a constant.
    numbers backward(const numbers &gy)
    {
        numbers g(x.size(), 0);
        for (int n = 0; n < N; n++) {
            double mean = 0, along = 0;
            for (int d = 0; d < D; d++) {
                double h = gy[n * D + d] * x[N * D + d];
                mean += h / D, along += h * hat[n * D + d] / D;
                g[N * D + d] += gy[n * D + d] * hat[n * D + d], g[N * D + D + d] += gy[n * D + d];
            }
            for (int d = 0; d < D; d++)
                g[n * D + d] = scale[n] * (gy[n * D + d] * x[N * D + d] - mean - (wrong ? 0 : hat[n * D + d] * along));
        }
        return g;
    }
};

int
main(int argc, char **argv)
{
    return plumbline::serve(layer{argc > 1 && std::string(argv[1]) == "wrong", {}, {}, {}});
}
