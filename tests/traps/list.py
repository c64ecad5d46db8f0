"""list.py - the cases of a file and what is to be said of each: NAME LABEL CLASS, a line each; controls with "!control"
SPDX-License-Identifier: GPL-3.0-or-later"""
import importlib, sys
import gradcorpus as g

importlib.import_module(sys.argv[1])
for name in sorted(g.REG):
    case = g.REG[name]
    if case.inproc:
        continue                        # its defect lies in shared memory and cannot be seen through a pipe
    print(name, case.label, case.cls)
    if case.label == 'wrong' and not case.fbug:
        print(name + '!control', 'right', 'T')
