// plumbline.hpp - a C++ function and its backward pass as a subject of plumb (docs/protocol.md)
// SPDX-License-Identifier: MIT
//
// plumbline::serve(model) answers `plumb check -- ./program` until its questions end.  The model has
//
//     std::string hello();                                                         "in x:4,6 W:6,3 out y:4,3 ..."
//     std::vector<double> forward(const std::vector<double> &x);                   all inputs in the order of hello, row-major
//     std::vector<double> backward(const std::vector<double> &gy);                 J^T gy at the x of the last forward
//
// and, if it likes, tangent(v) (J v at the same x), sample(seed) (as hello, of another case; "" for none) and seed(n) (freezes
// randomness).  What they throw is answered as an error, and the program goes on.  C++11, its library alone.
#ifndef PLUMBLINE_HPP
#define PLUMBLINE_HPP
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {

typedef std::vector<double> numbers;

namespace detail {

struct unknown : std::runtime_error {
    unknown() : std::runtime_error("no such request") {}
};

// The optional members: the first overload where there is one, else the second.
template <class M> auto tangent(M &m, const numbers &v, int) -> decltype(numbers(m.tangent(v))) { return m.tangent(v); }
template <class M> numbers tangent(M &, const numbers &, long) { throw unknown(); }
template <class M> auto sample(M &m, std::uint64_t seed, int) -> decltype(std::string(m.sample(seed))) { return m.sample(seed); }
template <class M> std::string sample(M &, std::uint64_t, long) { return ""; }
template <class M> auto seed(M &m, std::uint64_t n, int) -> decltype(m.seed(n), void()) { m.seed(n); }
template <class M> void seed(M &, std::uint64_t, long) { throw unknown(); }

inline bool
little_endian()
{
    const std::uint16_t one = 1;
    unsigned char first;
    std::memcpy(&first, &one, 1);
    return first == 1;
}

template <class M> numbers
call(M &m, char letter, const numbers &v)
{
    switch (letter) {
    case 'f': return m.forward(v);
    case 'b': return m.backward(v);
    case 't': return tangent(m, v, 0);
    default: throw unknown();
    }
}

inline std::string
describe(const std::string &text)
{
    if (text.empty())
        throw std::runtime_error("only the given point is meant");
    return text.find(" binary") == std::string::npos ? text + " binary" : text;
}

template <class M> std::string
answer(M &m, const std::string &line, bool &frames)
{
    std::istringstream in(line);
    std::ostringstream out;
    std::string word;
    numbers v;
    in >> word;
    for (std::string number; in >> number;)             // strtod reads denormal numbers, which some streams refuse
        v.push_back(std::strtod(number.c_str(), nullptr));
    out << std::setprecision(17);
    if (word == "hello")
        return describe(m.hello());
    if (word == "sample" && !v.empty())
        return describe(sample(m, static_cast<std::uint64_t>(v[0]), 0));
    if (word == "seed" && !v.empty())
        return seed(m, static_cast<std::uint64_t>(v[0]), 0), "";
    if (word == "binary" && little_endian())
        return frames = true, "binary";
    if (word == "forward" || word == "backward" || word == "tangent")
        v = call(m, word[0], v);
    else if (word != "echo")
        throw unknown();
    for (std::size_t i = 0; i < v.size(); i++)
        out << (i ? " " : "") << v[i];
    return out.str();
}

inline void
put_count(std::ostream &out, char letter, std::uint64_t n)
{
    out.put(letter).write(reinterpret_cast<const char *>(&n), sizeof n);
}

inline std::string
one_line(std::string text)
{
    for (std::size_t i = 0; i < text.size(); i++)
        text[i] = text[i] == '\n' || text[i] == '\r' ? ' ' : text[i];
    return text;
}

}

// Returns the exit status of the program.  A frame begins with a letter and a count below 2^32, so that byte 5 is 0; in a line it is a letter.
template <class M> int
serve(M &&model, std::istream &in = std::cin, std::ostream &out = std::cout)
{
    bool frames = false;
    std::string head;
    for (int c; (c = in.get()) != std::char_traits<char>::eof();) {
        bool may_be_frame = frames && !head.empty() && std::strchr("fbtnF", head[0]);
        if (may_be_frame && head.size() == 5 && c == 0) {
            std::uint64_t count;
            char rest[3];
            if (!in.read(rest, 3))
                return 1;
            head.push_back(0), head.append(rest, 3);
            std::memcpy(&count, head.data() + 1, sizeof count);
            numbers v(static_cast<std::size_t>(count));
            if (count && !in.read(reinterpret_cast<char *>(&v[0]), static_cast<std::streamsize>(8 * count)))
                return 1;
            try {
                v = detail::call(model, head[0], v);
                detail::put_count(out, '=', v.size());
                if (!v.empty())
                    out.write(reinterpret_cast<const char *>(&v[0]), static_cast<std::streamsize>(8 * v.size()));
            } catch (const std::exception &error) {
                std::string text = error.what();
                detail::put_count(out, '!', text.size());
                out << text;
            }
        } else if (c == '\n' && !(may_be_frame && head.size() < 5)) {
            try {
                std::string text = detail::answer(model, head, frames);
                out << (text.empty() ? "=" : "= ") << text << '\n';
            } catch (const std::exception &error) {
                out << "! " << detail::one_line(error.what()) << '\n';
            }
        } else {
            head.push_back(static_cast<char>(c));
            continue;
        }
        head.clear();
        out.flush();
    }
    return 0;
}

}
#endif
